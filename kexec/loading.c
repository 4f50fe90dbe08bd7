/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "loading.h"
#include "print_plan.h"

struct jump loading_jump(struct load *l)
{
	return (struct jump){
		.plan = &l->plan,
		.host = l->host,
		.kernel = &l->kernel,
		.request = l->r,
	};
}

struct crash loading_crash(struct load *l)
{
	return (struct crash){
		.plan = &l->plan,
		.host = l->host,
		.kernel = &l->kernel,
		.request = l->r,
		.image = &l->image.kernel,
	};
}

void loading_warn(const struct load *l, struct err *why)
{
	err_prefix(why, "warning");
	print_note(l->to->notes, why->text);
}

void loading_tell_of_crash(const struct load *l, const struct crash *c, enum crash_note note)
{
	struct err why;

	if (crash_note(c, note, &why))
		loading_warn(l, &why);
}

struct load loading_begin(const struct request *r, const struct host *h,
			  const struct load_output *to)
{
	return (struct load){
		.r = r,
		.host = h,
		.to = to,
		.type = r->type,
		.file = INPUT_NONE,
		.uki = INPUT_NONE,
		.initrd = INPUT_NONE,
		.dtb = INPUT_NONE,
	};
}

void loading_end(struct load *l)
{
	plan_deinit(&l->plan);
	saved_memory_deinit(&l->saved);
	image_close(&l->image);
	input_close(&l->file);
	input_close(&l->initrd);
	input_close(&l->dtb);
	input_close(&l->uki);
	while (l->module_count)
		input_close(&l->modules[--l->module_count]);
	free(l->cmdline);
}

void loading_tell_result(const struct load *l, const struct backend *way)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} named[] = {
		{ KEXEC_FILE_NO_CMA_FLAG, "--no-cma: this kernel has no KEXEC_FILE_NO_CMA, which "
					  "came with Linux 6.17" },
		{ KEXEC_FILE_FORCE_DTB_FLAG, "--force-dtb: this kernel has no "
					     "KEXEC_FILE_FORCE_DTB, which came with Linux 6.18" },
	};
	struct err note;

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (!(l->result.unknown & named[i].flag))
			continue;
		err_set(&note, "%s: loaded without", named[i].name);
		loading_warn(l, &note);
	}
	if (l->to->debug)
		print_result(l->to->debug, way, &l->result);
}
