/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "free_pages.h"
#include "identity.h"
#include "jump.h"
#include "layout_core.h"
#include "number.h"
#include "purgatory.h"
#include "window.h"
#include "x86.h"

/* What the steps work on. */
struct layout {
	struct image_core *core;
	struct saved_memory *saved;
	struct err note; /* why free pages were not left out; "" when nothing */
};

static bool no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

static bool check_request(const struct request *r, const struct record *record, struct err *e)
{
	if (!saved_memory_check_request(r, e))
		return false;
	if (r->has_entry && r->entry != record->entry)
		return err_set(e,
			       "--entry=%#" PRIx64 " is not the entry of this saved kernel, which "
			       "is %#" PRIx64,
			       r->entry, record->entry);
	return true;
}

/* ---- Which pages ---- */

static bool add_loads(struct ranges *kept, const struct elfcore *core, struct err *e)
{
	for (size_t i = 0; i < core->load_count; i++) {
		const struct elfcore_load *load = &core->loads[i];
		struct range r = { load->paddr, load->paddr + (load->filesz - 1) };

		if (!load->filesz)
			continue;
		if (r.last < r.start)
			return err_set(e, "program header %zu: beyond the end of the address space",
				       i);
		if (!ranges_add(kept, r))
			return no_memory(e);
	}
	return true;
}

/* The saved kernel had lent the window and has its bytes elsewhere; only its gate stands there. */
static bool check_kept(const struct ranges *kept, const struct lent *lent, const struct ranges *ram,
		       struct err *e)
{
	uint64_t paddr;

	if (!ranges_contain(kept, lent->gate))
		return err_set(e, "does not have the saved kernel's gate at %#" PRIx64,
			       lent->gate.start);
	for (size_t i = 0; i < kept->count; i++) {
		struct range k = kept->at[i];

		if (k.start % PAGE_SIZE || (k.last + 1) % PAGE_SIZE)
			return err_set(e, "%#" PRIx64 "-%#" PRIx64 " is not whole pages", k.start,
				       k.last);
		if (!ranges_contain(ram, k))
			return err_set(e, "%#" PRIx64 "-%#" PRIx64 " is not RAM on this machine",
				       k.start, k.last);
		if (lent_but_gate(lent, k, &paddr))
			return err_set(e,
				       "has memory at %#" PRIx64 " that the saved kernel had lent",
				       paddr);
	}
	return true;
}

/*
 * Takes from @kept what was free in the saved kernel, if that is known for sure and nothing relies
 * on it.
 */
static bool leave_out_free(struct layout *l, struct err *e)
{
	const struct record *r = &l->core->record;
	struct core_image *image = &l->core->file.image;
	struct ranges memory = {};
	struct free_pages found;
	struct peer_kernel k;
	bool ok;

	if (image->saved && image->header.flags & IMAGE_FREE_LEFT_OUT)
		return true;
	if (r->free_content != FREE_CONTENT_NONE) {
		err_set(&l->note, "the saved kernel may rely on the content of its free pages "
				  "(init_on_free, page_poison)");
		return true;
	}
	if (!peer_kernel_open(&k, &image->memory, &l->note))
		return true;
	/* To the saved kernel, what it had lent is memory like any other: free, perhaps. */
	ok = (ranges_copy(&memory, &l->saved->kept) && lent_add(&r->lent, &memory)) || no_memory(e);
	ok = ok && free_pages_find(&found, &k, &memory, e);
	ranges_deinit(&memory);
	if (!ok) {
		peer_kernel_close(&k);
		return false;
	}
	l->note = found.note;
	ok = (free_pages_add_held(&found, &k) && ranges_remove_all(&l->saved->kept, &found.free) &&
	      ranges_add(&l->saved->kept, r->lent.gate)) ||
	     no_memory(e);
	free_pages_deinit(&found);
	peer_kernel_close(&k);
	return ok;
}

static bool find_kept(struct layout *l, const struct ranges *ram, struct err *e)
{
	return add_loads(&l->saved->kept, &l->core->file.image.memory.core, e) &&
	       check_kept(&l->saved->kept, &l->core->record.lent, ram, e) && leave_out_free(l, e);
}

/* The gate as the saved kernel left through it. */
static bool check_gate(const struct layout *l, struct err *e)
{
	const struct record *record = &l->core->record;
	struct gate_params params;

	return core_memory_read_phys(&l->core->file.image.memory,
				     record->lent.gate.start + GATE_PARAMS, &params, sizeof(params),
				     e) &&
	       jump_check_gate(&params, record, e);
}

/* ---- In how many pieces ---- */

struct gap {
	size_t before; /* index of the range that begins after it */
	uint64_t size;
};

static int larger_first(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;

	return x->size != y->size ? (x->size < y->size) - (x->size > y->size)
				  : (x->before > y->before) - (x->before < y->before);
}

static int by_place(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;

	return (x->before > y->before) - (x->before < y->before);
}

/* A gap that cannot be joined counts as larger than any other. */
static struct gap gap_before(const struct ranges *kept, size_t i, const struct ranges *ram,
			     struct range keep_out)
{
	struct range r = { kept->at[i - 1].last + 1, kept->at[i].start - 1 };
	bool joins = ranges_contain(ram, r) && !range_overlaps(r, keep_out);

	return (struct gap){ i, joins ? range_size(r) : UINT64_MAX };
}

bool layout_core_join(const struct ranges *kept, const struct ranges *ram, struct range keep_out,
		      size_t most, struct range **pieces, size_t *count, struct err *e)
{
	size_t gaps = kept->count ? kept->count - 1 : 0, cuts, start = 0;
	struct gap *gap = calloc(gaps + 1, sizeof(*gap));

	if (!gap)
		return no_memory(e);
	for (size_t i = 0; i < gaps; i++)
		gap[i] = gap_before(kept, i + 1, ram, keep_out);
	qsort(gap, gaps, sizeof(*gap), larger_first);
	cuts = gaps < most - 1 ? gaps : most - 1;
	if (!kept->count || (cuts < gaps && gap[cuts].size == UINT64_MAX)) {
		free(gap);
		return err_set(e, kept->count ? "its memory is in more pieces than the kernel takes"
					      : "has no memory");
	}
	*pieces = calloc(cuts + 1, sizeof(**pieces));
	if (!*pieces) {
		free(gap);
		return no_memory(e);
	}
	qsort(gap, cuts, sizeof(*gap), by_place);
	for (size_t i = 0; i <= cuts; i++) {
		size_t end = i < cuts ? gap[i].before : kept->count;

		(*pieces)[i] = (struct range){ kept->at[start].start, kept->at[end - 1].last };
		start = end;
	}
	*count = cuts + 1;
	free(gap);
	return true;
}

/* ---- The plan ---- */

static bool check_half(const struct layout *l, const struct plan *p, uint64_t bytes,
		       const char *path, struct err *e)
{
	uint64_t half = limits_bytes(p->limits, p->mem_total), sum;
	char needs[24], has[24], total[24];

	if (!__builtin_add_overflow(bytes, GATE_SIZE, &sum) && sum <= half)
		return true;
	err_set(e,
		"takes %s, and the kernel lets an image have no more than half of RAM (%s of %s)",
		number_size_words(sum, needs), number_size_words(half, has),
		number_size_words(p->mem_total, total));
	if (*l->note.text)
		err_append(e, "; free pages are among them: %s", l->note.text);
	return err_append(e, "; restore it with krestore, from a kernel loaded with --window-of=%s",
			  path);
}

/* Our gate goes where the saved kernel's memory is not: into what it had lent. */
static bool place_gate(struct plan *p, const struct lent *lent, struct range *gate, struct err *e)
{
	if (!ranges_copy(&p->ram, &p->system_ram) || !ranges_clip(&p->ram, lent->window) ||
	    !ranges_remove(&p->ram, lent->gate))
		return no_memory(e);
	if (!purgatory_place(p, e))
		return false;
	*gate = (struct range){ p->gate, p->gate + GATE_SIZE - 1 };
	return true;
}

bool layout_core(struct saved_memory *s, struct plan *p, struct image_core *core,
		 const struct host *h, const struct request *r, struct err *e)
{
	struct layout l = { .core = core, .saved = s };
	const struct record *record = &core->record;
	struct range gate;

	*s = (struct saved_memory){ .memory = &core->file.image.memory };
	p->image_type = "elf-core";
	p->window = record->lent.window;
	p->low = record->lent.low;
	p->gate_wants = (struct gate_wants){
		.flags = GATE_STOP_CPUS,
		.peer_entry = record->entry,
		.peer_bits = p->gate_bits,
	};
	return check_request(r, record, e) && identity_check(record, h, e) &&
	       find_kept(&l, &p->system_ram, e) && check_gate(&l, e) &&
	       place_gate(p, &record->lent, &gate, e) &&
	       layout_core_join(&s->kept, &p->system_ram, gate, p->limits->segments - 1, &s->pieces,
				&s->piece_count, e) &&
	       check_half(&l, p, saved_memory_bytes(s), r->kernel, e) &&
	       saved_memory_add(s, p, e) && core_image_verify(&core->file.image, e);
}
