/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "extent.h"
#include "search.h"

void extents_deinit(struct extents *x)
{
	free(x->at);
	*x = (struct extents){ 0 };
}

static int order_by_paddr(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

static int order_by_offset(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

void extents_sort_by_paddr(struct extents *x)
{
	qsort(x->at, x->count, sizeof(*x->at), order_by_paddr);
}

void extents_sort_by_offset(struct extents *x)
{
	qsort(x->at, x->count, sizeof(*x->at), order_by_offset);
}

/* Takes from each extent, sorted by address, what those before it have. */
static void make_disjoint(struct extents *x)
{
	uint64_t covered = 0; /* all below it */
	size_t kept = 0;

	for (size_t i = 0; i < x->count; i++) {
		struct extent a = x->at[i];
		uint64_t end = a.paddr + a.size, skip = covered > a.paddr ? covered - a.paddr : 0;

		if (end <= covered)
			continue;
		x->at[kept++] = (struct extent){ a.offset + skip, a.paddr + skip, a.size - skip };
		covered = end;
	}
	x->count = kept;
}

bool extents_of_core(struct extents *x, const struct elfcore *core, struct err *e)
{
	struct extents all = { calloc(core->load_count + 1, sizeof(*all.at)), 0 };

	if (!all.at)
		return err_set(e, "no memory for %zu program headers", core->load_count);
	for (size_t i = 0; i < core->load_count; i++) {
		const struct elfcore_load *l = &core->loads[i];
		uint64_t room = UINT64_MAX - l->paddr;

		if (l->filesz && room)
			all.at[all.count++] =
				(struct extent){ l->offset, l->paddr,
						 l->filesz < room ? l->filesz : room };
	}
	extents_sort_by_paddr(&all);
	make_disjoint(&all);
	extents_deinit(x);
	*x = all;
	return true;
}

uint64_t extents_bytes(const struct extents *x)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < x->count; i++)
		bytes += x->at[i].size;
	return bytes;
}

static bool ends_before_paddr(const void *element, uint64_t paddr)
{
	const struct extent *x = element;

	return x->paddr + (x->size - 1) < paddr;
}

static bool ends_before_offset(const void *element, uint64_t offset)
{
	const struct extent *x = element;

	return x->offset + (x->size - 1) < offset;
}

size_t extents_from_paddr(const struct extents *x, uint64_t paddr)
{
	return search_first(x->at, x->count, sizeof(*x->at), paddr, ends_before_paddr);
}

size_t extents_from_offset(const struct extents *x, uint64_t offset)
{
	return search_first(x->at, x->count, sizeof(*x->at), offset, ends_before_offset);
}

const struct extent *extents_find(const struct extents *x, uint64_t paddr)
{
	size_t i = extents_from_paddr(x, paddr);

	return i < x->count && x->at[i].paddr <= paddr ? &x->at[i] : NULL;
}
