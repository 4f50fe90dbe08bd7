/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "layout_elf.h"
#include "layout_linux.h"
#include "layout_multiboot.h"
#include "lend.h"
#include "load_cmdline.h"
#include "load_plan.h"
#include "purgatory.h"
#include "window_of.h"
#include "x86.h"

/* The firmware's map does not tell of what broke since; the next kernel would use it. */
static bool mark_broken(struct memmap *next, const struct ranges *broken)
{
	for (size_t i = 0; i < broken->count; i++) {
		if (!memmap_set(next, broken->at[i], MEM_UNUSABLE))
			return false;
	}
	return true;
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
	return (ranges_clip(&p->ram, bounds) && memmap_copy(&p->next, map) &&
		mark_broken(&p->next, &h->broken)) ||
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
		.dtb = l->dtb.bytes,
	};

	if (!load_put_rsdp(l, e))
		return false;
	in.cmdline = l->cmdline;
	return load_check_cmdline(l, 0, e) && layout_linux(&l->plan, &in, e);
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

	return (image_core_read_record(l->r->window_of, l->r->key, &record, e) &&
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

static bool plan_jump(struct load *l, struct err *e)
{
	struct jump j = loading_jump(l);

	return jump_prepare(&j, &l->image.kernel, l->initrd.bytes.size, &l->cmdline, e) &&
	       layout(l, e) && lend_fill(&l->plan, e);
}

static bool plan_crash(struct load *l, struct err *e)
{
	struct crash c = loading_crash(l);

	if (!crash_prepare(&c, &l->cmdline, e) || !layout(l, e) || !purgatory_place(&l->plan, e))
		return false;
	loading_tell_of_crash(l, &c, CRASH_KEYS_STAY);
	loading_tell_of_crash(l, &c, CRASH_NO_TEXT);
	return true;
}

bool load_make_plan(struct load *l, enum plan_verb verb, struct err *e)
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

bool load_finish_plan(struct load *l, struct err *e)
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
