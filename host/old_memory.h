/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In kernel B, the memory of the kernel A that jumped here: /proc/vmcore describes and reads it,
 * /dev/mem writes it. What A had in memory that it lent is where A keeps it meanwhile.
 */
#ifndef HOST_OLD_MEMORY_H
#define HOST_OLD_MEMORY_H

#include "core_file.h"
#include "devmem.h"
#include "peer_kernel.h"

struct old_memory {
	struct core_file core;
	struct record record;
	struct peer_kernel kernel;
	struct devmem devmem;
};

/* @m must stay where it is. To be closed with old_memory_close() only after success. */
bool old_memory_open(struct old_memory *m, struct err *e);
void old_memory_close(struct old_memory *m);

/*
 * Where the content of A's page at @page is now. Refuses what was not A's RAM, what is this
 * kernel's own, and, to @write, what was free when it was lent.
 */
bool old_memory_page(struct old_memory *m, uint64_t page, bool write, uint64_t *now, struct err *e);
/* @size bytes in one such page, at @now. */
bool old_memory_read(struct old_memory *m, uint64_t now, void *to, size_t size, struct err *e);
bool old_memory_write(struct old_memory *m, uint64_t now, const void *from, size_t size,
		      struct err *e);

#endif
