/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plans the memory of a kernel B that was jumped to and saved (core/lent_memory.h) as an image to
 * jump to again: its memory as it was, and where A's gate and elfcorehdr were, this kernel's own,
 * whose gate enters B's at once.
 */
#ifndef KEXEC_LAYOUT_LENT_H
#define KEXEC_LAYOUT_LENT_H

#include "core_memory.h"
#include "jump.h"
#include "saved_memory.h"

struct lent_image {
	const struct core_memory *memory; /* of B; borrowed while the plan is loaded */
	const struct record *record;	  /* of the kernel that lent it */
	uint64_t entry;			  /* B's GATE_REENTRY */
};

/*
 * j->plan was begun as PLAN_LOAD_JUMP. Refuses what was saved on another machine, and a B that has
 * no way back in its memory. @s is to be freed with saved_memory_deinit() in every case, after the
 * plan.
 */
bool layout_lent(struct saved_memory *s, struct jump *j, const struct lent_image *from,
		 struct err *e);

#endif
