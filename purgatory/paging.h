/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables of the gate's own (64 bit): an identity map of the low 4 GiB, where all gates and
 * the devices that they touch are. A kernel's identity map has RAM alone. In 32-bit mode paging
 * is off and there is nothing to do.
 */
#ifndef PURGATORY_PAGING_H
#define PURGATORY_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __x86_64__

#define GATE_TABLE_ENTRIES 512

/* For the assembler, too. */
struct gate_tables {
	uint64_t pd[4 * GATE_TABLE_ENTRIES];
	uint64_t pdpt[GATE_TABLE_ENTRIES];
	uint64_t pml4[GATE_TABLE_ENTRIES];
	uint64_t pml5[GATE_TABLE_ENTRIES];
};

extern struct gate_tables gate_tables __attribute__((visibility("hidden")));

/* Fills the tables; returns the root, always below 4 GiB, for four or five levels. */
uint64_t paging_build(bool five_levels);
/* Fills and loads them, with as many levels as CR4.LA57 asks for now. */
void paging_use(void);
/*
 * After paging_use(), until its next call: a GiB of memory that is not needed meanwhile gives way
 * to the picture that starts at physical address @base. Returns where that is.
 */
uintptr_t paging_map_screen(uint64_t base);

#else

static inline void paging_use(void)
{
}

static inline uintptr_t paging_map_screen(uint64_t base)
{
	return (uintptr_t)base;
}

#endif

#endif
