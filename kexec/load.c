/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "file_call.h"
#include "layout_call.h"
#include "layout_core.h"
#include "load_by.h"
#include "load_cmdline.h"
#include "load_dtb.h"
#include "load_input.h"
#include "load_plan.h"
#include "print_plan.h"
#include "setup_nodes.h"
#include "x86.h"

static bool is_jump(const struct request *r)
{
	return r->verb == VERB_LOAD_JUMP || r->verb == VERB_LOAD_HELPER || r->verb == VERB_CALL;
}

/* ---- What is refused before anything is done ---- */

static bool check_supported(const struct request *r, struct err *e)
{
	if (r->reuse_initrd)
		return err_set(e, "--reuseinitrd is not supported: name the file with --initrd");
	return image_check_type(r->type, e);
}

static bool check_allowed(const struct request *r, const struct host *h, struct err *e)
{
	if (h->recorded && !r->dry_run)
		return err_set(e, "--host-root: nothing can be loaded there; add --dry-run");
	if (h->load_disabled)
		return err_set(e, "loading is switched off until the next boot: "
				  "/proc/sys/kernel/kexec_load_disabled is 1");
	return setup_nodes_check(&h->firmware.setup, e);
}

static bool choose(struct load *l, enum plan_verb verb, struct backend_choice *c, struct err *e)
{
	const struct backend_wants want = {
		.request = l->r,
		.host = l->host,
		.kernel = &l->kernel,
		.image = &l->image,
		.verb = verb,
	};
	struct err ignored;

	if (backend_choose(c, &want, e))
		return true;
	l->no_file_call = l->r->call == CALL_FILE && file_call_is_missing(l->host, &ignored);
	return false;
}

/* ---- What can be loaded ---- */

static bool start_plan(struct load *l, enum plan_verb verb, const struct backend *way,
		       struct err *e)
{
	return plan_init(&l->plan, verb, l->host, &way->limits[l->host->arch], e);
}

/* Nothing of what another way had made of the plan and the command line. */
static bool load_by(struct load *l, enum plan_verb verb, const struct backend *way, struct err *e)
{
	plan_deinit(&l->plan);
	free(l->cmdline);
	l->result = (struct backend_result){ 0 };
	if (!load_make_cmdline(l, e))
		return false;
	if (way->takes_files)
		return load_by_files(l, verb, way, e);
	return start_plan(l, verb, way, e) && load_make_plan(l, verb, e) && load_by_plan(l, way, e);
}

static bool check_crash(struct load *l, struct err *e)
{
	struct crash c = loading_crash(l);

	if (!crash_check(l->host, e))
		return false;
	loading_tell_of_crash(l, &c, CRASH_NO_HOTPLUG);
	return true;
}

static bool load_kernel(struct load *l, enum plan_verb verb, struct err *e)
{
	struct backend_choice way;
	struct err other;

	if (verb == PLAN_LOAD_CRASH && !check_crash(l, e))
		return false;
	if (!load_read_files(l, e) || !load_parse_image(l, e) || !load_read_dtb(l, e) ||
	    !choose(l, verb, &way, e))
		return false;
	if (load_by(l, verb, way.first, e))
		return true;
	if (*way.passed_over.text)
		err_prefix(e, "%s", way.passed_over.text);
	if (!way.second || !l->result.other_way)
		return false;
	if (load_by(l, verb, way.second, &other))
		return true;
	return l->result.errnum == ENOSYS ? false : err_append(e, "; %s", other.text);
}

/* Not done here: whoever enters the kernel at once, or much later, knows when. */
static void tell_to_mark(const struct load *l)
{
	const struct core_image *image = &l->image.core.file.image;
	struct err note;

	if (l->r->dry_run || !image->saved || image->header.state != IMAGE_VALID)
		return;
	err_set(&note,
		"before kexec -e, mark the image as used, so that it is never restored a "
		"second time: kdump mark %s consumed",
		l->r->kernel);
	print_note(l->to->advice, note.text);
}

/* A kernel that was jumped to, to be jumped to again. */
static bool load_lent(struct load *l, const struct lent_image *from, struct err *e)
{
	struct jump j = loading_jump(l);
	struct backend_choice way;

	return choose(l, PLAN_LOAD_JUMP, &way, e) && start_plan(l, PLAN_LOAD_JUMP, way.first, e) &&
	       layout_lent(&l->saved, &j, from, e) && load_by_plan(l, way.first, e);
}

static bool load_kept(struct load *l, struct err *e)
{
	struct core_image *image = &l->image.core.file.image;
	const struct lent_image from = {
		.memory = &image->memory,
		.record = &l->image.core.record,
		.entry = image->memory.core.entry,
	};

	if (l->r->verb != VERB_LOAD_JUMP)
		return err_set(e,
			       "%s: is the memory of a kernel that was jumped to: load it with "
			       "--load-preserve-context",
			       l->r->kernel);
	return (core_image_verify(image, e) && load_lent(l, &from, e)) ||
	       err_prefix(e, "%s", l->r->kernel);
}

static bool load_saved(struct load *l, struct err *e)
{
	const struct request *r = l->r;
	struct backend_choice way;

	if (r->verb == VERB_LOAD_JUMP)
		return err_set(
			e,
			"%s: is a saved kernel, which is not jumped to but brought back: load "
			"it with -l",
			r->kernel);
	if (r->verb == VERB_LOAD_PANIC || r->call == CALL_FILE)
		return err_set(e,
			       "%s: a saved kernel's image can only be loaded by kexec_load(2), "
			       "with -l",
			       r->kernel);
	if (!choose(l, PLAN_LOAD_SAVED, &way, e) || !start_plan(l, PLAN_LOAD_SAVED, way.first, e))
		return false;
	if (!layout_core(&l->saved, &l->plan, &l->image.core, l->host, r, e))
		return err_prefix(e, "%s", r->kernel);
	if (!load_by_plan(l, way.first, e))
		return false;
	tell_to_mark(l);
	return true;
}

static bool load_way_back(struct load *l, struct err *e)
{
	enum plan_verb verb = l->r->panic     ? PLAN_LOAD_CRASH_BACK
			      : l->r->one_way ? PLAN_LOAD_SAVED
					      : PLAN_LOAD_HELPER;
	struct jump j = loading_jump(l);
	struct backend_choice way;

	return choose(l, verb, &way, e) && start_plan(l, verb, way.first, e) &&
	       jump_helper(&j, e) && load_by_plan(l, way.first, e);
}

/* Callers give --args-none with kernels, too. */
static bool is_kernel_file(struct load *l, struct err *e)
{
	struct image image = {};

	return !l->r->real_mode && input_map(&l->file, l->r->kernel, e) &&
	       input_decompress(&l->file, e) && image_probe_bytes(&image, &l->file, NULL, e) &&
	       image.kind == IMAGE_LINUX;
}

/* Its block of data is what a file has, or 4 KiB of zeros where only --out wants one. */
static bool read_block(struct load *l, struct layout_call *call, struct err *e)
{
	const struct request *r = l->r;

	if (r->in && !input_map(&l->initrd, r->in, e))
		return false;
	call->block = l->initrd.bytes;
	if (call->block.size > CALL_BLOCK_MAX)
		return err_set(e, "--in=%s: %zu bytes are more than a program can be given, %d",
			       r->in, call->block.size, CALL_BLOCK_MAX);
	call->block_size = call->block.size;
	if (call->block_size < PAGE_SIZE && r->out)
		call->block_size = PAGE_SIZE;
	return true;
}

static bool load_program(struct load *l, struct err *e)
{
	struct image_program program;
	struct layout_call call = { .program = &program, .real_mode = l->r->real_mode };
	struct jump j = loading_jump(l);
	struct backend_choice way;

	if (!input_map(&l->file, l->r->kernel, e))
		return false;
	if (!image_program_parse(&program, l->file.bytes, e))
		return err_prefix(e, "%s", l->r->kernel);
	return read_block(l, &call, e) && choose(l, PLAN_LOAD_CALL, &way, e) &&
	       start_plan(l, PLAN_LOAD_CALL, way.first, e) && layout_call(&j, &call, e) &&
	       load_by_plan(l, way.first, e);
}

static bool load_any(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (r->verb == VERB_LOAD_HELPER)
		return load_way_back(l, e);
	if (r->verb == VERB_CALL)
		return load_program(l, e);
	if (!load_open_image(l, e))
		return false;
	if (r->verb == VERB_LOAD_JUMP && l->image.kind == IMAGE_NONE &&
	    (r->args == ARGS_NONE || r->real_mode) && !is_kernel_file(l, e))
		return load_program(l, e);
	if (l->image.kind == IMAGE_CORE)
		return l->image.core.is_lent ? load_kept(l, e) : load_saved(l, e);
	return load_kernel(l,
			   r->verb == VERB_LOAD_JUMP	? PLAN_LOAD_JUMP
			   : r->verb == VERB_LOAD_PANIC ? PLAN_LOAD_CRASH
							: PLAN_LOAD,
			   e);
}

bool load(const struct request *r, const struct host *h, const struct load_output *to,
	  bool *no_file_call, struct err *e)
{
	struct load l = loading_begin(r, h, to);
	bool ok = check_supported(r, e) && check_allowed(r, h, e);

	if (ok && (is_jump(r) || r->verb == VERB_LOAD_PANIC)) {
		ok = kernel_memory_open(&l.kernel, h, e);
		if (ok) {
			ok = load_any(&l, e);
			kernel_memory_close(&l.kernel);
		}
	} else if (ok) {
		ok = load_any(&l, e);
	}
	*no_file_call = l.no_file_call;
	loading_end(&l);
	return ok;
}

bool load_again(const struct request *r, const struct host *h, const struct load_output *to,
		const struct lent_image *from, struct err *e)
{
	struct load l = loading_begin(r, h, to);
	bool ok = check_allowed(r, h, e) && kernel_memory_open(&l.kernel, h, e);

	if (ok) {
		ok = load_lent(&l, from, e);
		kernel_memory_close(&l.kernel);
	}
	loading_end(&l);
	return ok;
}
