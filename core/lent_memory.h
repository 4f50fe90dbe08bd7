/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of kernel B, which runs in what kernel A lent, as a core: with B's own VMCOREINFO and
 * B's way back, so that whatever reads cores can read a kernel that is loaded. A's loader knows
 * where B's memory is, but not what B made of it: that is looked for.
 */
#ifndef CORE_LENT_MEMORY_H
#define CORE_LENT_MEMORY_H

#include "core_memory.h"

/* Beside JUMP_RECORD_NOTE: the record of the kernel that lent the memory that this core has. */
#define LENT_RECORD_NOTE 2

struct lent_source {
	const struct jump_record *raw; /* A's ... */
	const struct record *record;   /* ... and what it says */
	uint64_t peer;		       /* B's GATE_REENTRY; 0: B never jumped back */
	uint32_t peer_bits;	       /* B's gate's; 0: not known, as A's */
	elfcore_pread_fn *read;	       /* by physical address; all that was lent */
	void *opaque;
};

/*
 * Describes it: PT_LOADs for all that was lent, as B's kernel maps it, and for B's text; the notes,
 * e_entry. A core without VMCOREINFO is of a B that has not come far, or that has none; whoever
 * needs it (peer_kernel_open()) says so. Offsets in the core are physical addresses. @from and what
 * it points to must stay where they are. Free with core_memory_deinit() only after success.
 */
bool lent_memory_describe(struct core_memory *m, const struct lent_source *from, struct err *e);

#endif
