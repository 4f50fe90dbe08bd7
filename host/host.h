/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts about the running kernel and machine, read once from /proc and /sys below a root
 * directory ("" for the real one), all untrusted. Nothing here depends on what is to be loaded.
 */
#ifndef HOST_H
#define HOST_H

#include "cpu.h"
#include "crash_kernel.h"
#include "firmware.h"
#include "iomem.h"
#include "meminfo.h"
#include "screen.h"

enum host_arch { HOST_I386, HOST_X86_64 };
enum host_lockdown { LOCKDOWN_NONE, LOCKDOWN_INTEGRITY, LOCKDOWN_CONFIDENTIALITY };
enum tristate { NO, YES, UNKNOWN };

/* What is read beyond what everybody may know; much of it only root can read. */
enum host_parts {
	HOST_KERNEL = 0, /* nothing more */
	HOST_MEMORY = 1 << 0,
	HOST_FIRMWARE = 1 << 1,
	HOST_CPU = 1 << 2,
	HOST_ALL = HOST_MEMORY | HOST_FIRMWARE | HOST_CPU,
	HOST_CRASH = 1 << 3, /* for the load of a crash kernel */
};

struct host {
	const char *root;    /* borrowed */
	bool recorded;	     /* root is not the running system: no syscalls, no uid */
	enum host_arch arch; /* of the running kernel, not of this program */
	char release[72];    /* /proc/sys/kernel/osrelease, uname -r */
	char build[136];     /* /proc/sys/kernel/version */
	char *cmdline;	     /* /proc/cmdline without its newline */

	enum tristate loaded; /* /sys/kernel/kexec/loaded or /sys/kernel/kexec_loaded */
	enum tristate crash_loaded;
	bool has_module;	     /* /sys/class/misc/kexec_jump: our module is there */
	bool module_loaded;	     /* ... and has an image */
	enum host_lockdown lockdown; /* /sys/kernel/security/lockdown */
	bool load_disabled;	     /* /proc/sys/kernel/kexec_load_disabled is 1 */
	bool loads_counted;	     /* /proc/sys/kernel/kexec_load_limit_reboot is not -1 */

	struct iomem iomem; /* HOST_MEMORY */
	struct meminfo mem;
	struct ranges broken;	  /* touching it is a machine check: HWPOISON */
	struct firmware firmware; /* HOST_FIRMWARE */
	struct screen screen;
	struct cpu cpu;		   /* HOST_CPU */
	struct crash_kernel crash; /* HOST_CRASH */
	/*
	 * 2, 3, 4 or 5 of the running kernel: x86_64 by the CPU flags, i386 by VMCOREINFO; 0 where
	 * that cannot be read (it needs root) and no RAM above 4 GiB gives PAE away.
	 */
	unsigned paging_levels;
};

/*
 * @parts: enum host_parts; what is not read is zero. @h is to be freed with host_deinit() only
 * after success.
 */
bool host_read(struct host *h, const char *root, unsigned parts, struct err *e);
void host_deinit(struct host *h);

/* The whole pages of this machine's RAM, added to @ram. */
bool host_ram(const struct host *h, struct ranges *ram, struct err *e);
/*
 * The same without broken pages and what must stay as it is: the memory of a crash kernel, and what
 * EFI's runtime map names.
 */
bool host_free_ram(const struct host *h, struct ranges *ram, struct err *e);
/*
 * What encrypts the memory of this machine, a guest, so that code which knows nothing of it, as our
 * purgatory, cannot read it; NULL: nothing.
 */
const char *host_encrypted_by(const struct host *h);
/* False, with its name, when this kernel has more RAM: what a driver added. */
bool host_ram_is_all(const struct host *h, struct err *e);

/* The word in brackets of "[none] integrity confidentiality"; LOCKDOWN_NONE without one. */
enum host_lockdown host_parse_lockdown(const char *text);

#endif
