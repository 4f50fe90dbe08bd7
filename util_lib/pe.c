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

/* The optional header, behind the other: its first word tells where the data directories begin. */
#define PE32		      0x10b
#define PE32_DIRECTORIES      96
#define PE32_PLUS	      0x20b
#define PE32_PLUS_DIRECTORIES 112
#define CERTIFICATES	      UINT64_C(32) /* of that directory, from the first one: the fifth */

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

bool pe_find_section(const struct pe *pe, const char *name, struct pe_section *s)
{
	for (unsigned i = 0; i < pe->section_count && pe_section(pe, i, s); i++) {
		if (pe_section_is(s, name))
			return true;
	}
	return false;
}

uint32_t pe_section_size(const struct pe_section *s)
{
	return s->virtual_size && s->virtual_size < s->raw_size ? s->virtual_size : s->raw_size;
}

bool pe_is_signed(struct bytes file)
{
	uint32_t at, offset, size, count;
	uint64_t directories;
	uint16_t magic;
	struct pe pe;

	if (!pe_read(&pe, file) || !bytes_le32(file, HEADER_POINTER, &at))
		return false;
	directories = (uint64_t)at + sizeof(struct coff_header);
	if (!bytes_le16(file, directories, &magic) || (magic != PE32 && magic != PE32_PLUS))
		return false;
	directories += magic == PE32 ? PE32_DIRECTORIES : PE32_PLUS_DIRECTORIES;
	return bytes_le32(file, directories - 4, &count) && count > CERTIFICATES / 8 &&
	       bytes_le32(file, directories + CERTIFICATES, &offset) &&
	       bytes_le32(file, directories + CERTIFICATES + 4, &size) && size &&
	       (uint64_t)offset + size <= file.size;
}
