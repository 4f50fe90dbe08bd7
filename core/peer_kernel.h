/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel whose memory a core holds: its addresses and its structures. Everything in it may
 * have been scribbled on; nothing is trusted.
 *
 * A kernel that lent a window to another one has its window's pages elsewhere: peer_kernel_read_*()
 * take them from there, wherever that kernel's own list (kimage head, kernel/kexec_core.c) says.
 */
#ifndef CORE_PEER_KERNEL_H
#define CORE_PEER_KERNEL_H

#include "core_memory.h"
#include "page_list.h"
#include "page_table.h"
#include "range.h"

struct peer_kernel {
	const struct core_memory *memory; /* borrowed */
	struct bytes vmcoreinfo;	  /* inside memory->core.notes */
	uint16_t machine;
	struct page_table page_table; /* swapper_pg_dir / init_top_pgt */
	uint64_t phys_base;
	uint64_t page_offset; /* of the direct map; 0: not known */
	bool has_record;
	struct record record;
	struct page_list pages; /* of what was lent */
	struct err pages_why;	/* why there are none although pages were lent; "" otherwise */
};

/*
 * Needs VMCOREINFO; the rest is optional. @k is to be freed with peer_kernel_close() after success,
 * and must stay where it is until then.
 */
bool peer_kernel_open(struct peer_kernel *k, const struct core_memory *memory, struct err *e);
void peer_kernel_close(struct peer_kernel *k);

/*
 * Where the content of the page at @page is in the memory that the core describes: at *@now, which
 * for a lent page is @page itself when it had none. False for a lent page that is not known.
 */
bool peer_kernel_page(const struct peer_kernel *k, uint64_t page, uint64_t *now, struct err *e);
/* @size bytes at a physical address as the kernel itself would see them. */
bool peer_kernel_read_phys(struct peer_kernel *k, uint64_t paddr, void *to, size_t size,
			   struct err *e);
/* The same at a virtual address (2, 3, 4, 5 levels; large pages). */
bool peer_kernel_read(struct peer_kernel *k, uint64_t vaddr, void *to, size_t size, struct err *e);

#endif
