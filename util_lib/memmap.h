/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A typed physical memory map: what firmware calls e820 and the kernel shows in /proc/iomem and
 * /sys/firmware/memmap.
 */
#ifndef UTIL_MEMMAP_H
#define UTIL_MEMMAP_H

#include "range.h"

/* Values are those of the e820 entry types (boot protocol, struct boot_e820_entry). */
enum mem_type {
	MEM_RAM = 1,
	MEM_RESERVED = 2,
	MEM_ACPI = 3,
	MEM_NVS = 4,
	MEM_UNUSABLE = 5,
	MEM_PMEM = 7,
	MEM_LEGACY_PMEM = 12, /* which the map alone tells of */
	MEM_SOFT_RESERVED = 0xefffffff,
};

struct mem_entry {
	struct range range;
	enum mem_type type;
};

/* Sorted by start, no overlaps, neighbours of one type joined. Zero-initialise. */
struct memmap {
	struct mem_entry *at;
	size_t count;
	size_t room;
};

void memmap_deinit(struct memmap *m);
bool memmap_copy(struct memmap *to, const struct memmap *from);
/*
 * Makes @range be of @type, whatever it was before. False only when memory ran out.
 */
bool memmap_set(struct memmap *m, struct range range, enum mem_type type);
/* The same, for a range of which nothing is to be known. */
bool memmap_remove(struct memmap *m, struct range range);
/* All ranges of @type, added to @out. */
bool memmap_ranges(const struct memmap *m, enum mem_type type, struct ranges *out);
/* "RAM", "reserved", ...; "type N" types print as "unknown". */
const char *mem_type_name(enum mem_type type);

#endif
