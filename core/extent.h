/* SPDX-License-Identifier: GPL-2.0-only */
/* Pieces of physical memory, and where in a core each of them is. */
#ifndef CORE_EXTENT_H
#define CORE_EXTENT_H

#include "elfcore.h"

struct extent {
	uint64_t offset; /* in the core */
	uint64_t paddr;
	uint64_t size; /* > 0 */
};

/* Zero-initialise; destroy with extents_deinit(). */
struct extents {
	struct extent *at;
	size_t count;
};

void extents_deinit(struct extents *x);
void extents_sort_by_paddr(struct extents *x);
void extents_sort_by_offset(struct extents *x);

/*
 * All memory that the program headers of @core describe, by address, each byte once: where two
 * headers have it, as for a kernel's text, it is taken from the first one. Replaces what @x had.
 */
bool extents_of_core(struct extents *x, const struct elfcore *core, struct err *e);

/* Of all of them together; they must be disjoint. */
uint64_t extents_bytes(const struct extents *x);
/* Its physical addresses; they must not go beyond 2^64. */
static inline struct range extent_range(const struct extent *x)
{
	return range_of(x->paddr, x->size);
}

/* The first extent that ends at or after @paddr, or @offset; count when there is none. */
size_t extents_from_paddr(const struct extents *x, uint64_t paddr);
size_t extents_from_offset(const struct extents *x, uint64_t offset);
/* The extent that holds physical address @paddr, of those sorted by it; NULL: none. */
const struct extent *extents_find(const struct extents *x, uint64_t paddr);

#endif
