/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages were free in a kernel's buddy allocator when it stopped. Only those may be left out
 * of an image; in doubt a page is kept.
 */
#ifndef CORE_FREE_PAGES_H
#define CORE_FREE_PAGES_H

#include "peer_kernel.h"

struct free_pages {
	struct ranges free; /* whole pages; none when there cannot be so many */
	uint64_t count;	    /* pages that were found */
	uint64_t own_count; /* the kernel's own NR_FREE_PAGES, when it could be read */
	bool has_own_count;
	struct err note; /* what was not understood and therefore kept; "" when nothing */
};

/*
 * Walks the struct pages of every page of @within (FLATMEM mem_map and SPARSEMEM on i386, vmemmap
 * on x86_64; layouts from VMCOREINFO, never hard-coded). Fails only for lack of memory; everything
 * else is in @out->note and leaves pages in. Free with free_pages_deinit().
 */
bool free_pages_find(struct free_pages *out, struct peer_kernel *k, const struct ranges *within,
		     struct err *e);
/*
 * Adds to @f->free, not to its count, the page frames that hold what free lent pages had: a kernel
 * that is brought back only copies it to the free page. The lent ranges must have been @within.
 * False: no memory.
 */
bool free_pages_add_held(struct free_pages *f, const struct peer_kernel *k);
void free_pages_deinit(struct free_pages *f);

#endif
