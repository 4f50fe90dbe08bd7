/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The start of day of a PVH guest, by which Linux can be entered without a boot_params: in 32-bit
 * protected mode with paging off, ebx = struct pvh_start_info (the public interface of Xen; in
 * Linux CONFIG_PVH). All fields are little-endian.
 */
#ifndef PVH_H
#define PVH_H

#include <stdint.h>

#define PVH_MAGIC 0x336ec578

struct pvh_start_info {
	uint32_t magic;
	uint32_t version; /* 1: with a memory map */
	uint32_t flags;
	uint32_t module_count;
	uint64_t modules; /* all addresses are physical */
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t map;
	uint32_t map_entries;
	uint32_t reserved;
};

struct pvh_module {
	uint64_t paddr, size;
	uint64_t cmdline;
	uint64_t reserved;
};

struct pvh_map_entry {
	uint64_t addr, size;
	uint32_t type; /* enum mem_type */
	uint32_t reserved;
};

_Static_assert(sizeof(struct pvh_start_info) == 56, "pvh_start_info");
_Static_assert(sizeof(struct pvh_module) == 32, "pvh_module");
_Static_assert(sizeof(struct pvh_map_entry) == 24, "pvh_map_entry");

#endif
