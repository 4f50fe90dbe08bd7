/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>

#include "cpu.h"
#include "paging.h"

#define ENTRIES	    GATE_TABLE_ENTRIES
#define PAGE_2M	    UINT64_C(0x200000)
#define PT_TABLE    0x003 /* present, writable */
#define PT_LARGE    0x083
#define PT_UNCACHED 0x018 /* PWT, PCD */

/* Local and I/O APICs. The MTRRs say "uncached" too on all but broken firmware. */
#define APICS_START UINT64_C(0xfec00000)
#define APICS_END   UINT64_C(0xff000000)

struct gate_tables gate_tables __attribute__((section(".bss.tables"), aligned(4096)));

static uint64_t table_entry(const uint64_t *table)
{
	return (uintptr_t)table | PT_TABLE;
}

uint64_t paging_build(bool five_levels)
{
	for (size_t i = 0; i < sizeof(gate_tables.pd) / sizeof(gate_tables.pd[0]); i++) {
		uint64_t address = i * PAGE_2M;
		bool uncached = address >= APICS_START && address < APICS_END;

		gate_tables.pd[i] = address | PT_LARGE | (uncached ? PT_UNCACHED : 0);
	}
	for (size_t i = 0; i < 4; i++)
		gate_tables.pdpt[i] = table_entry(gate_tables.pd + i * ENTRIES);
	gate_tables.pml4[0] = table_entry(gate_tables.pdpt);
	gate_tables.pml5[0] = table_entry(gate_tables.pml4);
	return (uintptr_t)(five_levels ? gate_tables.pml5 : gate_tables.pml4);
}

void paging_use(void)
{
	write_cr3(paging_build(read_cr4() & CR4_LA57));
}
