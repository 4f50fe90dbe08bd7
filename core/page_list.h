/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a kernel keeps the pages of an image that it has loaded: for each destination page, the
 * source page that is swapped with it. The kernel's own list is that of struct kimage
 * (kernel/kexec_core.c kimage_add_entry()), our module's that of include/kexec_jump.h. Both are
 * read through a callback, and nothing in them is trusted.
 */
#ifndef CORE_PAGE_LIST_H
#define CORE_PAGE_LIST_H

#include "elfcore.h"

struct page_pair {
	uint64_t at;   /* the destination page's physical address */
	uint64_t held; /* the source page's; the same: the page was free, and is nowhere else */
};

struct page_list {
	struct page_pair *pairs; /* sorted by at, none twice */
	size_t count, room;
};

/* Room for so many pairs; to be freed with page_list_deinit(). */
bool page_list_init(struct page_list *l, uint64_t room, struct err *e);
void page_list_deinit(struct page_list *l);

/*
 * Follow a list, of a kernel with words of @word_size bytes, from its @head word on, or of our
 * module from the page @first on. False when it is not well-formed, when it visits a page twice,
 * or more pages than there is room for; @l is then empty.
 */
bool page_list_of_kimage(struct page_list *l, uint64_t head, unsigned word_size,
			 elfcore_pread_fn *read_phys, void *opaque);
bool page_list_of_module(struct page_list *l, uint64_t first, elfcore_pread_fn *read_phys,
			 void *opaque);

/* Adds each page of @r, whole pages, that is not in it, as held by itself; false: no room. */
bool page_list_fill(struct page_list *l, struct range r);

/* NULL: the page at @page is not in it. */
const struct page_pair *page_list_find(const struct page_list *l, uint64_t page);

#endif
