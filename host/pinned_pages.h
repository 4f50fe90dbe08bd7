/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of this process that stays where it is, and that the other kernel of a jump can find by
 * its physical addresses. Locked memory alone may still be moved (compaction): these pages are held
 * by a pipe, too, and a page with such a reference is not moved (mm/migrate.c).
 */
#ifndef HOST_PINNED_PAGES_H
#define HOST_PINNED_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct pinned_pages {
	uint8_t *data; /* NULL: none */
	size_t count;  /* pages */
	int pipe[2];
};

/* Zeros. Free with pinned_pages_destroy(), also after a failure, and when all of it is zero. */
bool pinned_pages_create(struct pinned_pages *p, size_t count, struct err *e);
void pinned_pages_destroy(struct pinned_pages *p);
/* Their physical addresses, to @paddr; needs CAP_SYS_ADMIN. */
bool pinned_pages_find(const struct pinned_pages *p, uint64_t *paddr, struct err *e);

#endif
