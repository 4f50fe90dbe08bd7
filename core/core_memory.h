/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel's physical memory as an ELF core describes it, its bytes read through a callback. */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include "extent.h"
#include "purgatory_abi.h"
#include "record.h"

struct core_memory {
	struct elfcore core;	/* headers and notes */
	struct extents extents; /* of the core, as extents_of_core() gives them */
	/* Another copy of the jump record, which that in the notes must equal; NULL: none. */
	const struct jump_record *second_record;
	elfcore_pread_fn *read; /* bytes of the core file */
	/* Whether bytes of the core file are known to be zero without reading them; may be NULL. */
	bool (*is_hole)(void *opaque, uint64_t offset, uint64_t size);
	void *opaque; /* of both */
};

/* Fills @m->core, through @m->read, and @m->extents. Free with core_memory_deinit() in any case. */
bool core_memory_describe(struct core_memory *m, uint64_t core_size, struct err *e);
void core_memory_deinit(struct core_memory *m);

/* @size bytes of memory, across extents that touch; false when a byte is not in the core. */
bool core_memory_read_phys(const struct core_memory *m, uint64_t paddr, void *to, size_t size,
			   struct err *e);
/*
 * The parameters of the gate at @gate, a physical address. Refuses what is no gate, and one of
 * another version than this program's.
 */
bool core_memory_gate(const struct core_memory *m, uint64_t gate, struct gate_params *params,
		      struct err *e);
/* The jump record in the notes, checked. */
bool core_memory_record(const struct core_memory *m, struct record *record, struct err *e);

#endif
