/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Multiboot 1 (0.6.96) and 2 (2.0): the header in a kernel's file, and what the loader hands over.
 * All fields are little-endian; structures without a number are the same in both.
 */
#ifndef MULTIBOOT_H
#define MULTIBOOT_H

#include <stddef.h>
#include <stdint.h>

/* ---- 1 ---- */

#define MULTIBOOT_HEADER_MAGIC 0x1badb002
#define MULTIBOOT_HEADER_REACH 8192 /* the header ends before this offset in the file ... */
#define MULTIBOOT_HEADER_ALIGN 4
#define MULTIBOOT_LOADER_MAGIC 0x2badb002 /* for eax */

#define MULTIBOOT_PAGE_ALIGN	 (1 << 0)
#define MULTIBOOT_MEMORY_INFO	 (1 << 1)
#define MULTIBOOT_VIDEO_MODE	 (1 << 2)
#define MULTIBOOT_MUST		 0xffffu /* bits that a loader has to understand */
#define MULTIBOOT_ADDRESS_FIELDS (1u << 16)

struct multiboot_header {
	uint32_t magic;
	uint32_t flags;
	uint32_t checksum;    /* makes the sum of the three 0 */
	uint32_t header_addr; /* these with MULTIBOOT_ADDRESS_FIELDS */
	uint32_t load_addr;
	uint32_t load_end_addr; /* 0: the end of the file */
	uint32_t bss_end_addr;	/* 0: no bss */
	uint32_t entry_addr;
};

#define MULTIBOOT_INFO_MEMORY	   (1 << 0)
#define MULTIBOOT_INFO_CMDLINE	   (1 << 2)
#define MULTIBOOT_INFO_MODULES	   (1 << 3)
#define MULTIBOOT_INFO_MAP	   (1 << 6)
#define MULTIBOOT_INFO_LOADER	   (1 << 9)
#define MULTIBOOT_INFO_FRAMEBUFFER (1 << 12)

struct multiboot_info {
	uint32_t flags;
	uint32_t mem_lower, mem_upper; /* KiB from 0, and from 1 MiB */
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr;
	uint32_t drives_length, drives_addr;
	uint32_t config_table;
	uint32_t boot_loader_name;
	uint32_t apm_table;
	uint32_t vbe_control_info, vbe_mode_info;
	uint16_t vbe_mode, vbe_interface_seg, vbe_interface_off, vbe_interface_len;
	uint64_t framebuffer_addr;
	uint32_t framebuffer_pitch, framebuffer_width, framebuffer_height;
	uint8_t framebuffer_bpp, framebuffer_type;
	uint8_t color_info[6];
} __attribute__((packed));

struct multiboot_module {
	uint32_t start, end; /* @end is the first byte after it */
	uint32_t words;
	uint32_t reserved;
};

struct multiboot_map_entry {
	uint32_t size; /* of the rest */
	uint64_t addr, len;
	uint32_t type;
} __attribute__((packed));

/* ---- Both ---- */

#define MULTIBOOT_RAM	   1
#define MULTIBOOT_RESERVED 2
#define MULTIBOOT_ACPI	   3
#define MULTIBOOT_NVS	   4
#define MULTIBOOT_BAD	   5

#define MULTIBOOT_FRAMEBUFFER_TEXT 2

/* ---- 2 ---- */

#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6
#define MULTIBOOT2_HEADER_REACH 32768
#define MULTIBOOT2_HEADER_ALIGN 8
#define MULTIBOOT2_LOADER_MAGIC 0x36d76289
#define MULTIBOOT2_I386		0 /* architecture */

struct multiboot2_header {
	uint32_t magic;
	uint32_t architecture;
	uint32_t header_length; /* with the tags, of which each begins at a multiple of 8 */
	uint32_t checksum;	/* makes the sum of the four 0 */
};

struct multiboot2_header_tag {
	uint16_t type;
	uint16_t flags; /* bit 0: optional */
	uint32_t size;	/* with this */
};

enum multiboot2_header_type {
	MULTIBOOT2_HEADER_END,
	MULTIBOOT2_HEADER_REQUEST, /* types of tags of the information, 32 bits each */
	MULTIBOOT2_HEADER_ADDRESS, /* header_addr to bss_end_addr, as in 1 */
	MULTIBOOT2_HEADER_ENTRY,   /* 32 bits */
	MULTIBOOT2_HEADER_CONSOLE,
	MULTIBOOT2_HEADER_FRAMEBUFFER,
	MULTIBOOT2_HEADER_MODULE_ALIGN,
	MULTIBOOT2_HEADER_EFI_SERVICES,
	MULTIBOOT2_HEADER_ENTRY_EFI32,
	MULTIBOOT2_HEADER_ENTRY_EFI64,
	MULTIBOOT2_HEADER_RELOCATABLE, /* lowest, highest address, alignment, preference */
};

enum multiboot2_type {
	MULTIBOOT2_END,
	MULTIBOOT2_CMDLINE,
	MULTIBOOT2_LOADER,
	MULTIBOOT2_MODULE,
	MULTIBOOT2_MEMORY,
	MULTIBOOT2_MAP = 6,
	MULTIBOOT2_FRAMEBUFFER = 8,
	MULTIBOOT2_LOAD_BASE = 21,
};

struct multiboot2_tag {
	uint32_t type;
	uint32_t size; /* with this, without the padding to a multiple of 8 */
};

struct multiboot2_map_entry {
	uint64_t addr, len;
	uint32_t type;
	uint32_t reserved;
};

struct multiboot2_framebuffer {
	uint64_t addr;
	uint32_t pitch, width, height;
	uint8_t bpp, type;
	uint16_t reserved;
};

_Static_assert(sizeof(struct multiboot_header) == 32, "multiboot_header");
_Static_assert(sizeof(struct multiboot_info) == 116, "multiboot_info");
_Static_assert(offsetof(struct multiboot_info, boot_loader_name) == 64, "boot_loader_name");
_Static_assert(offsetof(struct multiboot_info, framebuffer_addr) == 88, "framebuffer_addr");
_Static_assert(sizeof(struct multiboot_map_entry) == 24, "multiboot_map_entry");
_Static_assert(sizeof(struct multiboot2_header) == 16, "multiboot2_header");
_Static_assert(sizeof(struct multiboot2_map_entry) == 24, "multiboot2_map_entry");
_Static_assert(sizeof(struct multiboot2_framebuffer) == 24, "multiboot2_framebuffer");

#endif
