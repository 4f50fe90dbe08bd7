/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of a saved kernel as segments of a plan, whose bytes are read from the image only
 * while the kernel copies them.
 */
#ifndef KEXEC_SAVED_MEMORY_H
#define KEXEC_SAVED_MEMORY_H

#include "core_memory.h"
#include "lazy_memory.h"
#include "options.h"
#include "plan.h"

struct saved_memory {
	const struct core_memory *memory; /* borrowed; read while the plan is loaded */
	struct ranges kept;   /* what it has and gives; all else in the pieces is zero */
	struct range *pieces; /* whole pages, ascending; owned */
	size_t piece_count;
	struct lazy_memory *lazy; /* their content, one after the other; NULL: none yet */
};

/* Refuses the options that mean nothing to a kernel that goes on as it was. */
bool saved_memory_check_request(const struct request *r, struct err *e);
/* Frees all but @memory. After the plan, which borrows from it. */
void saved_memory_deinit(struct saved_memory *s);
/* Bytes of all pieces. */
uint64_t saved_memory_bytes(const struct saved_memory *s);
/* Adds a segment of @p for each piece. */
bool saved_memory_add(struct saved_memory *s, struct plan *p, struct err *e);

#endif
