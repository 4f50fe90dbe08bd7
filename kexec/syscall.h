/* SPDX-License-Identifier: GPL-2.0-only */
/* The only kexec_load(2), kexec_file_load(2) and reboot(2). */
#ifndef KEXEC_SYSCALL_H
#define KEXEC_SYSCALL_H

#include "host.h"
#include "plan.h"

#define KEXEC_ON_CRASH_FLAG	    0x00000001u
#define KEXEC_PRESERVE_CONTEXT_FLAG 0x00000002u
#define KEXEC_ARCH_I386_FLAG	    (3u << 16)
#define KEXEC_ARCH_X86_64_FLAG	    (62u << 16)
#define KEXEC_FILE_ON_CRASH_FLAG    0x00000002u

/* Whether this process has CAP_SYS_BOOT, which all of these calls need. */
bool syscall_permitted(void);

/* What kexec_load(2) takes of a plan on this machine. */
const struct limits *syscall_load_limits(const struct host *h);
/* KEXEC_ARCH_*_FLAG of the running kernel and what the plan's verb needs. */
uint32_t syscall_load_flags(const struct plan *p);
/* Loads the plan; the reason in words, with the kernel log's last ones; *@errnum is the errno. */
bool syscall_load(const struct plan *p, const struct host *h, int *errnum, struct err *e);
/*
 * kexec_file_load(2); initrd_fd -1: none. *@errnum is the errno: ENOSYS when the kernel has no such
 * call (exit code 253) or this program is a 32-bit one.
 */
bool syscall_file_load(int kernel_fd, int initrd_fd, const char *cmdline, unsigned long flags,
		       const struct host *h, int *errnum, struct err *e);
bool syscall_unload(bool crash, const struct host *h, struct err *e);
/*
 * reboot(LINUX_REBOOT_CMD_KEXEC). Returns true when a jump came back; false with @e when the kernel
 * refused. An ordinary image never returns.
 */
bool syscall_exec(const struct host *h, struct err *e);
/*
 * Whether this kernel knows KEXEC_PRESERVE_CONTEXT, without side effect: a kernel that does reads
 * the segment list next and answers EFAULT to a bad pointer, one that does not answers EINVAL.
 * UNKNOWN of a recorded host.
 */
enum tristate syscall_has_preserve_context(const struct host *h);

#endif
