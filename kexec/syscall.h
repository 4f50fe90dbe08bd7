/* SPDX-License-Identifier: GPL-2.0-only */
/* reboot(2) into what is loaded, and the right to that and to loading. */
#ifndef KEXEC_SYSCALL_H
#define KEXEC_SYSCALL_H

#include "host.h"

/* Whether this process has CAP_SYS_BOOT. */
bool syscall_permitted(void);
/*
 * reboot(LINUX_REBOOT_CMD_KEXEC). Returns true when a jump came back; false with @e when the kernel
 * refused. An ordinary image never returns.
 */
bool syscall_exec(const struct host *h, struct err *e);

#endif
