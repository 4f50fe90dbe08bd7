/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel's page tables in memory that is read through a callback, walked as a CPU does. */
#ifndef CORE_PAGE_TABLE_H
#define CORE_PAGE_TABLE_H

#include "elfcore.h"

struct page_table {
	unsigned levels;     /* 2 (i386), 3 (PAE), 4, 5 */
	uint64_t top;	     /* physical address of the top level's table */
	uint64_t encryption; /* bits of entries that are not address (SME) */
	elfcore_pread_fn *read_phys;
	void *opaque;
	struct { /* the mapping that was found last */
		uint64_t vaddr, paddr, size;
	} last;
};

/*
 * The physical address of @vaddr, and in @left how many bytes from there on are mapped in one
 * piece. Fails when it is not mapped, or when a table cannot be read.
 */
bool page_table_walk(struct page_table *t, uint64_t vaddr, uint64_t *paddr, uint64_t *left,
		     struct err *e);

/*
 * x86_64: the lowest address of the kernel's half that is mapped, rounded down to 1 GiB. Fails when
 * nothing is.
 */
bool page_table_first_gib(const struct page_table *t, uint64_t *vaddr, struct err *e);

#endif
