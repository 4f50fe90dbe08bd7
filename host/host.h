/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts about the running kernel and machine, read once from /proc and /sys below a root
 * directory ("" for the real one), all untrusted. Nothing here depends on what is to be loaded.
 */
#ifndef HOST_H
#define HOST_H

#include "bytes.h"
#include "err.h"
#include "memmap.h"

enum host_arch { HOST_I386, HOST_X86_64 };
enum host_lockdown { LOCKDOWN_NONE, LOCKDOWN_INTEGRITY, LOCKDOWN_CONFIDENTIALITY };
enum tristate { NO, YES, UNKNOWN };

/* The fields of struct jump_record */
struct host_cpu {
	uint32_t vendor[3];
	uint32_t signature;
	uint32_t features[8];
};

struct host {
	const char *root;    /* borrowed */
	bool recorded;	     /* root is not the running system: no syscalls, no uid */
	enum host_arch arch; /* of the running kernel, not of this program */
	char release[72];    /* /proc/sys/kernel/osrelease, uname -r */
	char build[136];     /* /proc/sys/kernel/version */

	/* Memory types of /proc/iomem; RAM without what a driver added (kmem, virtio-mem). */
	struct memmap iomem;
	struct memmap firmware;	     /* /sys/firmware/memmap: what firmware said; may be empty */
	uint8_t firmware_sha256[32]; /* over a line "%llx-%llx %x\n" (start, last, type) each */
	struct range kernel;	     /* first byte of "Kernel code" to last of "Kernel bss" */
	bool has_kernel;
	struct range crash_kernel; /* still RAM in iomem; with two areas, the higher one ... */
	bool has_crash_kernel;
	struct range crash_kernel_low; /* ... and the lower one (crashkernel=X,high) */
	bool has_crash_kernel_low;

	struct bytes boot_params; /* /sys/kernel/boot_params/data: 4096 bytes or none */
	uint8_t *boot_params_data;
	uint64_t rsdp; /* physical address of ACPI's RSDP, 0: not known */
	char *cmdline; /* /proc/cmdline without its newline */

	uint64_t mem_total; /* bytes, /proc/meminfo */
	uint64_t mem_free;  /* MemFree */
	uint64_t mem_available;
	uint64_t mem_free_below_4g; /* free pages below 4 GiB for sure, /proc/zoneinfo */

	enum tristate loaded; /* /sys/kernel/kexec/loaded or /sys/kernel/kexec_loaded */
	enum tristate crash_loaded;
	enum host_lockdown lockdown; /* /sys/kernel/security/lockdown */
	bool load_disabled;	     /* /proc/sys/kernel/kexec_load_disabled is 1 */

	unsigned cpus_online;
	/*
	 * 2, 3, 4 or 5 of the running kernel: x86_64 by the CPU flags, i386 by VMCOREINFO; 0 where
	 * that cannot be read (it needs root) and no RAM above 4 GiB gives PAE away.
	 */
	unsigned paging_levels;
	struct host_cpu cpu;
};

/* Reads all of the above. @h is to be freed with host_deinit() only after success. */
bool host_read(struct host *h, const char *root, struct err *e);
void host_deinit(struct host *h);

/* The whole pages of this machine's RAM, added to @ram. */
bool host_ram(const struct host *h, struct ranges *ram, struct err *e);
/* The same without the memory of a crash kernel, which must always be as it was loaded. */
bool host_free_ram(const struct host *h, struct ranges *ram, struct err *e);

/*
 * A file below host root, whole, NUL added, freed by the caller; at most @limit bytes. NULL with
 * @e set ("ROOT/proc/iomem: ...") when it cannot be read.
 */
char *host_file(const struct host *h, const char *path, size_t limit, size_t *size, struct err *e);

/*
 * Where the kernel log ends now, to be taken before a syscall that may fail; -1 when the log cannot
 * be read or is not this host's.
 */
long host_log_mark(const struct host *h);
/*
 * Adds up to three lines that the kernel logged since @mark, those about kexec when there are any,
 * to an error: "...; the kernel log says: ...". Nothing when there are none or @mark is -1.
 */
void host_log_append(const struct host *h, long mark, struct err *e);

#endif
