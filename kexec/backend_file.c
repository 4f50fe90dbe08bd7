/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backend.h"
#include "explain.h"
#include "kernel_log.h"

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

static const struct reason file_reasons[] = {
	{ EPERM, "not permitted: it needs root's CAP_SYS_BOOT in the initial user namespace, "
		 "/proc/sys/kernel/kexec_load_disabled = 0, loads left in "
		 "kexec_load_limit_reboot or _panic, and an image that lockdown and IMA accept" },
	{ EACCES, "a security module forbids it, or wants a signature that the file lacks" },
	{ EBUSY, "another kexec call is in progress: try again" },
	{ EINVAL, "the kernel cannot use the image, the initrd or the command line, or does not "
		  "know a flag" },
	{ ENOEXEC, "the kernel does not know this type of image: it loads 64-bit bzImages only" },
	{ EKEYREJECTED, "the image's signature was rejected" },
	{ ENOKEY, "the image is signed with a key that the kernel does not have" },
	{ ENODATA, "the image is not signed, and the kernel wants a signature" },
	{ EBADMSG, "the image's signature is damaged" },
	{ ENOPKG, "the kernel lacks the algorithm of the image's signature" },
	{ ELIBBAD, "the image is not a well-formed signed file" },
	{ EADDRNOTAVAIL, "no room for the image where it may be placed" },
	{ ENOMEM, "not enough free memory" },
	{ EFBIG, "a file is larger than the kernel can read" },
	{ ENOSYS, "this kernel has no kexec_file_load(2): it was built without CONFIG_KEXEC_FILE" },
};

static bool load(const struct plan *p, const struct file_call *files, const struct host *h,
		 int *errnum, struct err *e)
{
	unsigned long flags = files->flags | (files->initrd_fd < 0 ? FILE_NO_INITRAMFS : 0);
	unsigned long cmdline_size = strlen(files->cmdline) + 1;
	long mark = kernel_log_mark(h);

	(void)p;
	if (!HAS_FILE_LOAD) {
		*errnum = ENOSYS;
		return err_set(e, "a 32-bit program has no kexec_file_load(2)");
	}
	*errnum = 0;
	if (!syscall(SYS_kexec_file_load, files->kernel_fd, files->initrd_fd, cmdline_size,
		     files->cmdline, flags))
		return true;
	*errnum = errno;
	EXPLAIN(e, *errnum, file_reasons, "kexec_file_load");
	kernel_log_append(h, mark, e);
	return false;
}

static bool unload(bool crash, const struct host *h, int *errnum, struct err *e)
{
	unsigned long flags = FILE_UNLOAD | (crash ? KEXEC_FILE_ON_CRASH_FLAG : 0);

	(void)h;
	*errnum = ENOSYS;
	if (HAS_FILE_LOAD && !syscall(SYS_kexec_file_load, -1, -1, 0ul, NULL, flags))
		return true;
	if (HAS_FILE_LOAD)
		*errnum = errno;
	return EXPLAIN(e, *errnum, file_reasons, "cannot unload");
}

/* The kernel makes the plan: it has no limits of ours. */
const struct backend backend_file = {
	.call = "kexec_file_load",
	.takes_files = true,
	.load = load,
	.unload = unload,
};
