/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sections of a PE file, as EFI programs are (Microsoft's PE/COFF specification). Every byte of
 * it is untrusted.
 */
#ifndef UTIL_PE_H
#define UTIL_PE_H

#include "bytes.h"

#define PE_MACHINE_I386	  0x14c
#define PE_MACHINE_X86_64 0x8664

struct pe_section {
	char name[8]; /* without a NUL where it has 8 bytes */
	uint32_t virtual_size;
	uint32_t virtual_address;
	uint32_t raw_size;
	uint32_t raw_at; /* offset in the file */
	uint32_t relocations, lines;
	uint16_t relocation_count, line_count;
	uint32_t characteristics;
};

_Static_assert(sizeof(struct pe_section) == 40, "pe_section");

struct pe {
	struct bytes file; /* borrowed */
	uint16_t machine;
	unsigned section_count;
	uint64_t sections_at; /* offset of their table, which need not be inside the file */
};

/* False: it is no PE file. */
bool pe_read(struct pe *pe, struct bytes file);
/* Section @i, below pe->section_count; false when it is not inside the file. */
bool pe_section(const struct pe *pe, unsigned i, struct pe_section *s);
bool pe_section_is(const struct pe_section *s, const char *name);
/* The first section of this name; false: there is none before the end of the file. */
bool pe_find_section(const struct pe *pe, const char *name, struct pe_section *s);
/* Bytes of it that are in the file and not padding. */
uint32_t pe_section_size(const struct pe_section *s);
/* Whether the file has a table of certificates: what is in it is not looked at. */
bool pe_is_signed(struct bytes file);

#endif
