/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <linux/capability.h>
#include <linux/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "explain.h"
#include "kernel_log.h"
#include "syscall.h"

static const struct reason exec_reasons[] = {
	{ EPERM, "not permitted: it needs root's CAP_SYS_BOOT in the initial user namespace" },
	{ EINVAL, "nothing is loaded, or this kernel was built without kexec" },
	{ EBUSY, "another kexec call is in progress, or tasks did not freeze" },
};

bool syscall_permitted(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &header, data) &&
	       (data[CAP_SYS_BOOT / 32].effective & 1u << CAP_SYS_BOOT % 32);
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
