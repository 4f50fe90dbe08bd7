/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "layout_lent.h"
#include "lend.h"
#include "monitor_cpu.h"
#include "x86.h"

static bool no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

static bool check_request(const struct request *r, struct err *e)
{
	if (r->has_entry)
		return err_set(e,
			       "--entry does not go with a saved kernel, which goes on as it was");
	return saved_memory_check_request(r, e);
}

/* What it had is free to be lent once more. */
static bool check_place(const struct lent *lent, const struct host *h, const struct limits *limits,
			struct err *e)
{
	struct ranges ram = { 0 };
	bool ok = host_free_ram(h, &ram, e);

	if (ok && h->iomem.has_kernel && !limits->stops_cpus &&
	    range_overlaps(h->iomem.kernel, lent->window))
		ok = err_set(
			e,
			"this boot's kernel lies where its memory was, and CPUs that are offline "
			"run in it: boot again, or use the module (--jump-via=module)");
	ok = ok && (ranges_contain(&ram, lent->window) ||
		    err_set(e, "its memory at %#" PRIx64 "-%#" PRIx64 " is not to be lent here",
			    lent->window.start, lent->window.last));
	ok = ok && (!lent->low.last || ranges_contain(&ram, lent->low) ||
		    err_set(e, "its memory at %#" PRIx64 "-%#" PRIx64 " is not to be lent here",
			    lent->low.start, lent->low.last));
	ranges_deinit(&ram);
	return ok;
}

/* B's gate, as B left through it. */
static bool check_gate(const struct lent_image *from, const struct host *h, uint32_t *bits,
		       struct err *e)
{
	uint64_t gate = from->entry & PAGE_MASK, place = from->entry & ~PAGE_MASK;
	unsigned kernel_bits = from->memory->core.machine == EM_X86_64 ? 64 : 32;
	struct gate_params g;

	if (!from->entry)
		return err_set(e, "it never jumped back, so nothing can go on in it");
	if ((place != GATE_REENTRY && place != GATE_REENTRY_32) ||
	    !lent_has(&from->record->lent, gate) ||
	    range_contains(from->record->lent.gate, (struct range){ gate, gate }))
		return err_set(e, "there is no gate at its entry, %#" PRIx64, from->entry);
	if (!core_memory_gate(from->memory, gate, &g, e))
		return false;
	if (g.bits != kernel_bits)
		return err_set(e, "its gate has %" PRIu32 " bits, its kernel %u", g.bits,
			       kernel_bits);
	if (from->entry != jump_entry(gate, g.bits, h->arch == HOST_X86_64 ? 64 : 32))
		return err_set(e,
			       "it is a %" PRIu32
			       "-bit kernel that was not jumped to from a kernel "
			       "like this one",
			       g.bits);
	*bits = g.bits;
	return g.return_address || err_set(e, "it never left through its gate");
}

/* As it was when it was jumped to first: with or without a CPU that waits. */
static bool prepare_monitor(const struct lent_image *from, struct jump *j, struct err *e)
{
	struct gate_params g;

	return core_memory_gate(from->memory, from->record->lent.gate.start, &g, e) &&
	       monitor_prepare_again(j, &g, e);
}

static bool remove_own(struct ranges *kept, const struct lent *lent)
{
	return ranges_remove(kept, lent->gate) && ranges_remove(kept, lent->headers);
}

/* All that B had, but for what is this kernel's own in it. */
static bool find_pieces(struct saved_memory *s, const struct lent *lent, struct err *e)
{
	struct ranges all = { 0 };
	const struct extents *x = &s->memory->extents;
	bool ok = lent_add(lent, &all) && remove_own(&all, lent);

	for (size_t i = 0; ok && i < x->count; i++)
		ok = ranges_add(&s->kept, extent_range(&x->at[i]));
	ok = ok && remove_own(&s->kept, lent);
	s->pieces = ok ? calloc(all.count, sizeof(*s->pieces)) : NULL;
	if (s->pieces)
		memcpy(s->pieces, all.at, all.count * sizeof(*all.at));
	s->piece_count = s->pieces ? all.count : 0;
	ranges_deinit(&all);
	return s->pieces || no_memory(e);
}

/* The image's own bytes for it, not zeros, unless its saver left out what was free. */
static bool check_kept(const struct saved_memory *s, const struct lent *lent, struct err *e)
{
	const struct elfcore *core = &s->memory->core;

	for (size_t i = 0; i < core->load_count; i++)
		if ((core->loads[i].paddr | core->loads[i].filesz) & ~PAGE_MASK)
			return err_set(e,
				       "has memory at %#" PRIx64 ", %#" PRIx64
				       " bytes, that is not whole pages",
				       core->loads[i].paddr, core->loads[i].filesz);
	for (size_t i = 0; i < s->kept.count; i++)
		for (uint64_t at = s->kept.at[i].start; at <= s->kept.at[i].last; at += PAGE_SIZE)
			if (!lent_has(lent, at))
				return err_set(e, "has memory at %#" PRIx64 " that was not lent",
					       at);
	return true;
}

bool layout_lent(struct saved_memory *s, struct jump *j, const struct lent_image *from,
		 struct err *e)
{
	const struct lent *lent = &from->record->lent;
	struct plan *p = j->plan;
	uint32_t bits;

	*s = (struct saved_memory){ .memory = from->memory };
	p->image_type = "elf-core";
	return check_request(j->request, e) && identity_check(from->record, j->host, e) &&
	       check_place(lent, j->host, p->limits, e) && check_gate(from, j->host, &bits, e) &&
	       find_pieces(s, lent, e) && check_kept(s, lent, e) &&
	       jump_prepare_again(j, from->record, from->entry, bits, e) &&
	       prepare_monitor(from, j, e) && saved_memory_add(s, p, e) && lend_fill(p, e);
}
