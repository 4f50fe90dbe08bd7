/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>

#include "cpu.h"
#include "gate.h"
#include "paging.h"

#define ENTRIES	    GATE_TABLE_ENTRIES
#define PAGE_2M	    UINT64_C(0x200000)
#define PT_TABLE    0x003 /* present, writable */
#define PT_LARGE    0x083
#define PT_UNCACHED 0x018 /* PWT, PCD */

/* Local and I/O APICs. The MTRRs say "uncached" too on all but broken firmware. */
#define APICS_START UINT64_C(0xfec00000)
#define APICS_END   UINT64_C(0xff000000)

#define WINDOW (uint64_t) GATE_SCREEN_WINDOW

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

/* Neither this code, which may lie across two of them, nor the text screen is there. */
static uintptr_t screen_window(void)
{
	uintptr_t first = (uintptr_t)&gate_params / WINDOW;
	uintptr_t last = ((uintptr_t)(&gate_tables + 1) - 1) / WINDOW, window = 1;

	while (window == first || window == last)
		window++;
	return window * WINDOW;
}

uintptr_t paging_map_screen(uint64_t base)
{
	uint64_t *entries = gate_tables.pd + screen_window() / PAGE_2M;

	for (uint64_t i = 0; i < WINDOW / PAGE_2M; i++)
		entries[i] = ((base & ~(PAGE_2M - 1)) + i * PAGE_2M) | PT_LARGE | PT_UNCACHED;
	write_cr3(read_cr3());
	return screen_window() + (base & (PAGE_2M - 1));
}
