/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "free_pages.h"
#include "vmcoreinfo.h"
#include "x86.h"

/* Struct pages are read so many bytes at a time, fewer where some of them cannot be read. */
#define CHUNK_SIZE (1u << 20)
#define SMALL_SIZE 4096u
/* Times that there may be no struct pages to read: with more holes something else is wrong. */
#define HOLES_MAX (1u << 19)
/* Pages that a kernel's count may lag behind: 125 for each CPU and zone. */
#define COUNT_SLACK 4096
/* More nodes, or zones in one of them, do not exist. */
#define NODES_MAX 1024
#define ZONES_MAX 16
/* mem_section.section_mem_map: flags below this bit, the encoded map above (linux/mmzone.h). */
#define SECTION_FLAGS_MASK  0x3fu
#define SECTION_HAS_MEM_MAP 2u

/* Where a kernel's struct pages are and what they look like. */
struct layout {
	struct peer_kernel *k;
	unsigned word;		    /* bytes of an unsigned long */
	uint64_t page_size;	    /* SIZE(page) */
	uint64_t mapcount, private; /* offsets in it */
	uint32_t buddy;		    /* PAGE_BUDDY_MAPCOUNT_VALUE */
	uint32_t unaccepted;	    /* PAGE_UNACCEPTED_MAPCOUNT_VALUE, or as buddy */
	unsigned orders;

	bool sparse;
	uint64_t flat_map;		    /* FLATMEM: address of page 0's struct page */
	uint64_t sections;		    /* SPARSEMEM: mem_section */
	uint64_t section_size, section_map; /* SIZE(mem_section) and offset of section_mem_map */
	uint64_t roots, per_root;
	unsigned section_shift; /* log2 of pages in a section */
	bool extreme;		/* mem_section[root] points to per_root sections */
};

static bool number(const struct layout *l, const char *key, uint64_t *out, struct err *e)
{
	int64_t value;

	if (!vmcoreinfo_number(l->k->vmcoreinfo, key, &value))
		return err_set(e, "VMCOREINFO has no %s", key);
	*out = value;
	return true;
}

static bool read_word(const struct layout *l, uint64_t vaddr, uint64_t *out, struct err *e)
{
	uint8_t raw[8] = { 0 };

	return peer_kernel_read(l->k, vaddr, raw, l->word, e) &&
	       bytes_le64((struct bytes){ raw, sizeof(raw) }, 0, out);
}

static bool layout_sparse(struct layout *l, struct err *e)
{
	uint64_t size_bits, physmem_bits;

	if (!number(l, "LENGTH(mem_section)", &l->roots, e) ||
	    !number(l, "SIZE(mem_section)", &l->section_size, e) ||
	    !number(l, "OFFSET(mem_section.section_mem_map)", &l->section_map, e) ||
	    !number(l, "NUMBER(SECTION_SIZE_BITS)", &size_bits, e) ||
	    !number(l, "NUMBER(MAX_PHYSMEM_BITS)", &physmem_bits, e))
		return false;
	if (size_bits <= PAGE_SHIFT || size_bits > physmem_bits || physmem_bits > 52 ||
	    !l->section_size || l->section_size > 4096 ||
	    l->section_map > l->section_size - l->word)
		return err_set(e, "VMCOREINFO describes impossible sections");
	l->section_shift = size_bits - PAGE_SHIFT;
	/* SPARSEMEM_EXTREME has fewer roots than sections (linux/mmzone.h). */
	l->extreme = l->roots < (uint64_t)1 << (physmem_bits - size_bits);
	l->per_root = l->extreme ? 4096 / l->section_size : 1;
	return true;
}

static bool layout_read(struct layout *l, struct peer_kernel *k, struct err *e)
{
	uint64_t buddy, unaccepted, orders, address;
	struct err ignored;

	*l = (struct layout){ .k = k, .word = k->machine == EM_X86_64 ? 8 : 4 };
	if (!number(l, "SIZE(page)", &l->page_size, e) ||
	    !number(l, "OFFSET(page._mapcount)", &l->mapcount, e) ||
	    !number(l, "OFFSET(page.private)", &l->private, e) ||
	    !number(l, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", &buddy, e) ||
	    !number(l, "LENGTH(zone.free_area)", &orders, e))
		return false;
	if (l->page_size < 16 || l->page_size > 4096 || l->mapcount > l->page_size - 4 ||
	    l->private > l->page_size - l->word || !orders || orders > 32)
		return err_set(e, "VMCOREINFO describes an impossible struct page");
	l->buddy = buddy;
	/* Not in 6.12; for guests whose firmware leaves memory for them to accept. */
	l->unaccepted = number(l, "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)", &unaccepted, &ignored)
				? unaccepted
				: buddy;
	l->orders = orders;
	if (vmcoreinfo_symbol(k->vmcoreinfo, "mem_section", &l->sections)) {
		l->sparse = true;
		return layout_sparse(l, e);
	}
	if (!vmcoreinfo_symbol(k->vmcoreinfo, "mem_map", &address))
		return err_set(e, "VMCOREINFO has neither mem_section nor mem_map");
	return read_word(l, address, &l->flat_map, e) || err_prefix(e, "mem_map");
}

/*
 * The address of the struct page of page frame @pfn, and in @end the first @pfn beyond those that
 * follow it in one array. When it has none: false, without an error text, and @end is the first
 * that may have one again.
 */
static bool page_address(const struct layout *l, uint64_t pfn, uint64_t *vaddr, uint64_t *end,
			 struct err *e)
{
	uint64_t section = pfn >> l->section_shift, root, at, map;

	*e->text = 0;
	*end = UINT64_MAX;
	if (!l->sparse) {
		*vaddr = l->flat_map + pfn * l->page_size;
		return true;
	}
	root = section / l->per_root;
	if (root >= l->roots)
		return false;
	*end = (section + 1) << l->section_shift;
	at = l->sections + root * (l->extreme ? l->word : l->section_size);
	if (l->extreme) {
		if (!read_word(l, at, &at, e))
			return err_prefix(e, "mem_section");
		if (!at) {
			*end = (root + 1) * l->per_root << l->section_shift;
			return false;
		}
		at += section % l->per_root * l->section_size;
	}
	if (!read_word(l, at + l->section_map, &map, e))
		return err_prefix(e, "mem_section");
	if (!(map & SECTION_HAS_MEM_MAP))
		return false;
	*vaddr = (map & ~(uint64_t)SECTION_FLAGS_MASK) + pfn * l->page_size;
	if (l->word == 4)
		*vaddr = (uint32_t)*vaddr;
	return true;
}

struct scan {
	const struct layout *layout;
	struct free_pages *out;
	uint8_t *chunk;			 /* CHUNK_SIZE */
	uint64_t chunk_first, chunk_end; /* page frames whose struct pages are in it */
	uint64_t missing_end; /* page frames from chunk_end to here have none that can be read */
	uint64_t small_end;   /* up to here something cannot be read: small steps */
	unsigned holes;
};

static void keep(struct scan *s, const struct err *why)
{
	if (*why->text && !*s->out->note.text)
		s->out->note = *why;
}

/* How many struct pages at @vaddr to read at once. */
static uint64_t step_size(const struct scan *s, uint64_t pfn, uint64_t vaddr)
{
	uint64_t size = s->layout->page_size, left = SMALL_SIZE - vaddr % SMALL_SIZE;

	if (pfn >= s->small_end)
		return CHUNK_SIZE / size;
	return left < size ? 1 : left / size;
}

/* Makes the chunk start with @pfn; an empty chunk when there are no struct pages to be read. */
static void fill_chunk(struct scan *s, uint64_t pfn, uint64_t end)
{
	const struct layout *l = s->layout;
	uint64_t vaddr, array_end, count;
	struct err why;

	s->chunk_first = s->chunk_end = pfn;
	if (!page_address(l, pfn, &vaddr, &array_end, &why)) {
		keep(s, &why);
		s->missing_end = array_end;
		return;
	}
	array_end = array_end < end ? array_end : end;
	for (;;) {
		count = step_size(s, pfn, vaddr);
		count = count < array_end - pfn ? count : array_end - pfn;
		if (peer_kernel_read(l->k, vaddr, s->chunk, count * l->page_size, &why)) {
			s->chunk_end = pfn + count;
			return;
		}
		if (pfn < s->small_end)
			break;
		s->small_end = pfn + count;
	}
	keep(s, &why);
	s->missing_end = pfn + count;
}

/*
 * How many page frames from @pfn on are one free block; 0 when it is not the head of one. What a
 * guest has not accepted yet is free too, has no content, and is always a block of the highest
 * order.
 */
static uint64_t free_block(struct scan *s, uint64_t pfn, uint64_t end)
{
	const struct layout *l = s->layout;
	const uint8_t *page = s->chunk + (pfn - s->chunk_first) * l->page_size;
	uint32_t mapcount;
	uint64_t order = 0, size;
	struct err why;

	memcpy(&mapcount, page + l->mapcount, sizeof(mapcount));
	if (mapcount == l->buddy)
		memcpy(&order, page + l->private, l->word);
	else if (mapcount == l->unaccepted)
		order = l->orders - 1;
	else
		return 0;
	size = order < l->orders ? (uint64_t)1 << order : 0;
	if (size && !(pfn & (size - 1)) && size <= end - pfn)
		return size;
	err_set(&why,
		"the free block at page frame %#" PRIx64 " has order %" PRIu64
		", which does not fit",
		pfn, order);
	keep(s, &why);
	return 0;
}

static bool scan_range(struct scan *s, struct range r, struct err *e)
{
	uint64_t end = (r.last >> PAGE_SHIFT) + 1, pages;

	for (uint64_t pfn = r.start >> PAGE_SHIFT; pfn < end; pfn += pages ? pages : 1) {
		struct range block;

		if (pfn < s->chunk_first || pfn >= s->chunk_end)
			fill_chunk(s, pfn, end);
		if (pfn >= s->chunk_end) {
			if (s->holes == HOLES_MAX)
				break;
			s->holes++;
			pages = s->missing_end - pfn;
			continue;
		}
		pages = free_block(s, pfn, end);
		if (!pages)
			continue;
		block = (struct range){ pfn << PAGE_SHIFT, ((pfn + pages) << PAGE_SHIFT) - 1 };
		if (!ranges_add(&s->out->free, block))
			return err_set(e, "no memory for the list of free pages");
		s->out->count += pages;
	}
	return true;
}

/* Adds the free pages that one node's zones count. */
static bool node_free_count(const struct layout *l, uint64_t node, uint64_t *sum)
{
	uint64_t zones, zone_size, count_at, count, vm_stat, item;
	struct err ignored;
	uint8_t raw[4];
	uint32_t zone_count;

	if (!number(l, "OFFSET(pglist_data.node_zones)", &zones, &ignored) ||
	    !number(l, "OFFSET(pglist_data.nr_zones)", &count_at, &ignored) ||
	    !number(l, "SIZE(zone)", &zone_size, &ignored) ||
	    !number(l, "OFFSET(zone.vm_stat)", &vm_stat, &ignored) ||
	    !number(l, "NUMBER(NR_FREE_PAGES)", &item, &ignored) ||
	    !peer_kernel_read(l->k, node + count_at, raw, sizeof(raw), &ignored) ||
	    !bytes_le32((struct bytes){ raw, sizeof(raw) }, 0, &zone_count) ||
	    zone_count > ZONES_MAX)
		return false;
	for (uint32_t i = 0; i < zone_count; i++) {
		if (!read_word(l, node + zones + i * zone_size + vm_stat + item * l->word, &count,
			       &ignored))
			return false;
		*sum += count;
	}
	return true;
}

static bool own_free_count(const struct layout *l, uint64_t *sum)
{
	uint64_t node, nodes, table;
	struct err ignored;

	*sum = 0;
	if (vmcoreinfo_symbol(l->k->vmcoreinfo, "contig_page_data", &node))
		return node_free_count(l, node, sum);
	if (!vmcoreinfo_symbol(l->k->vmcoreinfo, "node_data", &table) ||
	    !number(l, "LENGTH(node_data)", &nodes, &ignored) || nodes > NODES_MAX)
		return false;
	for (uint64_t i = 0; i < nodes; i++)
		if (!read_word(l, table + i * l->word, &node, &ignored) ||
		    (node && !node_free_count(l, node, sum)))
			return false;
	return true;
}

/*
 * The kernel's own count lags behind by what its CPUs have not added up yet (vm_stat_diff), no
 * more: else something was misread, and no page is surely free.
 */
static void check_count(struct free_pages *f)
{
	if (!f->has_own_count || f->count <= f->own_count + f->own_count / 16 + COUNT_SLACK)
		return;
	ranges_deinit(&f->free);
	err_set(&f->note,
		"%" PRIu64 " free pages found, but the kernel counted %" PRIu64
		": there cannot be so many",
		f->count, f->own_count);
}

bool free_pages_find(struct free_pages *out, struct peer_kernel *k, const struct ranges *within,
		     struct err *e)
{
	struct layout layout;
	struct scan s = { .layout = &layout, .out = out };
	bool ok = true;

	*out = (struct free_pages){ 0 };
	if (!layout_read(&layout, k, &out->note))
		return true;
	s.chunk = malloc(CHUNK_SIZE);
	if (!s.chunk)
		return err_set(e, "no memory to look for free pages");
	for (size_t i = 0; ok && i < within->count; i++)
		ok = scan_range(&s, within->at[i], e);
	free(s.chunk);
	out->has_own_count = own_free_count(&layout, &out->own_count);
	check_count(out);
	if (!ok)
		free_pages_deinit(out);
	return ok;
}

static struct range page_of(uint64_t paddr)
{
	return (struct range){ paddr, paddr + (1u << PAGE_SHIFT) - 1 };
}

static int order_by_held(const void *a, const void *b)
{
	const struct page_pair *x = a, *y = b;

	return x->held < y->held ? -1 : x->held > y->held;
}

bool free_pages_add_held(struct free_pages *f, const struct peer_kernel *k)
{
	struct page_pair *pages = calloc(k->pages.count + 1, sizeof(*pages));
	struct ranges held = { 0 };
	size_t count = 0;
	bool ok = pages;

	for (size_t i = 0; ok && i < k->pages.count; i++) {
		const struct page_pair *p = &k->pages.pairs[i];

		if (p->held != p->at && ranges_contain(&f->free, page_of(p->at)))
			pages[count++] = *p;
	}
	if (ok)
		qsort(pages, count, sizeof(*pages), order_by_held);
	for (size_t i = 0; ok && i < count; i++)
		ok = ranges_add(&held, page_of(pages[i].held));
	ok = ok && ranges_add_all(&f->free, &held);
	ranges_deinit(&held);
	free(pages);
	return ok;
}

void free_pages_deinit(struct free_pages *f)
{
	ranges_deinit(&f->free);
	*f = (struct free_pages){ 0 };
}
