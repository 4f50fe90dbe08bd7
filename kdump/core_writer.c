/* SPDX-License-Identifier: GPL-2.0-only */
#include "core_writer.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

#define PAGE_SIZE 4096u

static uint64_t page_up(uint64_t bytes)
{
	return (bytes + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

/* The physical memory that the source has, whole pages. */
static bool source_pages(const struct core_image *source, struct ranges *out)
{
	for (size_t i = 0; i < source->core.load_count; i++) {
		const struct elfcore_load *l = &source->core.loads[i];
		struct range pages;

		if (l->filesz &&
		    range_pages_inside((struct range){ l->paddr, l->paddr + l->filesz - 1 }, &pages) &&
		    !ranges_add(out, pages))
			return false;
	}
	return true;
}

/* Takes gaps of fewer than @join pages back in, as far as the source has their pages. */
static bool join_gaps(struct ranges *kept, const struct ranges *have, unsigned join)
{
	struct ranges joined = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < kept->count; i++) {
		struct range r = kept->at[i];

		if (i && r.start - kept->at[i - 1].last - 1 < (uint64_t)join * PAGE_SIZE) {
			struct range gap = { kept->at[i - 1].last + 1, r.start - 1 };

			if (ranges_contain(have, gap))
				r.start = gap.start;
		}
		ok = ranges_add(&joined, r);
	}
	if (ok)
		ranges_move(kept, &joined);
	ranges_deinit(&joined);
	return ok;
}

static bool lent_ranges(const struct jump_record *r, struct ranges *out)
{
	return ranges_add(out, (struct range){ r->window_start, r->window_last }) &&
	       (!r->low_last || ranges_add(out, (struct range){ r->low_start, r->low_last }));
}

/* All pages of the new core. */
static bool choose_pages(struct core_writer *w, const struct ranges *leave_out, unsigned join,
			 struct ranges *kept)
{
	struct ranges have = { 0 };
	bool ok = source_pages(w->source, &have);

	if (ok && w->kernel && w->kernel->displaced)
		ok = lent_ranges(&w->kernel->record, &have);
	ok = ok && ranges_copy(kept, &have) && ranges_remove_all(kept, leave_out) &&
	     join_gaps(kept, &have, join);
	ranges_deinit(&have);
	return ok;
}

struct phdrs {
	Elf64_Phdr *at;
	size_t count, room;
};

/* A program header for the part of @load that extent @x has. */
static bool add_phdr(struct phdrs *p, const struct elfcore_load *load, const struct core_extent *x)
{
	struct range part;

	if (!load->filesz ||
	    !range_intersect((struct range){ load->paddr, load->paddr + load->filesz - 1 },
			     (struct range){ x->paddr, x->paddr + x->size - 1 }, &part))
		return true;
	if (!grow_array(&p->at, &p->room, p->count + 1, sizeof(*p->at)))
		return false;
	p->at[p->count++] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = load->flags,
		.p_offset = x->offset + (part.start - x->paddr),
		.p_paddr = part.start,
		.p_vaddr = load->vaddr ? load->vaddr + (part.start - load->paddr) : 0,
		.p_filesz = range_size(part),
		.p_memsz = range_size(part),
	};
	return true;
}

/* The first extent that ends behind @paddr. */
static size_t extent_at(const struct core_writer *w, uint64_t paddr)
{
	size_t low = 0, high = w->extent_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->extents[middle].paddr + (w->extents[middle].size - 1) < paddr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool add_load(const struct core_writer *w, const struct elfcore_load *load, struct phdrs *p)
{
	for (size_t i = extent_at(w, load->paddr); i < w->extent_count; i++) {
		if (w->extents[i].paddr - load->paddr >= load->filesz &&
		    w->extents[i].paddr >= load->paddr)
			break;
		if (!add_phdr(p, load, &w->extents[i]))
			return false;
	}
	return true;
}

static bool add_loads(const struct core_writer *w, struct phdrs *p)
{
	const struct elfcore *core = &w->source->core;

	for (size_t i = 0; i < core->load_count; i++)
		if (!add_load(w, &core->loads[i], p))
			return false;
	if (w->kernel && w->kernel->displaced) {
		struct ranges lent = { 0 };
		bool ok = lent_ranges(&w->kernel->record, &lent);

		for (size_t i = 0; ok && i < lent.count; i++) {
			struct elfcore_load load = {
				.paddr = lent.at[i].start,
				.vaddr = lent.at[i].start + w->kernel->page_offset,
				.filesz = range_size(lent.at[i]),
				.flags = PF_R | PF_W | PF_X,
			};
			ok = add_load(w, &load, p);
		}
		ranges_deinit(&lent);
		return ok;
	}
	return true;
}

/* The notes of the source; without the jump record when the core is not for restoring. */
static size_t copy_notes(const struct core_writer *w, uint8_t *to)
{
	const struct elfcore *core = &w->source->core;
	struct bytes notes = { core->notes, core->notes_size };
	size_t used = 0;

	for (uint64_t at = 0, next; at < notes.size; at = next) {
		uint32_t namesz, descsz;
		struct bytes note;

		if (!bytes_le32(notes, at, &namesz) || !bytes_le32(notes, at + 4, &descsz))
			break;
		next = at + 12 + ((namesz + 3ull) & ~3ull) + ((descsz + 3ull) & ~3ull);
		if (!bytes_sub(notes, at, next - at, &note))
			break;
		if (w->kernel && namesz == sizeof(JUMP_RECORD_NOTE_NAME) &&
		    !memcmp(note.data + 12, JUMP_RECORD_NOTE_NAME, namesz))
			continue;
		memcpy(to + used, note.data, note.size);
		used += note.size;
	}
	return used;
}

/* More than PN_XNUM - 1 program headers are counted in section header 0 (System V ABI). */
static bool make_headers(struct core_writer *w, struct phdrs *p, struct err *e)
{
	size_t count = p->count + 1, size;
	bool many = count >= PN_XNUM;
	uint64_t notes_at = sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr) +
			    (many ? sizeof(Elf64_Shdr) : 0);
	Elf64_Ehdr *h;
	Elf64_Phdr note = { .p_type = PT_NOTE, .p_offset = notes_at };

	w->headers_size = page_up(notes_at + w->source->core.notes_size);
	if (w->headers_size > IMAGE_FRAME_MAX)
		return err_set(e, "%zu pieces of memory are more than an image can describe", count);
	w->headers = calloc(1, w->headers_size);
	if (!w->headers)
		return err_set(e, "no memory for the core's headers");
	size = copy_notes(w, w->headers + notes_at);
	note.p_filesz = note.p_memsz = size;

	h = (Elf64_Ehdr *)w->headers;
	memcpy(h->e_ident, ELFMAG, SELFMAG);
	h->e_ident[EI_CLASS] = ELFCLASS64;
	h->e_ident[EI_DATA] = ELFDATA2LSB;
	h->e_ident[EI_VERSION] = EV_CURRENT;
	h->e_type = ET_CORE;
	h->e_machine = w->source->core.machine;
	h->e_version = EV_CURRENT;
	h->e_entry = w->source->core.entry;
	h->e_phoff = sizeof(*h);
	h->e_ehsize = sizeof(*h);
	h->e_phentsize = sizeof(Elf64_Phdr);
	h->e_phnum = many ? PN_XNUM : count;
	if (many) {
		Elf64_Shdr first = { .sh_info = count };

		h->e_shoff = notes_at - sizeof(first);
		h->e_shentsize = sizeof(first);
		h->e_shnum = 1;
		memcpy(w->headers + h->e_shoff, &first, sizeof(first));
	}
	memcpy(w->headers + sizeof(*h), &note, sizeof(note));
	for (size_t i = 0; i < p->count; i++)
		p->at[i].p_offset += w->headers_size;
	if (p->count)
		memcpy(w->headers + sizeof(*h) + sizeof(note), p->at, p->count * sizeof(*p->at));
	return true;
}

static bool make_extents(struct core_writer *w, const struct ranges *kept)
{
	uint64_t offset = 0;

	w->extents = calloc(kept->count + 1, sizeof(*w->extents));
	if (!w->extents)
		return false;
	for (size_t i = 0; i < kept->count; i++) {
		uint64_t size = range_size(kept->at[i]);

		w->extents[i] = (struct core_extent){ kept->at[i].start, size, offset };
		offset += size;
	}
	w->extent_count = kept->count;
	w->pages = offset / PAGE_SIZE;
	return true;
}

bool core_writer_init(struct core_writer *w, struct core_image *source, const struct ranges *leave_out,
		      unsigned join, struct peer_kernel *kernel, struct err *e)
{
	struct ranges kept = { 0 };
	struct phdrs phdrs = { 0 };
	bool ok;

	*w = (struct core_writer){ .source = source, .kernel = kernel };
	ok = choose_pages(w, leave_out, join, &kept) && make_extents(w, &kept) && add_loads(w, &phdrs);
	if (!ok)
		err_set(e, "no memory for the list of pages");
	ok = ok && make_headers(w, &phdrs, e);
	for (size_t i = 0; ok && i < w->extent_count; i++)
		w->extents[i].offset += w->headers_size;
	w->core_size = w->headers_size + w->pages * PAGE_SIZE;
	ranges_deinit(&kept);
	free(phdrs.at);
	if (!ok)
		core_writer_deinit(w);
	return ok;
}

void core_writer_deinit(struct core_writer *w)
{
	free(w->extents);
	free(w->headers);
	*w = (struct core_writer){ 0 };
}

static bool read_memory(const struct core_writer *w, uint64_t paddr, void *to, size_t size,
			struct err *e)
{
	return w->kernel ? peer_kernel_read_phys(w->kernel, paddr, to, size, e)
			 : core_image_read_phys(w->source, paddr, to, size, e);
}

bool core_writer_read(const struct core_writer *w, uint64_t offset, void *to, size_t size,
		      struct err *e)
{
	uint8_t *at = to;
	size_t low = 0, high = w->extent_count;

	if (offset < w->headers_size) {
		size_t part = w->headers_size - offset < size ? w->headers_size - offset : size;

		memcpy(at, w->headers + offset, part);
		at += part;
		offset += part;
		size -= part;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->extents[middle].offset + (w->extents[middle].size - 1) < offset)
			low = middle + 1;
		else
			high = middle;
	}
	for (; size; low++) {
		const struct core_extent *x = &w->extents[low];
		uint64_t skip, part;

		if (low == w->extent_count)
			return err_set(e, "offset %#llx is beyond the end of the core",
				       (unsigned long long)offset);
		skip = offset - x->offset;
		part = x->size - skip < size ? x->size - skip : size;
		if (!read_memory(w, x->paddr + skip, at, part, e))
			return false;
		at += part;
		offset += part;
		size -= part;
	}
	return true;
}
