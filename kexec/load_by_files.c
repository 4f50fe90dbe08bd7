/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>

#include "file_call.h"
#include "load_by.h"
#include "load_cmdline.h"
#include "load_memory.h"
#include "print_plan.h"

static unsigned long flags(const struct load *l, bool crash)
{
	return (crash ? KEXEC_FILE_ON_CRASH_FLAG : 0) | (l->r->debug ? KEXEC_FILE_DEBUG_FLAG : 0) |
	       (l->r->no_cma ? KEXEC_FILE_NO_CMA_FLAG : 0) |
	       (l->r->force_dtb ? KEXEC_FILE_FORCE_DTB_FLAG : 0);
}

/* What the kernel will do in its own way, of what was asked for. */
static void tell(const struct load *l)
{
	struct err note;

	if (l->uki_parts.dtb.size) {
		err_set(&note, "%s: kexec_file_load(2) leaves its device tree (.dtb) out",
			l->r->kernel);
		loading_warn(l, &note);
	}
	if (!l->r->no_checks)
		return;
	err_set(&note, "--no-checks: what kexec_file_load(2) loads is checked all the same");
	loading_warn(l, &note);
}

static bool give(struct load *l, struct file_call *call, const struct backend *way, struct err *e)
{
	if (!input_fd(&l->file, &call->kernel_fd, e) ||
	    (l->initrd.bytes.size && !input_fd(&l->initrd, &call->initrd_fd, e)))
		return false;
	if (way->load(NULL, call, l->host, &l->result, e))
		return true;
	l->no_file_call = l->result.errnum == ENOSYS && l->r->call == CALL_FILE;
	return err_prefix(e, "%s", l->r->kernel);
}

bool load_by_files(struct load *l, enum plan_verb verb, const struct backend *way, struct err *e)
{
	bool crash = verb == PLAN_LOAD_CRASH;
	struct file_call call = {
		.kernel = l->r->kernel,
		.image = l->file.bytes,
		.initrd_size = l->initrd.bytes.size,
		.cmdline = l->cmdline,
		.flags = flags(l, crash),
		.kernel_fd = -1,
		.initrd_fd = -1,
	};

	/* The kernel counts the NUL, too. */
	if (!load_check_cmdline(l, 1 + (crash ? FILE_CALL_CRASH_WORDS : 0), e))
		return false;
	tell(l);
	if (l->to->debug)
		print_file_call(l->to->debug, &call);
	if (l->to->plan)
		print_file_call(l->to->plan, &call);
	if (l->r->dry_run)
		return true;
	if (!load_check_memory(l, &way->limits[l->host->arch],
			       file_call_needs(&l->image.kernel, call.initrd_size, crash), e) ||
	    !give(l, &call, way, e))
		return false;
	loading_tell_result(l, way);
	load_remember(l, verb);
	return crash || backend_forget_others(way, l->host, e);
}
