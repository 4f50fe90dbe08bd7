/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages were free in a kernel's buddy allocator when it stopped. Only those may be left out
 * of an image; in doubt a page is kept.
 */
#ifndef UTIL_FREE_PAGES_H
#define UTIL_FREE_PAGES_H

#include "peer_kernel.h"

struct free_pages {
	struct ranges free;		/* whole pages */
	uint64_t count;			/* pages in it */
	uint64_t own_count;		/* the kernel's own NR_FREE_PAGES, when it could be read */
	bool has_own_count;
	struct err note; /* what was not understood and therefore kept; "" when nothing */
};

/*
 * Walks the struct pages of every page of @within (FLATMEM mem_map and SPARSEMEM on i386, vmemmap
 * on x86_64; layouts from VMCOREINFO, never hard-coded). Fails only for lack of memory; everything
 * else is in
 * @out->note and leaves pages in. Free with free_pages_deinit().
 */
bool free_pages_find(struct free_pages *out, struct peer_kernel *k, const struct ranges *within,
		     struct err *e);
void free_pages_deinit(struct free_pages *f);

#endif
