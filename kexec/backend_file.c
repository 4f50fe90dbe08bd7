/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backend.h"
#include "explain.h"
#include "kernel_log.h"
#include "pe.h"

/* include/uapi/linux/kexec.h */
#define FILE_UNLOAD	  0x00000001ul
#define FILE_NO_INITRAMFS 0x00000004ul

/* Not there for a 32-bit program: it fails with ENOSYS, if it is asked at all (file_call.h). */
#ifndef SYS_kexec_file_load
#define SYS_kexec_file_load -1
#endif

/* Newer ones, without which the load does the same, first the newest; EINVAL may be about them. */
static const unsigned long optional_flags[] = {
	KEXEC_FILE_FORCE_DTB_FLAG,
	KEXEC_FILE_NO_CMA_FLAG,
	KEXEC_FILE_DEBUG_FLAG,
};

static long call(const struct file_call *files, unsigned long flags)
{
	return syscall(SYS_kexec_file_load, files->kernel_fd, files->initrd_fd,
		       strlen(files->cmdline) + 1, files->cmdline, flags);
}

/* An error without them is the load's own. */
static long call_without_unknown(const struct file_call *files, struct backend_result *result)
{
	long failed = call(files, result->flags);

	for (size_t i = 0; i < sizeof(optional_flags) / sizeof(optional_flags[0]); i++) {
		if (!failed || errno != EINVAL)
			return failed;
		if (!(result->flags & optional_flags[i]))
			continue;
		result->flags &= ~optional_flags[i];
		result->unknown |= optional_flags[i];
		failed = call(files, result->flags);
	}
	return failed;
}

static bool load(const struct plan *p, const struct file_call *files, const struct host *h,
		 struct backend_result *result, struct err *e)
{
	const struct question asked = {
		.what = "kexec_file_load",
		.asked = ASKED_FILE,
		.host = h,
		.crash = files->flags & KEXEC_FILE_ON_CRASH_FLAG,
		.is_unsigned = !pe_is_signed(files->image),
	};
	int mark;

	(void)p;
	*result = (struct backend_result){ .flags = files->flags };
	if (files->initrd_fd < 0)
		result->flags |= FILE_NO_INITRAMFS;
	mark = kernel_log_mark(h);
	if (!call_without_unknown(files, result)) {
		kernel_log_close(mark);
		return true;
	}
	result->errnum = errno;
	explain(e, &asked, result->errnum);
	kernel_log_append(mark, e);
	return false;
}

static bool unload(bool crash, const struct host *h, int *errnum, struct err *e)
{
	unsigned long flags = FILE_UNLOAD | (crash ? KEXEC_FILE_ON_CRASH_FLAG : 0);

	const struct question asked = { "cannot unload", ASKED_FILE, h, crash, false };

	if (!syscall(SYS_kexec_file_load, -1, -1, 0ul, NULL, flags))
		return true;
	*errnum = errno;
	return explain(e, &asked, *errnum);
}

/* The kernel makes the plan: only where memory comes from is a limit of ours. */
const struct backend backend_file = {
	.call = "kexec_file_load",
	.takes_files = true,
	.limits = { [HOST_X86_64] = { .source_last = UINT64_MAX } },
	.load = load,
	.unload = unload,
};
