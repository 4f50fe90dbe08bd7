/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "cmdline.h"
#include "crash.h"
#include "image.h"
#include "image_uki.h"
#include "jump.h"
#include "layout_call.h"
#include "layout_core.h"
#include "layout_elf.h"
#include "layout_lent.h"
#include "layout_linux.h"
#include "layout_multiboot.h"
#include "lend.h"
#include "load.h"
#include "print_plan.h"
#include "purgatory.h"
#include "source_pages.h"
#include "state.h"
#include "window_of.h"
#include "x86.h"

/* What a load works on, from the request to the plan. */
struct load {
	const struct request *r;
	const struct host *host;
	const struct load_output *to;
	struct kernel_memory kernel; /* for jumps and crashes */
	struct input file, initrd;
	struct input uki; /* what @file, and perhaps @initrd, is a part of */
	struct image_uki uki_parts;
	const char *type; /* that was asked for; NULL: none */
	struct input modules[MODULES_MAX];
	size_t module_count; /* of those that were opened */
	struct image image;
	struct saved_memory saved; /* for saved kernels */
	char *cmdline;
	struct plan plan;
	bool no_file_call;
};

static void note_warning(const struct load *l, struct err *why)
{
	err_prefix(why, "warning");
	print_note(l->to->notes, why->text);
}

static bool is_jump(const struct request *r)
{
	return r->verb == VERB_LOAD_JUMP || r->verb == VERB_LOAD_HELPER || r->verb == VERB_CALL;
}

/* ---- What is refused before anything is done ---- */

static bool check_supported(const struct request *r, struct err *e)
{
	if (r->dtb)
		return err_set(e, "--dtb is not supported");
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
	return true;
}

static bool choose(const struct load *l, enum plan_verb verb, struct backend_choice *c,
		   struct err *e)
{
	const struct backend_wants want = {
		.request = l->r,
		.host = l->host,
		.kernel = &l->kernel,
		.verb = verb,
	};

	return backend_choose(c, &want, e);
}

/* ---- The steps to a plan ---- */

static bool start_plan(struct load *l, enum plan_verb verb, const struct backend *way,
		       struct err *e)
{
	return plan_init(&l->plan, verb, l->host, &way->limits[l->host->arch], e);
}

/* A saved kernel is looked for in the file as it is. */
static bool open_image(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (!input_open(&l->file, r->kernel, e))
		return false;
	return image_probe_file(&l->image, &l->file, r->type, e) != PROBE_ERROR ||
	       err_prefix(e, "%s", r->kernel);
}

/* Its name ends at the first space; the rest is for the kernel. */
static bool read_module(struct load *l, const char *words, struct err *e)
{
	struct input *in = &l->modules[l->module_count++];
	char *path = strndup(words, strcspn(words, " "));
	bool ok;

	*in = INPUT_NONE;
	if (!path)
		return err_set(e, "out of memory");
	ok = (input_map(in, path, e) && (input_decompress(in, e) || err_prefix(e, "%s", path))) ||
	     err_prefix(e, "--module");
	free(path);
	return ok;
}

static bool read_modules(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (r->module_count > MODULES_MAX)
		return err_set(e, "--module: more than %d modules", MODULES_MAX);
	for (size_t i = 0; i < r->module_count; i++) {
		if (!read_module(l, r->modules[i], e))
			return false;
	}
	return true;
}

/* Microcode comes first, as the kernel looks for it at the start. */
static bool take_initrd(struct load *l, const struct image_uki *parts, struct err *e)
{
	if (l->r->initrd_count)
		return true;
	if (parts->ucode.size && parts->initrd.size)
		return input_join_parts(&l->initrd, parts->ucode, parts->initrd, e);
	input_borrow(&l->initrd, parts->ucode.size ? parts->ucode : parts->initrd, l->r->kernel);
	return true;
}

/* Goes on with what is in a unified kernel image, if it is one. */
static bool open_uki(struct load *l, struct err *e)
{
	bool asked = l->type && !strcmp(l->type, "uki");
	enum probe answer = PROBE_NOT_MINE;
	struct err note;

	if (!l->type || asked)
		answer = image_uki_probe(&l->uki_parts, l->file.bytes, l->r->uki_profile, e);
	if (answer == PROBE_NOT_MINE && asked)
		return err_set(e, "not a unified kernel image: leave --type out");
	if (answer == PROBE_NOT_MINE)
		return !l->r->uki_profile ||
		       err_set(e, "--uki-profile goes with unified kernel images only");
	if (answer == PROBE_ERROR)
		return false;
	l->uki = l->file;
	l->type = NULL;
	input_borrow(&l->file, l->uki_parts.kernel, l->r->kernel);
	if (l->uki_parts.dtb.size) {
		err_set(&note, "%s: its device tree (.dtb) is left out", l->r->kernel);
		note_warning(l, &note);
	}
	return take_initrd(l, &l->uki_parts, e);
}

static bool read_files(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (!input_map(&l->file, r->kernel, e) || !read_modules(l, e) ||
	    !input_join(&l->initrd, r->initrds, r->initrd_count, e))
		return false;
	return (input_decompress(&l->file, e) && open_uki(l, e)) || err_prefix(e, "%s", r->kernel);
}

/* Without boot_params, Linux would take its command line and memory map from anywhere. */
static bool check_args(const struct load *l, struct err *e)
{
	enum args_style args = l->r->args;

	if (!l->image.kernel.elf || args == ARGS_AUTO || args == ARGS_LINUX ||
	    l->r->verb == VERB_LOAD_JUMP)
		return true;
	return err_set(e, "--args-%s: a Linux kernel cannot boot with that: leave it out",
		       args == ARGS_ELF ? "elf" : "none");
}

static bool check_kind(const struct load *l, struct err *e)
{
	if (l->image.kind != IMAGE_MULTIBOOT && l->r->module_count)
		return err_set(e, "--module goes with multiboot kernels, which this is not: for "
				  "Linux, --initrd");
	if (l->image.kind == IMAGE_LINUX)
		return check_args(l, e);
	if (l->r->real_mode)
		return err_set(e, "--real-mode: it is entered in protected mode (a program to "
				  "call: --call)");
	return (l->r->verb != VERB_LOAD_JUMP && l->r->verb != VERB_LOAD_PANIC &&
		!l->r->window_of) ||
	       err_set(e, "not a Linux kernel, which alone can be confined to a part of memory (a "
			  "program to call: --call)");
}

static bool parse_image(struct load *l, struct err *e)
{
	if (!image_probe_bytes(&l->image, &l->file, l->type, e))
		return err_prefix(e, "%s%s", l->r->kernel, l->uki.bytes.size ? ": .linux" : "");
	if (l->r->has_entry)
		return err_set(e, "%s: --entry does not go with a kernel, which has its own",
			       l->r->kernel);
	return check_kind(l, e) || err_prefix(e, "%s", l->r->kernel);
}

/* This kernel's command line without what was meant for this kernel alone. */
static char *reused_cmdline(const struct host *h, bool crash)
{
	static const char *const words[] = {
		"BOOT_IMAGE",
		JUMP_WORD_HEADERS,
		JUMP_WORD_ENTRY,
		"crashkernel",
	};
	size_t count = sizeof(words) / sizeof(words[0]) - !crash;
	char *line = strdup(h->cmdline ? h->cmdline : "");

	for (size_t i = 0; line && i < count; i++) {
		char *without = cmdline_without(line, words[i]);

		free(line);
		line = without;
	}
	return line;
}

static bool make_cmdline(struct load *l, struct err *e)
{
	const struct request *r = l->r;
	char *reused;

	if (!r->append && !r->reuse_cmdline) {
		l->cmdline = image_uki_cmdline(&l->uki_parts);
		return l->cmdline || err_set(e, "out of memory");
	}
	reused = r->reuse_cmdline ? reused_cmdline(l->host, r->panic) : strdup("");
	if (reused)
		l->cmdline = cmdline_insert(reused, r->append ? r->append : "");
	free(reused);
	return l->cmdline || err_set(e, "out of memory");
}

static bool check_cmdline(const struct load *l, struct err *e)
{
	size_t length = strlen(l->cmdline);

	return length <= l->image.kernel.cmdline_max ||
	       err_set(e, "the command line has %zu bytes, but this kernel takes %u", length,
		       l->image.kernel.cmdline_max);
}

/* RAM and memory map for a kernel that replaces this one. */
static bool plan_memory(struct plan *p, const struct request *r, const struct host *h,
			struct err *e)
{
	const struct memmap *map = h->firmware.map.count ? &h->firmware.map : &h->iomem.map;
	struct range bounds = { r->mem_min > PAGE_SIZE ? r->mem_min : PAGE_SIZE, r->mem_max };

	if (bounds.start > bounds.last)
		return err_set(e, "--mem-max=%#" PRIx64 " leaves no memory", r->mem_max);
	if (!host_free_ram(h, &p->ram, e))
		return false;
	return (ranges_clip(&p->ram, bounds) && memmap_copy(&p->next, map)) ||
	       err_set(e, "out of memory");
}

static bool layout_other(struct load *l, struct err *e)
{
	const struct layout_elf in = {
		.elf = &l->image.elf,
		.host = l->host,
		.request = l->r,
		.initrd_size = l->initrd.bytes.size,
		.cmdline = l->cmdline,
	};

	return layout_elf(&l->plan, &in, e) || err_prefix(e, "%s", l->r->kernel);
}

static bool layout_with_modules(struct load *l, struct err *e)
{
	struct layout_module modules[MODULES_MAX];
	const struct layout_multiboot in = {
		.image = &l->image.multiboot,
		.host = l->host,
		.request = l->r,
		.cmdline = l->cmdline,
		.modules = modules,
		.module_count = l->module_count,
	};

	for (size_t i = 0; i < l->module_count; i++)
		modules[i] = (struct layout_module){ l->r->modules[i], l->modules[i].bytes };
	return layout_multiboot(&l->plan, &in, e) || err_prefix(e, "%s", l->r->kernel);
}

static bool layout(struct load *l, struct err *e)
{
	struct layout_linux in = {
		.image = &l->image.kernel,
		.host = l->host,
		.request = l->r,
		.initrd = l->initrd.bytes,
		.cmdline = l->cmdline,
	};

	return check_cmdline(l, e) && layout_linux(&l->plan, &in, e);
}

static bool layout_kind(struct load *l, struct err *e)
{
	switch (l->image.kind) {
	case IMAGE_ELF:
		return layout_other(l, e);
	case IMAGE_MULTIBOOT:
		return layout_with_modules(l, e);
	default:
		return layout(l, e);
	}
}

/* The same for one that is confined to the window of a saved kernel. */
static bool plan_window_of(struct load *l, struct err *e)
{
	struct record record;

	return (image_core_read_record(l->r->window_of, &record, e) &&
		window_of_plan(&l->plan, &record, l->host, l->r, &l->image.kernel, e) &&
		layout(l, e) && purgatory_place(&l->plan, e)) ||
	       err_prefix(e, "--window-of=%s", l->r->window_of);
}

static bool plan_ordinary(struct load *l, struct err *e)
{
	if (l->r->window_of)
		return plan_window_of(l, e);
	return plan_memory(&l->plan, l->r, l->host, e) && layout_kind(l, e) &&
	       purgatory_place(&l->plan, e);
}

static struct jump jump_of(struct load *l)
{
	return (struct jump){
		.plan = &l->plan,
		.host = l->host,
		.kernel = &l->kernel,
		.request = l->r,
	};
}

static bool plan_jump(struct load *l, struct err *e)
{
	struct jump j = jump_of(l);

	return jump_prepare(&j, &l->image.kernel, l->initrd.bytes.size, &l->cmdline, e) &&
	       layout(l, e) && lend_fill(&l->plan, e);
}

static struct crash crash_of(struct load *l)
{
	return (struct crash){
		.plan = &l->plan,
		.host = l->host,
		.kernel = &l->kernel,
		.request = l->r,
		.image = &l->image.kernel,
	};
}

static void tell_of_crash(const struct load *l, const struct crash *c, enum crash_note note)
{
	struct err why;

	if (crash_note(c, note, &why))
		note_warning(l, &why);
}

static bool plan_crash(struct load *l, struct err *e)
{
	struct crash c = crash_of(l);

	if (!crash_prepare(&c, &l->cmdline, e) || !layout(l, e) || !purgatory_place(&l->plan, e))
		return false;
	tell_of_crash(l, &c, CRASH_NO_HOTPLUG);
	tell_of_crash(l, &c, CRASH_KEYS_STAY);
	tell_of_crash(l, &c, CRASH_NO_TEXT);
	return true;
}

static bool inside(struct bytes outer, struct bytes inner)
{
	uintptr_t offset = (uintptr_t)inner.data - (uintptr_t)outer.data;

	return inner.size && offset < outer.size && inner.size <= outer.size - offset;
}

static void mark_mapped(struct plan *p, const struct input *in)
{
	for (size_t i = 0; in->mapped && i < p->segment_count; i++)
		p->segments[i].mapped |= inside(in->bytes, p->segments[i].data);
}

/* The machine check would come in kexec -e, when nobody is left to hear of it. */
static bool check_broken(const struct plan *p, const struct host *h, struct err *e)
{
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct segment *s = &p->segments[i];
		struct range to = range_of(s->paddr, s->memsz);

		if (ranges_overlap(&h->broken, to))
			return err_set(e,
				       "%s would go to %#" PRIx64 "-%#" PRIx64
				       ", where the hardware reported broken memory: "
				       "choose another place with --mem-min and --mem-max, or boot "
				       "from the firmware",
				       s->name, to.start, to.last);
	}
	return true;
}

static bool finish_plan(struct load *l, struct err *e)
{
	mark_mapped(&l->plan, &l->file);
	mark_mapped(&l->plan, &l->uki);
	mark_mapped(&l->plan, &l->initrd);
	for (size_t i = 0; i < l->module_count; i++)
		mark_mapped(&l->plan, &l->modules[i]);
	plan_sort(&l->plan);
	return purgatory_seal(&l->plan, l->r, e) && plan_check(&l->plan, e) &&
	       check_broken(&l->plan, l->host, e);
}

/* ---- From the plan to the kernel ---- */

static bool show(const struct load *l, const struct backend *way, struct err *e)
{
	if (l->to->debug)
		print_plan(l->to->debug, &l->plan, way);
	if (l->to->plan)
		print_plan(l->to->plan, &l->plan, way);
	return !l->to->map || print_map(l->to->map, &l->plan, e);
}

/* What is kept beside what kexec -e runs. */
static bool is_for_crash(enum plan_verb verb)
{
	return verb == PLAN_LOAD_CRASH || verb == PLAN_LOAD_CRASH_BACK;
}

static void remember(const struct load *l, enum plan_verb verb)
{
	struct state s = {
		.verb = verb,
		.monitored = l->plan.gate_wants.flags & GATE_MONITOR,
		.entry = l->plan.entry,
	};
	struct err e;

	memcpy(s.release, l->host->release, sizeof(s.release));
	if (!is_for_crash(verb) && !state_write(l->host->root, &s, &e)) {
		err_append(&e, " (loaded; if it is a jump, run it with kexec -e -x)");
		note_warning(l, &e);
	}
}

/* A saved kernel's memory is read while the kernel copies it. */
static bool load_segments(struct load *l, const struct backend *way, int *errnum, struct err *e)
{
	struct lazy_memory *memory = l->saved.lazy;
	uint64_t bytes = plan_bytes(&l->plan), available = l->host->mem.available;
	struct err why;
	bool lazy, ok;

	if (!memory)
		return way->load(&l->plan, NULL, l->host, errnum, e);
	if (!lazy_memory_start(memory, available > bytes ? available - bytes : 0, &lazy, e))
		return false;
	if (!lazy) {
		err_set(&why, "without userfaultfd(2) the image is in memory twice while it is "
			      "loaded");
		note_warning(l, &why);
	}
	ok = way->load(&l->plan, NULL, l->host, errnum, e);
	return lazy_memory_stop(memory, &why) ? ok : err_set(e, "%s", why.text);
}

/* Nothing that the firmware gave is left out silently, unless that was asked for. */
static void tell_of_efi(const struct load *l)
{
	struct err note;

	if (!l->plan.efi_why_not || l->r->noefi)
		return;
	err_set(&note, "the next kernel gets no EFI: %s", l->plan.efi_why_not);
	print_note(l->to->notes, note.text);
}

/* The last steps for every plan of ours. */
static bool load_plan(struct load *l, const struct backend *way, int *errnum, struct err *e)
{
	if (!finish_plan(l, e))
		return false;
	tell_of_efi(l);
	if (!show(l, way, e))
		return false;
	if (l->r->dry_run)
		return true;
	/* What is for a crash is written to its place at once. */
	if ((!is_for_crash(l->plan.verb) &&
	     !source_pages_check(l->host, l->plan.limits, plan_bytes(&l->plan), e)) ||
	    !load_segments(l, way, errnum, e))
		return false;
	remember(l, l->plan.verb);
	return is_for_crash(l->plan.verb) || backend_forget_others(way, l->host, e);
}

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

static bool load_files(struct load *l, enum plan_verb verb, const struct backend *way, int *errnum,
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
	struct crash c = crash_of(l);

	if (!check_file_type(l, e))
		return false;
	if (crash)
		tell_of_crash(l, &c, CRASH_NO_HOTPLUG);
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
	remember(l, verb);
	return crash || backend_forget_others(way, l->host, e);
}

/* ---- What can be loaded ---- */

static bool plan_kernel(struct load *l, enum plan_verb verb, struct err *e)
{
	switch (verb) {
	case PLAN_LOAD_JUMP:
		return plan_jump(l, e);
	case PLAN_LOAD_CRASH:
		return plan_crash(l, e);
	default:
		return plan_ordinary(l, e);
	}
}

static bool load_by(struct load *l, enum plan_verb verb, const struct backend *way, int *errnum,
		    struct err *e)
{
	*errnum = 0;
	if (way->takes_files)
		return load_files(l, verb, way, errnum, e);
	return start_plan(l, verb, way, e) && parse_image(l, e) && plan_kernel(l, verb, e) &&
	       load_plan(l, way, errnum, e);
}

static bool load_kernel(struct load *l, enum plan_verb verb, struct err *e)
{
	struct backend_choice way;
	struct err other;
	int errnum;

	if (verb == PLAN_LOAD_CRASH && !crash_check(l->host, e))
		return false;
	if (!choose(l, verb, &way, e) || !read_files(l, e) || !make_cmdline(l, e))
		return false;
	if (load_by(l, verb, way.first, &errnum, e))
		return true;
	if (*way.passed_over.text)
		err_prefix(e, "%s", way.passed_over.text);
	if (!way.second || !backend_may_not(errnum))
		return false;
	if (load_by(l, verb, way.second, &errnum, &other))
		return true;
	return errnum == ENOSYS ? false : err_append(e, "; %s", other.text);
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
	struct jump j = jump_of(l);
	struct backend_choice way;
	int errnum;

	return choose(l, PLAN_LOAD_JUMP, &way, e) && start_plan(l, PLAN_LOAD_JUMP, way.first, e) &&
	       layout_lent(&l->saved, &j, from, e) && load_plan(l, way.first, &errnum, e);
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
	int errnum;

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
	if (!load_plan(l, way.first, &errnum, e))
		return false;
	tell_to_mark(l);
	return true;
}

static bool load_way_back(struct load *l, struct err *e)
{
	enum plan_verb verb = l->r->panic     ? PLAN_LOAD_CRASH_BACK
			      : l->r->one_way ? PLAN_LOAD_SAVED
					      : PLAN_LOAD_HELPER;
	struct jump j = jump_of(l);
	struct backend_choice way;
	int errnum;

	return choose(l, verb, &way, e) && start_plan(l, verb, way.first, e) &&
	       jump_helper(&j, e) && load_plan(l, way.first, &errnum, e);
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
	struct jump j = jump_of(l);
	struct backend_choice way;
	int errnum;

	if (!input_map(&l->file, l->r->kernel, e))
		return false;
	if (!image_program_parse(&program, l->file.bytes, e))
		return err_prefix(e, "%s", l->r->kernel);
	return read_block(l, &call, e) && choose(l, PLAN_LOAD_CALL, &way, e) &&
	       start_plan(l, PLAN_LOAD_CALL, way.first, e) && layout_call(&j, &call, e) &&
	       load_plan(l, way.first, &errnum, e);
}

static bool load_any(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (r->verb == VERB_LOAD_HELPER)
		return load_way_back(l, e);
	if (r->verb == VERB_CALL)
		return load_program(l, e);
	if (!open_image(l, e))
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

static void load_deinit(struct load *l)
{
	plan_deinit(&l->plan);
	saved_memory_deinit(&l->saved);
	image_close(&l->image);
	input_close(&l->file);
	input_close(&l->initrd);
	input_close(&l->uki);
	while (l->module_count)
		input_close(&l->modules[--l->module_count]);
	free(l->cmdline);
}

static struct load load_begin(const struct request *r, const struct host *h,
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
	};
}

bool load(const struct request *r, const struct host *h, const struct load_output *to,
	  bool *no_file_call, struct err *e)
{
	struct load l = load_begin(r, h, to);
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
	load_deinit(&l);
	return ok;
}

bool load_again(const struct request *r, const struct host *h, const struct load_output *to,
		const struct lent_image *from, struct err *e)
{
	struct load l = load_begin(r, h, to);
	bool ok = check_allowed(r, h, e) && kernel_memory_open(&l.kernel, h, e);

	if (ok) {
		ok = load_lent(&l, from, e);
		kernel_memory_close(&l.kernel);
	}
	load_deinit(&l);
	return ok;
}
