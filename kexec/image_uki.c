/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image_uki.h"

/* Microsoft's PE/COFF specification */
#define PE_POINTER     0x3c
#define PE_SIGNATURE   0x00004550
#define MACHINE_I386   0x14c
#define MACHINE_X86_64 0x8664

struct coff_header {
	uint32_t signature;
	uint16_t machine;
	uint16_t section_count;
	uint32_t time, symbols, symbol_count;
	uint16_t optional_size;
	uint16_t characteristics;
};

struct section {
	char name[8]; /* without a NUL where it has 8 bytes */
	uint32_t virtual_size;
	uint32_t virtual_address;
	uint32_t raw_size;
	uint32_t raw_at;
	uint32_t relocations, lines;
	uint16_t relocation_count, line_count;
	uint32_t characteristics;
};

_Static_assert(sizeof(struct coff_header) == 24, "coff_header");
_Static_assert(sizeof(struct section) == 40, "section");

static bool is_named(const struct section *s, const char *name)
{
	return !strncmp(s->name, name, sizeof(s->name));
}

/* Raw data is padded to whole blocks; what memory has beyond it is zeros, and no content. */
static bool read_section(struct bytes file, const struct section *s, struct bytes *out,
			 struct err *e)
{
	uint32_t size = s->raw_size;

	if (s->virtual_size && s->virtual_size < size)
		size = s->virtual_size;
	return bytes_sub(file, s->raw_at, size, out) ||
	       err_set(e, "its section %.8s goes beyond the end of the file, which was cut short",
		       s->name);
}

static struct bytes *part_of(struct image_uki *uki, const struct section *s)
{
	if (is_named(s, ".linux"))
		return &uki->kernel;
	if (is_named(s, ".initrd"))
		return &uki->initrd;
	if (is_named(s, ".ucode"))
		return &uki->ucode;
	if (is_named(s, ".cmdline"))
		return &uki->cmdline;
	return is_named(s, ".dtb") ? &uki->dtb : NULL;
}

/* *@profiles: how many there are. */
static bool read_sections(struct image_uki *uki, struct bytes file, uint64_t at, unsigned count,
			  uint64_t profile, uint64_t *profiles, struct err *e)
{
	struct section s;

	for (unsigned i = 0; i < count; i++) {
		struct bytes *part;

		if (!bytes_copy(file, at + i * sizeof(s), &s, sizeof(s)))
			return err_set(e, "its table of sections goes beyond the end of the file");
		*profiles += is_named(&s, ".profile");
		part = !*profiles || *profiles - 1 == profile ? part_of(uki, &s) : NULL;
		if (part && !read_section(file, &s, part, e))
			return false;
	}
	return true;
}

static bool has_linux(struct bytes file, uint64_t at, unsigned count)
{
	struct section s;

	for (unsigned i = 0; i < count && bytes_copy(file, at + i * sizeof(s), &s, sizeof(s));
	     i++) {
		if (is_named(&s, ".linux"))
			return true;
	}
	return false;
}

static bool parse(struct image_uki *uki, struct bytes file, const struct coff_header *h,
		  uint64_t sections_at, uint64_t profile, struct err *e)
{
	uint64_t profiles = 0;

	if (h->machine != MACHINE_X86_64 && h->machine != MACHINE_I386)
		return err_set(e,
			       "a unified kernel image for machine %#x: this one takes x86_64 and "
			       "i386",
			       h->machine);
	if (!read_sections(uki, file, sections_at, h->section_count, profile, &profiles, e))
		return false;
	if (profile && profile >= profiles)
		return err_set(e, "--uki-profile=%" PRIu64 ": it has %" PRIu64 " profiles", profile,
			       profiles);
	return uki->kernel.size || err_set(e, "its section .linux is empty, or another profile's");
}

enum probe image_uki_probe(struct image_uki *uki, struct bytes file, uint64_t profile,
			   struct err *e)
{
	struct coff_header h;
	uint64_t sections_at;
	uint32_t at;

	*uki = (struct image_uki){};
	if (file.size < 2 || memcmp(file.data, "MZ", 2) || !bytes_le32(file, PE_POINTER, &at) ||
	    !bytes_copy(file, at, &h, sizeof(h)) || h.signature != PE_SIGNATURE)
		return PROBE_NOT_MINE;
	sections_at = (uint64_t)at + sizeof(h) + h.optional_size;
	if (!has_linux(file, sections_at, h.section_count))
		return PROBE_NOT_MINE;
	return parse(uki, file, &h, sections_at, profile, e) ? PROBE_MINE : PROBE_ERROR;
}

char *image_uki_cmdline(const struct image_uki *uki)
{
	size_t size = uki->cmdline.size;
	char *line = size ? strndup((const char *)uki->cmdline.data, size) : strdup("");

	if (!line)
		return NULL;
	size = strlen(line);
	while (size && (uint8_t)line[size - 1] <= ' ')
		line[--size] = '\0';
	for (char *c = line; *c; c++) {
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	}
	return line;
}
