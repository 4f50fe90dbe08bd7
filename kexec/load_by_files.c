/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>

#include "load_by.h"
#include "print_plan.h"

/* Whatever else the kernel cannot use, it says by itself. */
static bool check_file_type(const struct load *l, struct err *e)
{
	struct image image = {};
	struct err ignored;

	if (!image_probe_bytes(&image, &l->file, l->type, &ignored) ||
	    (image.kind == IMAGE_LINUX && !image.kernel.elf))
		return true;
	return err_set(e, "%s: kexec_file_load(2) takes bzImages only%s", l->r->kernel,
		       l->r->call == CALL_FILE ? ": leave -s out" : "");
}

bool load_by_files(struct load *l, enum plan_verb verb, const struct backend *way, int *errnum,
		   struct err *e)
{
	bool crash = verb == PLAN_LOAD_CRASH;
	struct file_call call = {
		.kernel = l->r->kernel,
		.kernel_size = l->file.bytes.size,
		.initrd_size = l->initrd.bytes.size,
		.cmdline = l->cmdline,
		.flags = crash ? KEXEC_FILE_ON_CRASH_FLAG : 0,
		.kernel_fd = -1,
		.initrd_fd = -1,
	};
	struct crash c = loading_crash(l);

	if (!check_file_type(l, e))
		return false;
	if (crash)
		loading_tell_of_crash(l, &c, CRASH_NO_HOTPLUG);
	if (l->to->debug)
		print_file_call(l->to->debug, &call);
	if (l->to->plan)
		print_file_call(l->to->plan, &call);
	if (l->r->dry_run)
		return true;
	if (!input_fd(&l->file, &call.kernel_fd, e) ||
	    (l->initrd.bytes.size && !input_fd(&l->initrd, &call.initrd_fd, e)))
		return false;
	if (!way->load(NULL, &call, l->host, errnum, e)) {
		l->no_file_call = *errnum == ENOSYS && l->r->call == CALL_FILE;
		return err_prefix(e, "%s", l->r->kernel);
	}
	load_remember(l, verb);
	return crash || backend_forget_others(way, l->host, e);
}
