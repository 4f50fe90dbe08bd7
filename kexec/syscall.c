/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/reboot.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel_log.h"
#include "number.h"
#include "syscall.h"
#include "x86.h"

/* include/uapi/linux/kexec.h */
#define FILE_UNLOAD	  0x00000001ul
#define FILE_NO_INITRAMFS 0x00000004ul

/* A 32-bit program has no kexec_file_load(2), not even on a 64-bit kernel. */
#ifdef SYS_kexec_file_load
#define HAS_FILE_LOAD true
#else
#define HAS_FILE_LOAD	    false
#define SYS_kexec_file_load -1
#endif

struct kernel_segment {
	const void *buf;
	size_t bufsz;
	unsigned long mem;
	size_t memsz;
};

struct reason {
	int errnum;
	const char *words;
};

static const struct reason load_reasons[] = {
	{ EPERM, "not permitted: it needs root's CAP_SYS_BOOT in the initial user namespace, "
		 "/proc/sys/kernel/kexec_load_disabled = 0, loads left in "
		 "kexec_load_limit_reboot or _panic, and no lockdown" },
	{ EACCES, "a security module forbids it" },
	{ EBUSY, "another kexec is at work just now: try again" },
	{ EINVAL, "the kernel calls the image or its flags invalid: more than half of RAM, "
		  "overlapping segments, flags it does not know, or another architecture" },
	{ EADDRNOTAVAIL, "a segment lies where the kernel allows none: not at page boundaries, "
			 "beyond its highest address, or outside a crash kernel's memory" },
	{ ENOMEM, "not enough free memory" },
	{ EFAULT, "the image could not be read: was a file cut short meanwhile?" },
	{ ENOSYS, "this kernel has no kexec_load(2): it was built without CONFIG_KEXEC" },
};

static const struct reason file_reasons[] = {
	{ EPERM, "not permitted: it needs root's CAP_SYS_BOOT in the initial user namespace, "
		 "/proc/sys/kernel/kexec_load_disabled = 0, loads left in "
		 "kexec_load_limit_reboot or _panic, and an image that lockdown and IMA accept" },
	{ EACCES, "a security module forbids it, or the file has no signature that it wants" },
	{ EBUSY, "another kexec is at work just now: try again" },
	{ EINVAL, "the kernel cannot use the image, the initrd or the command line, or does not "
		  "know a flag" },
	{ ENOEXEC, "the kernel knows no image of this type: it loads a 64-bit bzImage only" },
	{ EKEYREJECTED, "the image's signature was rejected" },
	{ ENOKEY, "the image is signed with a key that the kernel does not have" },
	{ ENODATA, "the image has no signature, and the kernel wants one" },
	{ EBADMSG, "the image's signature is damaged" },
	{ ENOPKG, "the kernel lacks the algorithm of the image's signature" },
	{ ELIBBAD, "the image is not a well-formed signed file" },
	{ EADDRNOTAVAIL, "no room for the image in the memory where it may go" },
	{ ENOMEM, "not enough free memory" },
	{ EFBIG, "a file is larger than the kernel can read" },
	{ ENOSYS, "this kernel has no kexec_file_load(2): it was built without CONFIG_KEXEC_FILE" },
};

static const struct reason exec_reasons[] = {
	{ EPERM, "not permitted: it needs root's CAP_SYS_BOOT in the initial user namespace" },
	{ EINVAL, "nothing is loaded, or this kernel was built without kexec" },
	{ EBUSY, "another kexec is at work, or tasks would not freeze" },
};

#define EXPLAIN(e, errnum, reasons, what) \
	explain(e, errnum, reasons, sizeof(reasons) / sizeof(reasons[0]), what)

static bool explain(struct err *e, int errnum, const struct reason *reasons, size_t count,
		    const char *what)
{
	for (size_t i = 0; i < count; i++) {
		if (reasons[i].errnum == errnum)
			return err_set(e, "%s: %s", what, reasons[i].words);
	}
	return err_sys(e, errnum, "%s", what);
}

bool syscall_permitted(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &header, data) &&
	       (data[CAP_SYS_BOOT / 32].effective & 1u << CAP_SYS_BOOT % 32);
}

/*
 * include/linux/kexec.h: KEXEC_SEGMENT_MAX, KEXEC_DESTINATION_MEMORY_LIMIT, which the end of a
 * segment has to be below, so that an i386 kernel's last page is no destination, and
 * KEXEC_SOURCE_MEMORY_LIMIT; kernel/kexec_core.c sanity_check_segment_list().
 */
static const struct limits load_limits[] = {
	[HOST_I386] = {
		.segments = 16,
		.half_of_ram = true,
		.last = UINT32_MAX - PAGE_SIZE,
		.source_last = UINT32_MAX,
	},
	[HOST_X86_64] = {
		.segments = 16,
		.half_of_ram = true,
		.last = UINT64_MAX, /* RAM ends where the kernel's limit is */
		.source_last = UINT64_MAX,
	},
};

const struct limits *syscall_load_limits(const struct host *h)
{
	return &load_limits[h->arch];
}

static uint32_t arch_flag(const struct host *h)
{
	return h->arch == HOST_I386 ? KEXEC_ARCH_I386_FLAG : KEXEC_ARCH_X86_64_FLAG;
}

uint32_t syscall_load_flags(const struct plan *p)
{
	uint32_t arch = p->gate_bits == 64 ? KEXEC_ARCH_X86_64_FLAG : KEXEC_ARCH_I386_FLAG;

	switch (p->verb) {
	case PLAN_LOAD_CRASH:
		return arch | KEXEC_ON_CRASH_FLAG;
	case PLAN_LOAD_JUMP:
	case PLAN_LOAD_HELPER:
		return arch | KEXEC_PRESERVE_CONTEXT_FLAG;
	default:
		return arch;
	}
}

static bool convert(const struct segment *from, struct kernel_segment *to, struct err *e)
{
	*to = (struct kernel_segment){
		.buf = from->data.data,
		.bufsz = from->data.size,
		.mem = (unsigned long)from->paddr,
		.memsz = (size_t)from->memsz,
	};
	if (to->mem != from->paddr || to->memsz != from->memsz)
		return err_set(e,
			       "this 32-bit kexec cannot tell a 64-bit kernel of %s at %#" PRIx64
			       ": use --mem-max=0xffffffff or a 64-bit kexec",
			       from->name, from->paddr);
	return true;
}

static uint64_t plan_bytes(const struct plan *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->segment_count; i++)
		sum += p->segments[i].memsz;
	return sum;
}

bool syscall_load(const struct plan *p, const struct host *h, int *errnum, struct err *e)
{
	struct kernel_segment *segments = calloc(p->segment_count, sizeof(*segments));
	char needs[24], has[24];
	long mark, result;

	*errnum = 0;
	if (!segments)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < p->segment_count; i++) {
		if (!convert(&p->segments[i], &segments[i], e)) {
			free(segments);
			return false;
		}
	}
	mark = kernel_log_mark(h);
	result = syscall(SYS_kexec_load, (unsigned long)p->entry, p->segment_count, segments,
			 (unsigned long)syscall_load_flags(p));
	*errnum = errno;
	free(segments);
	if (!result)
		return true;
	EXPLAIN(e, *errnum, load_reasons, "kexec_load");
	if (*errnum == ENOMEM)
		err_append(e, ": it needs %s, %s are free", number_size_words(plan_bytes(p), needs),
			   number_size_words(h->mem.free, has));
	kernel_log_append(h, mark, e);
	return false;
}

bool syscall_file_load(int kernel_fd, int initrd_fd, const char *cmdline, unsigned long flags,
		       const struct host *h, int *errnum, struct err *e)
{
	long mark = kernel_log_mark(h);

	if (initrd_fd < 0)
		flags |= FILE_NO_INITRAMFS;
	if (!HAS_FILE_LOAD) {
		*errnum = ENOSYS;
		return err_set(e, "a 32-bit program has no kexec_file_load(2)");
	}
	*errnum = 0;
	if (!syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, (unsigned long)strlen(cmdline) + 1,
		     cmdline, flags))
		return true;
	*errnum = errno;
	EXPLAIN(e, *errnum, file_reasons, "kexec_file_load");
	kernel_log_append(h, mark, e);
	return false;
}

bool syscall_unload(bool crash, const struct host *h, struct err *e)
{
	unsigned long flags = arch_flag(h) | (crash ? KEXEC_ON_CRASH_FLAG : 0);
	unsigned long file_flags = FILE_UNLOAD | (crash ? KEXEC_FILE_ON_CRASH_FLAG : 0);
	int errnum;

	if (!syscall(SYS_kexec_load, 0ul, 0ul, NULL, flags))
		return true;
	errnum = errno;
	/* Lockdown forbids kexec_load even for that, and a kernel may have the other call alone. */
	if (HAS_FILE_LOAD && (errnum == EPERM || errnum == ENOSYS) &&
	    !syscall(SYS_kexec_file_load, -1, -1, 0ul, NULL, file_flags))
		return true;
	return EXPLAIN(e, errnum, load_reasons, "cannot unload");
}

bool syscall_exec(const struct host *h, struct err *e)
{
	long mark = kernel_log_mark(h);
	int errnum;

	if (!syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC,
		     NULL))
		return true;
	errnum = errno;
	EXPLAIN(e, errnum, exec_reasons, "cannot run the loaded image");
	kernel_log_append(h, mark, e);
	return false;
}

enum tristate syscall_has_preserve_context(const struct host *h)
{
	/* A 64-bit kernel takes any architecture but the default from a 32-bit program. */
	unsigned long arch = sizeof(void *) == 4 ? KEXEC_ARCH_I386_FLAG : KEXEC_ARCH_X86_64_FLAG;

	/* A kernel that counts its loads down counts the question too (since 6.3). */
	if (h->recorded || h->loads_counted)
		return UNKNOWN;
	if (!syscall(SYS_kexec_load, 0ul, 1ul, (void *)-4096L, arch | KEXEC_PRESERVE_CONTEXT_FLAG))
		return UNKNOWN;
	if (errno == EFAULT)
		return YES;
	return errno == EINVAL ? NO : UNKNOWN;
}
