/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "layout_call.h"
#include "purgatory.h"
#include "real_mode.h"
#include "x86.h"

#define REAL_PLACE 0x10000u /* of a program of real mode: one segment from here on */
#define REAL_SIZE  0x10000u

static bool no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

static bool check_real(const struct layout_call *in, const struct host *h, struct err *e)
{
	const struct program_load *l = &in->program->loads[0];

	if (!real_mode_check(h, e))
		return false;
	if (!in->program->is_flat)
		return err_set(e, "--real-mode: takes a flat binary, not an ELF file");
	return l->memsz <= REAL_SIZE ||
	       err_set(e, "--real-mode: %" PRIu32 " bytes are more than a segment of 64 KiB",
		       l->memsz);
}

/* RAM that a program may have: not this kernel's own, where its other CPUs may be. */
static bool find_ram(struct plan *p, const struct host *h, struct err *e)
{
	ranges_deinit(&p->ram);
	return host_free_ram(h, &p->ram, e) &&
	       (!h->iomem.has_kernel || p->limits->stops_cpus ||
		ranges_remove(&p->ram, h->iomem.kernel) || no_memory(e));
}

/* All that is loaded, as one piece of whole pages. */
static bool place_at(struct plan *p, const struct image_program *g, uint32_t move, struct err *e)
{
	struct place want = { .name = "program", .digest = true };
	uint64_t first = UINT32_MAX, end = 0;
	struct range all;

	for (size_t i = 0; i < g->load_count; i++) {
		uint64_t start = g->loads[i].paddr + move, last = start + g->loads[i].memsz;

		first = start < first ? start : first;
		end = last > end ? last : end;
	}
	first &= PAGE_MASK;
	all = range_of(first, page_up(end) - first);
	if (!ranges_contain(&p->ram, all))
		return err_set(e,
			       "%#" PRIx64 "-%#" PRIx64
			       ", where the program belongs, is not memory that "
			       "it may have: it is no RAM, or this kernel's own",
			       all.start, all.last);
	want.owned = calloc(1, range_size(all));
	if (!want.owned)
		return no_memory(e);
	for (size_t i = 0; i < g->load_count; i++)
		memcpy(want.owned + (g->loads[i].paddr + move - first), g->loads[i].data.data,
		       g->loads[i].data.size);
	want.data = (struct bytes){ want.owned, range_size(all) };
	if (!plan_add_at(p, &want, all.start, NULL, e))
		return false;
	return ranges_remove(&p->ram, all) || no_memory(e);
}

static bool place_program(struct plan *p, const struct layout_call *in, struct err *e)
{
	const struct image_program *g = in->program;
	struct range_hole hole = {
		.size = page_up(g->loads[0].memsz),
		.align = PAGE_SIZE,
		.within = { MIB, FOUR_GIB - 1 },
	};
	struct range at;

	p->kernel_entry = g->entry;
	if (!g->is_flat)
		return place_at(p, g, 0, e);
	if (in->real_mode)
		at.start = REAL_PLACE;
	else if (!ranges_find(&p->ram, &hole, &at))
		return err_set(e, "no room for a program of %" PRIu32 " bytes", g->loads[0].memsz);
	p->kernel_entry = at.start;
	return place_at(p, g, (uint32_t)at.start, e);
}

static bool place_block(struct plan *p, const struct layout_call *in, struct err *e)
{
	const struct place want = {
		.name = "block",
		.memsz = page_up(in->block_size),
		.within = in->real_mode ? real_mode_memory : (struct range){ MIB, FOUR_GIB - 1 },
	};
	struct segment *block;

	if (!in->block_size)
		return true;
	if (!plan_place_zeros(p, &want, in->block_size, &block, e))
		return false;
	if (in->block.size)
		memcpy(block->owned, in->block.data, in->block.size);
	p->boot_params = block->paddr;
	p->call_size = in->block_size;
	return true;
}

bool layout_call(struct jump *j, const struct layout_call *in, struct err *e)
{
	struct plan *p = j->plan;

	p->image_type = in->program->is_flat ? "flat program" : "ELF program";
	p->entry_bits = in->real_mode ? 16 : 32;
	return (!in->real_mode || check_real(in, j->host, e)) && find_ram(p, j->host, e) &&
	       jump_gate_context(j, e) && place_program(p, in, e) && place_block(p, in, e) &&
	       (!in->real_mode || real_mode_place(p, e)) && purgatory_place(p, e);
}
