/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "info.h"
#include "number.h"
#include "print_text.h"
#include "vmcoreinfo.h"

/* One fact in either form: "name: value" or a JSON member. */
struct printer {
	FILE *out;
	bool json;
	bool more;
};

static void fact(struct printer *p, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* In JSON the words of a name are joined: "image size" is "image_size". */
static void print_name(const struct printer *p, const char *name)
{
	if (!p->json) {
		fprintf(p->out, "%-16s", name);
		return;
	}
	fprintf(p->out, "%s  \"", p->more ? ",\n" : "");
	for (; *name; name++)
		putc(*name == ' ' ? '_' : *name, p->out);
	fputs("\": ", p->out);
}

static void fact(struct printer *p, const char *name, const char *format, ...)
{
	char value[PATH_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	print_name(p, name);
	if (p->json)
		putc('"', p->out);
	print_text(p->out, value, strlen(value), p->json ? TEXT_JSON : TEXT_LINE);
	putc(p->json ? '"' : '\n', p->out);
	p->more = true;
}

static void number_fact(struct printer *p, const char *name, uint64_t value)
{
	print_name(p, name);
	fprintf(p->out, "%" PRIu64 "%s", value, p->json ? "" : "\n");
	p->more = true;
}

/* Words for people, bytes for programs. */
static void size_fact(struct printer *p, const char *name, uint64_t bytes)
{
	char words[24];

	if (p->json)
		number_fact(p, name, bytes);
	else
		fact(p, name, "%s", number_size_words(bytes, words));
}

static void range_fact(struct printer *p, const char *name, struct range r)
{
	if (r.last)
		fact(p, name, "%#" PRIx64 "-%#" PRIx64, r.start, r.last);
}

static void id_fact(struct printer *p, const struct image_header *h)
{
	char hex[2 * sizeof(h->id) + 1];

	for (size_t i = 0; i < sizeof(h->id); i++)
		snprintf(hex + 2 * i, 3, "%02x", h->id[i]);
	fact(p, "id", "%s", hex);
}

static void print_header(struct printer *p, const struct image_header *h)
{
	time_t created = h->created;
	struct tm tm;
	char when[32];

	id_fact(p, h);
	number_fact(p, "resume attempts", h->resume_attempts);
	if (gmtime_r(&created, &tm) && strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm))
		fact(p, "created", "%s", when);
	if (h->image_size)
		size_fact(p, "image size", h->image_size);
	number_fact(p, "pages", h->kept_pages);
	if (h->flags & IMAGE_FREE_LEFT_OUT)
		number_fact(p, "pages left out", h->free_pages);
	if (h->flags & IMAGE_FOR_ANALYSIS)
		fact(p, "for", "analysis only: lent pages are at their own addresses");
}

static const char *free_content_words(uint32_t content)
{
	return content == FREE_CONTENT_NONE	 ? "does not matter"
	       : content == FREE_CONTENT_MATTERS ? "matters (init_on_free, page_poison)"
						 : "not known";
}

static void print_record(struct printer *p, const struct record *r)
{
	fact(p, "kernel", "%s", r->release);
	fact(p, "build", "%s", r->build);
	fact(p, "paging", "%u levels", r->paging_levels);
	size_fact(p, "RAM", r->ram_bytes);
	fact(p, "free memory", "%s", free_content_words(r->free_content));
	fact(p, "entry", "%#" PRIx64, r->entry);
	range_fact(p, "gate", r->lent.gate);
	range_fact(p, "window", r->lent.window);
	range_fact(p, "low RAM", r->lent.low);
	range_fact(p, "headers", r->lent.headers);
}

static void print_core(struct printer *p, const struct core_image *image)
{
	char release[72];
	struct record record;
	struct bytes vmcoreinfo;
	struct err why;

	fact(p, "core", "ELF%s, %s", image->memory.core.is64 ? "64" : "32",
	     image->memory.core.machine == EM_X86_64 ? "x86_64" : "i386");
	size_fact(p, "memory", extents_bytes(&image->memory.extents));
	number_fact(p, "pieces", image->memory.extents.count);
	if (core_memory_record(&image->memory, &record, &why)) {
		print_record(p, &record);
		return;
	}
	fact(p, "jump record", "%s", why.text);
	if (elfcore_note(&image->memory.core, "VMCOREINFO", 0, &vmcoreinfo) &&
	    vmcoreinfo_text(vmcoreinfo, "OSRELEASE", release, sizeof(release)))
		fact(p, "kernel", "%s", release);
}

/* Of an image whose core was not looked at; the header page has a record for that. */
static void print_header_record(struct printer *p, const struct image_header *h)
{
	const struct bytes raw = { (const uint8_t *)&h->record, sizeof(h->record) };
	struct record record;
	struct err why;

	if (record_parse(&record, raw, &why))
		print_record(p, &record);
	else
		fact(p, "jump record", "%s", why.text);
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
	return i->state == INFO_GOOD || i->state == INFO_CONSUMED;
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

void info_look(struct info *i, const char *path, bool header_only)
{
	*i = (struct info){ .state = INFO_NONE };
	if (!core_file_find(&i->file, path, &i->why))
		i->state = INFO_UNREADABLE;
	else if (look_at_header(i) && !header_only)
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
	struct printer p = { .out = out, .json = json };

	if (i->state == INFO_UNREADABLE ||
	    (!json && (i->state == INFO_NONE || i->state == INFO_DAMAGED)))
		return;
	if (json)
		fputs("{\n", out);
	fact(&p, "file", "%s", i->file.path);
	if (i->state != INFO_NONE)
		fact(&p, "format", "%s",
		     i->has_header || i->state == INFO_DAMAGED ? "saved image" : "ELF core");
	if (*info_state_name(i))
		fact(&p, "state", "%s", info_state_name(i));
	if (*i->why.text)
		fact(&p, "why", "%s", i->why.text);
	if (i->has_header && i->state != INFO_EMPTY)
		print_header(&p, &i->header);
	if (i->has_core)
		print_core(&p, &i->file.image);
	else if (i->has_header)
		print_header_record(&p, &i->header);
	if (json)
		fputs("\n}\n", out);
}
