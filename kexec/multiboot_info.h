/* SPDX-License-Identifier: GPL-2.0-only */
/* What a multiboot kernel is handed, as bytes (include/multiboot.h). */
#ifndef KEXEC_MULTIBOOT_INFO_H
#define KEXEC_MULTIBOOT_INFO_H

#include "bytes.h"
#include "memmap.h"

struct multiboot_part {
	uint32_t start, end; /* physical; @end is the first byte after it */
	const char *words;   /* "FILE ARGUMENTS" */
};

struct multiboot_wants {
	unsigned version;
	const char *cmdline; /* with the kernel's name first */
	const struct multiboot_part *modules;
	size_t module_count;
	const struct memmap *map;
	unsigned columns, lines; /* of a text screen; 0: none is told of */
	bool has_base;
	uint32_t base; /* where a kernel that may be moved begins */
};

/* Writes all to @to, which will be at physical address @at; without @to, only says its size. */
size_t multiboot_info_put(const struct multiboot_wants *w, uint8_t *to, uint32_t at);

#endif
