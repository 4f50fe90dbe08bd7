/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <linux/capability.h>
#include <linux/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "explain.h"
#include "kernel_log.h"
#include "syscall.h"

bool syscall_permitted(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &header, data) &&
	       (data[CAP_SYS_BOOT / 32].effective & 1u << CAP_SYS_BOOT % 32);
}

bool syscall_exec(const struct host *h, struct err *e)
{
	const struct question asked = { "cannot run the loaded image", ASKED_EXEC, h, false,
					false };
	int mark = kernel_log_mark(h), errnum;

	if (!syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC,
		     NULL)) {
		kernel_log_close(mark);
		return true;
	}
	errnum = errno;
	explain(e, &asked, errnum);
	kernel_log_append(mark, e);
	return false;
}
