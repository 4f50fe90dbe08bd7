/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "page_list.h"
#include "search.h"
#include "x86.h"

/* Low bits of an entry of a kimage's list (include/linux/kexec.h). */
enum { IND_DESTINATION = 1, IND_INDIRECTION = 2, IND_DONE = 4, IND_SOURCE = 8, IND_FLAGS = 15 };

/* A page of the module's list: a count, the next page, then pairs of where to and where from. */
#define MODULE_PAIRS 2
#define MODULE_WORDS (PAGE_SIZE / 8)

bool page_list_init(struct page_list *l, uint64_t room, struct err *e)
{
	*l = (struct page_list){ .room = room };
	/* On i386 a core may well be larger than the address space. */
	if (room <= SIZE_MAX / sizeof(*l->pairs))
		l->pairs = calloc(room ? room : 1, sizeof(*l->pairs));
	return l->pairs || err_set(e, "no memory for a list of %" PRIu64 " pages", room);
}

void page_list_deinit(struct page_list *l)
{
	free(l->pairs);
	*l = (struct page_list){ 0 };
}

static bool add(struct page_list *l, uint64_t at, uint64_t held)
{
	if (l->count == l->room)
		return false;
	l->pairs[l->count++] = (struct page_pair){ at, held };
	return true;
}

static int order_by_at(const void *a, const void *b)
{
	const struct page_pair *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Whether no page is in it twice. */
static bool sort(struct page_list *l)
{
	qsort(l->pairs, l->count, sizeof(*l->pairs), order_by_at);
	for (size_t i = 1; i < l->count; i++)
		if (l->pairs[i].at == l->pairs[i - 1].at)
			return false;
	return true;
}

static bool walk_kimage(struct page_list *l, uint64_t entry, unsigned word_size,
			elfcore_pread_fn *read_phys, void *opaque)
{
	/* Pages of entries are full but for the last; a few segments have a destination each. */
	uint64_t left = l->room / 256 + 64, destination = 0;
	unsigned index = 0, words = PAGE_SIZE / word_size;
	uint8_t page[PAGE_SIZE] = { 0 };
	struct err ignored;

	while (!(entry & IND_DONE)) {
		uint64_t address = entry & PAGE_MASK;

		switch (entry & IND_FLAGS) {
		case IND_DESTINATION:
			destination = address;
			break;
		case IND_INDIRECTION:
			if (!left-- || !read_phys(opaque, address, page, sizeof(page), &ignored))
				return false;
			index = 0;
			break;
		case IND_SOURCE:
			if (!add(l, destination, address))
				return false;
			destination += PAGE_SIZE;
			break;
		default:
			return false;
		}
		if (index == words)
			return false;
		entry = 0;
		memcpy(&entry, page + (size_t)word_size * index++, word_size);
	}
	return true;
}

static bool is_page(uint64_t address)
{
	return !(address & ~PAGE_MASK);
}

static bool walk_module(struct page_list *l, uint64_t page, elfcore_pread_fn *read_phys,
			void *opaque)
{
	uint64_t words[MODULE_WORDS], left = l->room / 128 + 2;
	struct err ignored;

	while (page) {
		if (!left-- || !is_page(page) ||
		    !read_phys(opaque, page, words, sizeof(words), &ignored) ||
		    words[0] > (MODULE_WORDS - MODULE_PAIRS) / 2)
			return false;
		for (size_t i = 0; i < words[0]; i++) {
			const uint64_t *pair = words + MODULE_PAIRS + 2 * i;

			if (!is_page(pair[0]) || !is_page(pair[1]) || !add(l, pair[0], pair[1]))
				return false;
		}
		page = words[1];
	}
	return true;
}

bool page_list_of_kimage(struct page_list *l, uint64_t head, unsigned word_size,
			 elfcore_pread_fn *read_phys, void *opaque)
{
	l->count = 0;
	if ((head & IND_FLAGS) == IND_INDIRECTION &&
	    walk_kimage(l, head, word_size, read_phys, opaque) && sort(l))
		return true;
	l->count = 0;
	return false;
}

bool page_list_of_module(struct page_list *l, uint64_t first, elfcore_pread_fn *read_phys,
			 void *opaque)
{
	l->count = 0;
	if (walk_module(l, first, read_phys, opaque) && sort(l))
		return true;
	l->count = 0;
	return false;
}

static bool is_before(const void *element, uint64_t page)
{
	return ((const struct page_pair *)element)->at < page;
}

const struct page_pair *page_list_find(const struct page_list *l, uint64_t page)
{
	size_t i = search_first(l->pairs, l->count, sizeof(*l->pairs), page, is_before);

	return i < l->count && l->pairs[i].at == page ? &l->pairs[i] : NULL;
}

bool page_list_fill(struct page_list *l, struct range r)
{
	struct page_list had = *l;

	for (uint64_t left = range_size(r) / PAGE_SIZE, page = r.start; left--; page += PAGE_SIZE)
		if (!page_list_find(&had, page) && !add(l, page, page))
			return false;
	return sort(l);
}
