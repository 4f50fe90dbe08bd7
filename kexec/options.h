/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line, parsed once into one struct by one typed table. */
#ifndef KEXEC_OPTIONS_H
#define KEXEC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum verb {
	VERB_LOAD_AND_REBOOT, /* a kernel and no verb, --reboot: load, then shutdown -r now */
	VERB_LOAD,
	VERB_LOAD_PANIC,
	VERB_LOAD_JUMP,	  /* --load-preserve-context, --load-jump-back */
	VERB_LOAD_HELPER, /* --load-jump-back-helper[=ENTRY] */
	VERB_EXEC,	  /* -e, -j, -b */
	VERB_FORCE,	  /* -f, -l -e: load (a kernel, if named), exec at once */
	VERB_UNLOAD,
	VERB_STATUS,
	VERB_VERSION,
	VERB_HELP,
	VERB_CRASH_SIZE, /* --print-ckr-size */
	VERB_RECEIVED,	 /* --received */
	VERB_CALL,	 /* --call PROGRAM */
	VERB_LIST,	 /* --list */
};

enum load_call { CALL_AUTO, CALL_FILE, CALL_LOAD }; /* -a, -s, -c */
enum jump_via { VIA_AUTO, VIA_KERNEL, VIA_MODULE };
enum args_style { ARGS_AUTO, ARGS_LINUX, ARGS_ELF, ARGS_NONE };
enum core_headers { CORE_AUTO, CORE_ELF32, CORE_ELF64 };

struct request {
	enum verb verb;
	bool panic;	 /* -p, also with -u and -S */
	bool load_named; /* -l was given: for -S -l */
	enum load_call call;
	const char *kernel; /* borrowed from argv, as all strings here but initrds */
	const char **initrds;
	size_t initrd_count;
	const char *append; /* NULL: none given */
	bool reuse_cmdline;
	const char *type;     /* -t, NULL: probe */
	const char *entry_of; /* of the boot menu; NULL: not given */
	bool by_systemd;      /* --reboot: by systemd where it runs */
	bool no_checks, no_ifdown, no_sync, debug;
	bool dry_run, map, json;
	const char *host_root;	   /* --host-root, "" */
	uint64_t mem_min, mem_max; /* inclusive bounds, 0 and UINT64_MAX */
	uint64_t entry;		   /* --entry or helper's ENTRY */
	bool has_entry;
	enum jump_via jump_via; /* whose the kernel side of a jump is to be */
	uint64_t window_size;	/* bytes, 0: chosen */
	bool return_on_panic;	/* a jump: A goes on when B crashes */
	bool monitor;		/* a jump: the boot CPU waits while B runs on the others */
	uint64_t limit;		/* with -e: seconds that the boot CPU waits for B; 0: for ever */
	bool one_way;		/* the helper: do not expect to be returned to */
	const char *vmcore;	/* the helper: instead of /proc/vmcore; NULL: not given */
	const char *window_of;	/* confine the kernel to this image's window; NULL: no */
	const char *key;	/* of that image, which is encrypted; NULL: it is not */
	bool entry_32bit, real_mode;
	enum core_headers core_headers;
	bool noefi;
	bool hotplug, pass_memmap; /* of a crash kernel */
	bool console_vga, console_fb, console_serial, reset_vga;
	uint32_t serial_port; /* 0: 0x3f8 when console_serial */
	uint32_t serial_baud;
	uint64_t watchdog; /* seconds after which the purgatory's resets the machine; 0: none */
	uint64_t uki_profile;
	const char *dtb;	/* a device tree for the kernel; NULL: none */
	bool no_cma, force_dtb; /* of kexec_file_load(2) */
	const char **modules;
	size_t module_count;
	bool reuse_initrd;
	/* What an ELF file is handed; ARGS_NONE: also --load-preserve-context of a program. */
	enum args_style args;
	const char *in, *out; /* --call: files, "-"; NULL: none */
	const char *send;     /* with -e: a file, "-"; NULL: nothing */
	uint64_t status;      /* with -e, in the kernel that was jumped to: 0 to JUMP_STATUS_MAX */
	bool has_status;
};

/*
 * Returns false with one line in @e for anything not understood (the caller exits 1). @r is to be
 * freed with request_deinit() in both cases.
 */
bool options_parse(struct request *r, int argc, char **argv, struct err *e);
void request_deinit(struct request *r);
/* The text of --help, made from the one table; a static buffer. */
const char *options_help(void);

#endif
