/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image_uki.h"
#include "pe.h"

/* Raw data is padded to whole blocks; what memory has beyond it is zeros, and no content. */
static bool read_section(struct bytes file, const struct pe_section *s, struct bytes *out,
			 struct err *e)
{
	return bytes_sub(file, s->raw_at, pe_section_size(s), out) ||
	       err_set(e, "its section %.8s goes beyond the end of the file, which was cut short",
		       s->name);
}

static struct bytes *part_of(struct image_uki *uki, const struct pe_section *s)
{
	if (pe_section_is(s, ".linux"))
		return &uki->kernel;
	if (pe_section_is(s, ".initrd"))
		return &uki->initrd;
	if (pe_section_is(s, ".ucode"))
		return &uki->ucode;
	if (pe_section_is(s, ".cmdline"))
		return &uki->cmdline;
	return pe_section_is(s, ".dtb") ? &uki->dtb : NULL;
}

/* *@profiles: how many there are. */
static bool read_sections(struct image_uki *uki, const struct pe *pe, uint64_t profile,
			  uint64_t *profiles, struct err *e)
{
	struct pe_section s;

	for (unsigned i = 0; i < pe->section_count; i++) {
		struct bytes *part;

		if (!pe_section(pe, i, &s))
			return err_set(e, "its table of sections goes beyond the end of the file");
		*profiles += pe_section_is(&s, ".profile");
		part = !*profiles || *profiles - 1 == profile ? part_of(uki, &s) : NULL;
		if (part && !read_section(pe->file, &s, part, e))
			return false;
	}
	return true;
}

static bool parse(struct image_uki *uki, const struct pe *pe, uint64_t profile, struct err *e)
{
	uint64_t profiles = 0;

	if (pe->machine != PE_MACHINE_X86_64 && pe->machine != PE_MACHINE_I386)
		return err_set(e,
			       "a unified kernel image for machine %#x: this one takes x86_64 and "
			       "i386",
			       pe->machine);
	if (!read_sections(uki, pe, profile, &profiles, e))
		return false;
	if (profile && profile >= profiles)
		return err_set(e, "--uki-profile=%" PRIu64 ": it has %" PRIu64 " profiles", profile,
			       profiles);
	return uki->kernel.size || err_set(e, "its section .linux is empty, or another profile's");
}

enum probe image_uki_probe(struct image_uki *uki, struct bytes file, uint64_t profile,
			   struct err *e)
{
	struct pe_section linux_section;
	struct pe pe;

	*uki = (struct image_uki){};
	if (!pe_read(&pe, file) || !pe_find_section(&pe, ".linux", &linux_section))
		return PROBE_NOT_MINE;
	return parse(uki, &pe, profile, e) ? PROBE_MINE : PROBE_ERROR;
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
