/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "pe.h"

#define HEADER_POINTER 0x3c
#define SIGNATURE      0x00004550

struct coff_header {
	uint32_t signature;
	uint16_t machine;
	uint16_t section_count;
	uint32_t time, symbols, symbol_count;
	uint16_t optional_size;
	uint16_t characteristics;
};

_Static_assert(sizeof(struct coff_header) == 24, "coff_header");

bool pe_read(struct pe *pe, struct bytes file)
{
	struct coff_header h;
	uint32_t at;

	if (file.size < 2 || memcmp(file.data, "MZ", 2) || !bytes_le32(file, HEADER_POINTER, &at) ||
	    !bytes_copy(file, at, &h, sizeof(h)) || h.signature != SIGNATURE)
		return false;
	*pe = (struct pe){
		.file = file,
		.machine = h.machine,
		.section_count = h.section_count,
		.sections_at = (uint64_t)at + sizeof(h) + h.optional_size,
	};
	return true;
}

bool pe_section(const struct pe *pe, unsigned i, struct pe_section *s)
{
	return bytes_copy(pe->file, pe->sections_at + i * sizeof(*s), s, sizeof(*s));
}

bool pe_section_is(const struct pe_section *s, const char *name)
{
	return !strncmp(s->name, name, sizeof(s->name));
}

bool pe_has_section(const struct pe *pe, const char *name)
{
	struct pe_section s;

	for (unsigned i = 0; i < pe->section_count && pe_section(pe, i, &s); i++) {
		if (pe_section_is(&s, name))
			return true;
	}
	return false;
}
