/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <string.h>

#include "facts.h"
#include "info.h"
#include "vmcoreinfo.h"

static void id_fact(struct facts *f, const char *name, const uint8_t id[16])
{
	char hex[2 * 16 + 1];

	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	fact_text(f, name, "%s", hex);
}

static void print_header(struct facts *f, const struct image_header *h, bool is_opened)
{
	id_fact(f, "id", h->id);
	fact_number(f, "resume attempts", h->resume_attempts);
	if (h->image_size)
		fact_size(f, "image size", h->image_size);
	if (image_is_encrypted(h)) {
		fact_text(f, "encrypted", "%s", image_cipher_name(h->seal.cipher));
		id_fact(f, "recipient", h->seal.recipient);
	}
	if (!is_opened)
		return;
	fact_time(f, "created", h->created);
	fact_number(f, "pages", h->kept_pages);
	if (h->flags & IMAGE_FREE_LEFT_OUT)
		fact_number(f, "pages left out", h->free_pages);
	if (h->flags & IMAGE_FOR_ANALYSIS)
		fact_text(f, "for", "analysis only: lent pages are at their own addresses");
}

static void print_core(struct facts *f, const struct core_image *image)
{
	char release[72];
	struct record record;
	struct bytes vmcoreinfo;
	struct err why;

	if (image->has_pages && core_image_base_name(image)) {
		fact_text(f, "based on", "%s", core_image_base_name(image));
		fact_number(f, "own pages", image->pages.about.own);
	}
	fact_text(f, "core", "ELF%s, %s", image->memory.core.is64 ? "64" : "32",
		  image->memory.core.machine == EM_X86_64 ? "x86_64" : "i386");
	fact_size(f, "memory", extents_bytes(&image->memory.extents));
	fact_number(f, "pieces", image->memory.extents.count);
	if (core_memory_record(&image->memory, &record, &why)) {
		fact_record(f, &record);
		return;
	}
	fact_text(f, "jump record", "%s", why.text);
	if (elfcore_note(&image->memory.core, "VMCOREINFO", 0, &vmcoreinfo) &&
	    vmcoreinfo_text(vmcoreinfo, "OSRELEASE", release, sizeof(release)))
		fact_text(f, "kernel", "%s", release);
}

/* Of an image whose core was not looked at; the header page has a record for that. */
static void print_header_record(struct facts *f, const struct image_header *h)
{
	const struct bytes raw = { (const uint8_t *)&h->record, sizeof(h->record) };
	struct record record;
	struct err why;

	if (record_parse(&record, raw, &why))
		fact_record(f, &record);
	else
		fact_text(f, "jump record", "%s", why.text);
}

static void set_header(struct info *i)
{
	switch (i->header.state) {
	case IMAGE_EMPTY:
		i->state = INFO_EMPTY;
		break;
	case IMAGE_WRITING:
		i->state = INFO_WRITING;
		break;
	case IMAGE_CONSUMED:
		i->state = INFO_CONSUMED;
		break;
	default:
		i->state = INFO_GOOD;
	}
	i->has_header = true;
}

/* What nobody has the key of is shown as far as its header page is readable to all. */
static bool unseal(struct info *i)
{
	struct frame_cipher *cipher = NULL;
	bool holds_image = i->state == INFO_GOOD || i->state == INFO_CONSUMED;

	i->is_opened = !image_is_encrypted(&i->header);
	if (!holds_image || (!i->is_opened && !i->file.keys))
		return true;
	i->is_opened = image_unseal(&i->header, i->file.keys, &cipher, &i->why);
	frame_cipher_destroy(cipher);
	if (!i->is_opened)
		i->state = INFO_UNREADABLE;
	return i->is_opened;
}

/* Reads the header page, if it is one; false with the state when there is no more to be done. */
static bool look_at_header(struct info *i)
{
	struct core_file *f = &i->file;
	struct image_header h;

	if (f->size < sizeof(h)) {
		err_set(&i->why, "no image header");
		return true;
	}
	if (!core_file_pread(f, 0, &h, sizeof(h), &i->why)) {
		i->state = INFO_UNREADABLE;
		return false;
	}
	if (!image_header_is_ours(&h)) {
		err_set(&i->why, "no image header");
		return true;
	}
	if (!image_header_check(&h, &i->why)) {
		i->state = INFO_DAMAGED;
		return false;
	}
	i->header = h;
	set_header(i);
	if (!unseal(i))
		return false;
	return i->is_opened && (i->state == INFO_GOOD || i->state == INFO_CONSUMED);
}

/* An image that was used need not be whole. */
static void look_at_core(struct info *i)
{
	i->has_core = core_file_read_image(&i->file, &i->why);
	if (i->has_core) {
		i->state = i->has_header ? i->state : INFO_GOOD;
		*i->why.text = 0;
		return;
	}
	if (i->state == INFO_GOOD)
		i->state = INFO_DAMAGED;
}

void info_look(struct info *i, const char *path, const struct image_keys *keys, bool header_only)
{
	*i = (struct info){ .state = INFO_NONE };
	if (!core_file_find(&i->file, path, &i->why)) {
		i->state = INFO_UNREADABLE;
		return;
	}
	i->file.keys = keys;
	if (look_at_header(i) && !header_only)
		look_at_core(i);
}

void info_close(struct info *i)
{
	core_file_close(&i->file);
}

const char *info_state_name(const struct info *i)
{
	switch (i->state) {
	case INFO_NONE:
		return "none";
	case INFO_DAMAGED:
		return "damaged";
	default:
		return i->has_header ? image_state_name(i->header.state) : "";
	}
}

void info_print(const struct info *i, bool json, FILE *out)
{
	struct facts f;

	if (i->state == INFO_UNREADABLE ||
	    (!json && (i->state == INFO_NONE || i->state == INFO_DAMAGED)))
		return;
	facts_begin(&f, out, json);
	fact_text(&f, "file", "%s", i->file.path);
	if (i->state != INFO_NONE)
		fact_text(&f, "format", "%s",
			  i->has_header || i->state == INFO_DAMAGED ? "saved image" : "ELF core");
	if (*info_state_name(i))
		fact_text(&f, "state", "%s", info_state_name(i));
	if (*i->why.text)
		fact_text(&f, "why", "%s", i->why.text);
	if (i->has_header && i->state != INFO_EMPTY)
		print_header(&f, &i->header, i->is_opened);
	if (i->has_core)
		print_core(&f, &i->file.image);
	else if (i->has_header && i->is_opened)
		print_header_record(&f, &i->header);
	facts_end(&f);
}
