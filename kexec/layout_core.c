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

#define NAME "memory" /* of the segments */

static bool no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

static bool check_request(const struct request *r, const struct record *record, struct err *e)
{
	const struct {
		bool given;
		const char *name;
	} useless[] = {
		{ r->initrd_count, "--initrd" },
		{ r->append, "--append" },
		{ r->reuse_cmdline, "--reuse-cmdline" },
		{ r->window_of, "--window-of" },
		{ r->entry_32bit, "--entry-32bit" },
		{ r->real_mode, "--real-mode" },
		{ r->mem_min || r->mem_max != UINT64_MAX, "--mem-min or --mem-max" },
	};

	for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
		if (useless[i].given)
			return err_set(e,
				       "%s does not go with a saved kernel, which goes on as it "
				       "was",
				       useless[i].name);
	}
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
static bool leave_out_free(struct layout_core *l, struct err *e)
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
	ok = (ranges_copy(&memory, &l->kept) && lent_add(&r->lent, &memory)) || no_memory(e);
	ok = ok && free_pages_find(&found, &k, &memory, e);
	ranges_deinit(&memory);
	if (!ok) {
		peer_kernel_close(&k);
		return false;
	}
	l->note = found.note;
	ok = (free_pages_add_held(&found, &k) && ranges_remove_all(&l->kept, &found.free) &&
	      ranges_add(&l->kept, r->lent.gate)) ||
	     no_memory(e);
	free_pages_deinit(&found);
	peer_kernel_close(&k);
	return ok;
}

static bool find_kept(struct layout_core *l, const struct ranges *ram, struct err *e)
{
	return add_loads(&l->kept, &l->core->file.image.memory.core, e) &&
	       check_kept(&l->kept, &l->core->record.lent, ram, e) && leave_out_free(l, e);
}

/* The gate as the saved kernel left through it. */
static bool check_gate(const struct layout_core *l, const struct host *h, struct err *e)
{
	const struct record *record = &l->core->record;
	struct gate_params params;

	return core_memory_read_phys(&l->core->file.image.memory,
				     record->lent.gate.start + GATE_PARAMS, &params, sizeof(params),
				     e) &&
	       jump_check_gate(&params, record, h, e);
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

/* ---- Their content ---- */

/* The bytes of @want, which begin at @to; what the image does not have stays as it is. */
static bool read_kept(const struct layout_core *l, struct range want, uint8_t *to, struct err *e)
{
	struct range r;

	for (size_t i = ranges_from(&l->kept, want.start);
	     i < l->kept.count && range_intersect(l->kept.at[i], want, &r); i++) {
		if (!core_memory_read_phys(&l->core->file.image.memory, r.start,
					   to + (r.start - want.start), (size_t)range_size(r), e))
			return false;
	}
	return true;
}

static bool fill(void *opaque, uint64_t offset, uint8_t *to, size_t size, struct err *e)
{
	const struct layout_core *l = opaque;
	struct range want = { offset, offset + (size - 1) }, part;
	uint64_t start = 0;

	memset(to, 0, size);
	for (size_t i = 0; i < l->piece_count; i++) {
		struct range piece = { start, start + (range_size(l->pieces[i]) - 1) };
		uint64_t to_paddr = l->pieces[i].start - start;

		start = piece.last + 1;
		if (!range_intersect(piece, want, &part))
			continue;
		if (!read_kept(l, (struct range){ part.start + to_paddr, part.last + to_paddr },
			       to + (part.start - offset), e))
			return false;
	}
	return true;
}

/* ---- The plan ---- */

static bool check_half(const struct layout_core *l, const struct plan *p, uint64_t bytes,
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

static bool add_pieces(struct layout_core *l, struct plan *p, const char *path, struct err *e)
{
	uint64_t bytes = 0, at = 0;

	for (size_t i = 0; i < l->piece_count; i++)
		bytes += range_size(l->pieces[i]);
	if (!check_half(l, p, bytes, path, e) || !lazy_memory_create(&l->memory, bytes, fill, l, e))
		return false;
	for (size_t i = 0; i < l->piece_count; i++) {
		uint64_t size = range_size(l->pieces[i]);
		struct place piece = {
			.name = NAME,
			.memsz = size,
			.data = { lazy_memory_data(l->memory) + at, (size_t)size },
		};

		if (!plan_add_at(p, &piece, l->pieces[i].start, NULL, e))
			return false;
		at += size;
	}
	return true;
}

bool layout_core(struct layout_core *l, struct plan *p, struct image_core *core,
		 const struct host *h, const struct request *r, struct err *e)
{
	const struct record *record = &core->record;
	struct range gate;

	*l = (struct layout_core){ .core = core };
	p->image_type = "elf-core";
	p->window = record->lent.window;
	p->low = record->lent.low;
	p->gate_wants = (struct gate_wants){
		.flags = GATE_STOP_CPUS,
		.peer_entry = record->entry,
	};
	return check_request(r, record, e) && identity_check(record, h, e) &&
	       find_kept(l, &p->system_ram, e) && check_gate(l, h, e) &&
	       place_gate(p, &record->lent, &gate, e) &&
	       layout_core_join(&l->kept, &p->system_ram, gate, p->limits->segments - 1, &l->pieces,
				&l->piece_count, e) &&
	       add_pieces(l, p, r->kernel, e) && core_image_verify(&core->file.image, e);
}

void layout_core_deinit(struct layout_core *l)
{
	lazy_memory_destroy(l->memory);
	ranges_deinit(&l->kept);
	free(l->pieces);
	*l = (struct layout_core){ 0 };
}
