/* SPDX-License-Identifier: GPL-2.0-only */

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core_writer.h"
#include "elfcore_write.h"
#include "image_header.h"
#include "x86.h"

/* i386 maps RAM up to 128 MiB or more below the top, whatever the split (default of vmalloc=). */
#define LOWMEM_END 0xf8000000u

bool core_writer_memory(const struct core_memory *source, const struct peer_kernel *kernel,
			struct ranges *out)
{
	for (size_t i = 0; i < source->extents.count; i++) {
		struct range pages;

		if (range_pages_inside(extent_range(&source->extents.at[i]), &pages) &&
		    !ranges_add(out, pages))
			return false;
	}
	return !kernel || !kernel->pages.count || lent_add(&kernel->record.lent, out);
}

/* The part of @r after all of @leave_out that starts at or before it; moves *@next along. */
static bool cut_start(struct range *r, const struct ranges *leave_out, size_t *next)
{
	for (; *next < leave_out->count && leave_out->at[*next].start <= r->start; ++*next) {
		uint64_t last = leave_out->at[*next].last;

		if (last >= r->last)
			return false;
		if (last >= r->start)
			r->start = last + 1;
	}
	return true;
}

/* Lets the last range reach to the end of @piece when fewer than @gap bytes lie between. */
static bool join_last(struct ranges *kept, struct range piece, uint64_t gap)
{
	struct range *last = &kept->at[kept->count - 1];

	if (piece.start - last->last - 1 >= gap)
		return false;
	last->last = piece.last;
	return true;
}

/*
 * All of @have but @leave_out, in one pass over both. Gaps of fewer than @join pages within @have
 * are kept.
 */
static bool choose_pages(const struct ranges *have, const struct ranges *leave_out, uint64_t join,
			 struct ranges *kept)
{
	size_t next = 0;

	for (size_t i = 0; i < have->count; i++) {
		struct range left = have->at[i];
		bool joinable = false;

		while (cut_start(&left, leave_out, &next)) {
			struct range piece = left;
			bool more = next < leave_out->count &&
				    leave_out->at[next].start <= left.last;

			if (more)
				piece.last = leave_out->at[next].start - 1;
			if (!(joinable && join_last(kept, piece, join * PAGE_SIZE)) &&
			    !ranges_add(kept, piece))
				return false;
			if (!more)
				break;
			left.start = piece.last + 1;
			joinable = true;
		}
	}
	return true;
}

/* A program header for the part of @load that extent @x has. */
static bool add_part(struct elfcore *core, const struct elfcore_load *load, const struct extent *x)
{
	struct range part;

	if (!range_intersect(range_of(load->paddr, load->filesz), extent_range(x), &part))
		return true;
	return elfcore_add_load(
		core, &(struct elfcore_load){
			      .flags = load->flags,
			      .offset = x->offset + (part.start - x->paddr),
			      .paddr = part.start,
			      .vaddr = load->vaddr ? load->vaddr + (part.start - load->paddr) : 0,
			      .filesz = range_size(part),
			      .memsz = range_size(part),
		      });
}

static bool add_load(const struct core_writer *w, const struct elfcore_load *load,
		     struct elfcore *core)
{
	if (!load->filesz || load->paddr + (load->filesz - 1) < load->paddr)
		return true;
	for (size_t i = extents_from_paddr(&w->extents, load->paddr); i < w->extents.count; i++) {
		if (w->extents.at[i].paddr > load->paddr + (load->filesz - 1))
			break;
		if (!add_part(core, load, &w->extents.at[i]))
			return false;
	}
	return true;
}

/* Lent memory, back at its place: where the kernel's direct map has it, as far as that reaches. */
static bool add_lent(const struct core_writer *w, struct range lent, struct elfcore *core)
{
	struct elfcore_load load = { .paddr = lent.start,
				     .filesz = range_size(lent),
				     .flags = PF_R | PF_W | PF_X };
	uint64_t offset = w->kernel->page_offset;

	if (offset && (w->kernel->machine == EM_X86_64 ||
		       (lent.last < UINT32_MAX && offset + lent.last < LOWMEM_END)))
		load.vaddr = lent.start + offset;
	return add_load(w, &load, core);
}

/* Kernel text that was lent is in no program header of the source. */
static bool add_lent_text(const struct core_writer *w, struct elfcore *core)
{
	const struct record *r = &w->kernel->record;
	struct elfcore_load load;
	struct range text;

	if (w->kernel->machine != EM_X86_64 || !r->text.last ||
	    !range_intersect(r->text, r->lent.window, &text))
		return true;
	load = (struct elfcore_load){ .paddr = text.start,
				      .filesz = range_size(text),
				      .flags = PF_R | PF_W | PF_X,
				      .vaddr = text.start - w->kernel->phys_base +
					       START_KERNEL_MAP };
	return add_load(w, &load, core);
}

static bool add_loads(const struct core_writer *w, struct elfcore *core)
{
	const struct elfcore *source = &w->source->core;
	const struct lent *lent = w->kernel ? &w->kernel->record.lent : NULL;
	bool back = w->kernel && w->kernel->pages.count;

	for (size_t i = 0; i < source->load_count; i++) {
		/* The gate's place is the kernel's own again. */
		if (back && lent_has(lent, source->loads[i].paddr))
			continue;
		if (!add_load(w, &source->loads[i], core))
			return false;
	}
	return !back || (add_lent(w, lent->window, core) && add_lent_text(w, core) &&
			 (!lent->low.last || add_lent(w, lent->low, core)));
}

/* The notes of the source; without the jump record when the core is not for restoring. */
static bool add_notes(const struct core_writer *w, struct elfcore *core)
{
	struct bytes left = { w->source->core.notes, w->source->core.notes_size };
	struct elfcore_note note;

	while (elfcore_take_note(&left, &note))
		if (!(w->kernel && elfcore_note_is_named(&note, JUMP_RECORD_NOTE_NAME)) &&
		    !elfcore_copy_note(core, &note))
			return false;
	return true;
}

static uint64_t headers_size(const struct elfcore *core)
{
	return page_up(elfcore_headers_size(core->is64, core->load_count, core->notes_size));
}

static bool make_headers(struct core_writer *w, struct elfcore *core, struct err *e)
{
	w->headers_size = headers_size(core);
	w->headers = calloc(1, w->headers_size);
	if (!w->headers)
		return err_set(e, "no memory for the core's headers");
	for (size_t i = 0; i < core->load_count; i++)
		core->loads[i].offset += w->headers_size;
	elfcore_write_headers(core, 0, w->headers);
	return true;
}

static bool make_extents(struct core_writer *w, const struct ranges *kept)
{
	uint64_t offset = 0;

	extents_deinit(&w->extents);
	w->extents.at = calloc(kept->count + 1, sizeof(*w->extents.at));
	if (!w->extents.at)
		return false;
	for (size_t i = 0; i < kept->count; i++) {
		uint64_t size = range_size(kept->at[i]);

		w->extents.at[i] = (struct extent){ offset, kept->at[i].start, size };
		offset += size;
	}
	w->extents.count = kept->count;
	w->pages = offset / PAGE_SIZE;
	return true;
}

/* Extents and program headers when gaps of fewer than @join pages are kept. */
static bool plan(struct core_writer *w, const struct ranges *have, const struct ranges *leave_out,
		 uint64_t join, struct elfcore *core)
{
	struct ranges kept = { 0 };
	bool ok = choose_pages(have, leave_out, join, &kept) && make_extents(w, &kept);

	core->load_count = 0;
	ok = ok && add_loads(w, core);
	ranges_deinit(&kept);
	return ok;
}

/* The kernel's own, whatever the headers say: see record_of_core(). */
static uint16_t machine_of(const struct core_memory *source)
{
	struct record record;
	struct err ignored;

	return core_memory_record(source, &record, &ignored) ? record.machine
							     : source->core.machine;
}

bool core_writer_init(struct core_writer *w, const struct core_memory *source,
		      const struct ranges *leave_out, unsigned join, struct peer_kernel *kernel,
		      struct err *e)
{
	struct ranges have = { 0 };
	struct elfcore core = { .is64 = true,
				.machine = machine_of(source),
				.entry = source->core.entry };
	uint64_t gap = join ? join : 1;
	bool ok;

	*w = (struct core_writer){ .source = source, .kernel = kernel };
	ok = core_writer_memory(source, kernel, &have) && add_notes(w, &core) &&
	     plan(w, &have, leave_out, join, &core);
	/* Memory in more pieces than the headers have room for: keep ever larger gaps. */
	for (; ok && headers_size(&core) > IMAGE_FRAME_MAX && gap < UINT32_MAX; gap *= 2)
		ok = plan(w, &have, leave_out, 2 * gap, &core);
	if (!ok)
		err_set(e, "no memory for the list of pages");
	else if (headers_size(&core) > IMAGE_FRAME_MAX)
		ok = err_set(e, "%zu pieces of memory are more than an image can describe",
			     core.load_count);
	ok = ok && make_headers(w, &core, e);
	for (size_t i = 0; ok && i < w->extents.count; i++)
		w->extents.at[i].offset += w->headers_size;
	w->core_size = w->headers_size + w->pages * PAGE_SIZE;
	ranges_deinit(&have);
	elfcore_deinit(&core);
	if (!ok)
		core_writer_deinit(w);
	return ok;
}

static bool keep_page(struct extents *x, uint64_t offset, uint64_t paddr)
{
	struct extent *last = x->count ? &x->at[x->count - 1] : NULL;

	if (last && last->paddr + last->size == paddr) {
		last->size += PAGE_SIZE;
		return true;
	}
	/* Twice as much room whenever it is full: from 1 on. */
	if (x->count && !(x->count & (x->count - 1))) {
		struct extent *at = realloc(x->at, 2 * x->count * sizeof(*at));

		if (!at)
			return false;
		x->at = at;
	}
	x->at[x->count++] = (struct extent){ offset, paddr, PAGE_SIZE };
	return true;
}

bool core_writer_keep(struct core_writer *w, const uint64_t *keep, struct err *e)
{
	uint64_t n = 0, pages = 0;
	struct extents kept = { .at = malloc(sizeof(*kept.at)) };

	if (!kept.at)
		return err_set(e, "no memory for the list of pages");
	for (size_t i = 0; i < w->extents.count; i++) {
		const struct extent *x = &w->extents.at[i];

		for (uint64_t at = 0; at < x->size; at += PAGE_SIZE, n++) {
			if (!(keep[n / 64] >> n % 64 & 1))
				continue;
			if (!keep_page(&kept, w->headers_size + pages * PAGE_SIZE, x->paddr + at)) {
				extents_deinit(&kept);
				return err_set(e, "no memory for the list of pages");
			}
			pages++;
		}
	}
	extents_deinit(&w->extents);
	w->extents = kept;
	w->core_size = w->headers_size + pages * PAGE_SIZE;
	return true;
}

void core_writer_set_tail(struct core_writer *w, uint8_t *tail, size_t size)
{
	w->tail = tail;
	w->tail_size = size;
	w->core_size += size;
}

void core_writer_deinit(struct core_writer *w)
{
	extents_deinit(&w->extents);
	free(w->headers);
	free(w->tail);
	*w = (struct core_writer){ 0 };
}

bool core_writer_is_hole(const struct core_writer *w, uint64_t offset, uint64_t size)
{
	const struct core_memory *source = w->source;
	size_t i = extents_from_offset(&w->extents, offset);
	const struct extent *x = &w->extents.at[i], *from;
	uint64_t paddr;

	if (!source->is_hole || w->kernel || offset < w->headers_size || i == w->extents.count ||
	    x->size - (offset - x->offset) < size)
		return false;
	paddr = x->paddr + (offset - x->offset);
	from = extents_find(&source->extents, paddr);
	return from && from->size - (paddr - from->paddr) >= size &&
	       source->is_hole(source->opaque, from->offset + (paddr - from->paddr), size);
}

static bool read_memory(const struct core_writer *w, uint64_t paddr, void *to, size_t size,
			struct err *e)
{
	return w->kernel ? peer_kernel_read_phys(w->kernel, paddr, to, size, e)
			 : core_memory_read_phys(w->source, paddr, to, size, e);
}

/* What @size, @*to and @*offset leave after @part bytes were had. */
static void pass(uint8_t **to, uint64_t *offset, size_t *size, size_t part)
{
	*to += part;
	*offset += part;
	*size -= part;
}

/* As much as is in these @have bytes, which begin at @start. */
static void copy_part(const uint8_t *have, size_t have_size, uint64_t start, uint8_t **to,
		      uint64_t *offset, size_t *size)
{
	size_t skip = *offset - start, part = have_size - skip < *size ? have_size - skip : *size;

	memcpy(*to, have + skip, part);
	pass(to, offset, size, part);
}

bool core_writer_read(const struct core_writer *w, uint64_t offset, void *to, size_t size,
		      struct err *e)
{
	uint64_t tail = w->core_size - w->tail_size;
	uint8_t *at = to;

	if (offset > w->core_size || size > w->core_size - offset)
		return err_set(e, "offset %#" PRIx64 " is beyond the end of the core", offset);
	if (offset < w->headers_size)
		copy_part(w->headers, w->headers_size, 0, &at, &offset, &size);
	for (size_t i = extents_from_offset(&w->extents, offset); size && offset < tail; i++) {
		const struct extent *x = &w->extents.at[i];
		uint64_t skip = offset - x->offset;
		size_t part = x->size - skip < size ? x->size - skip : size;

		if (!read_memory(w, x->paddr + skip, at, part, e))
			return false;
		pass(&at, &offset, &size, part);
	}
	if (size)
		copy_part(w->tail, w->tail_size, tail, &at, &offset, &size);
	return true;
}
