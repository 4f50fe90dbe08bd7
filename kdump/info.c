/* SPDX-License-Identifier: GPL-2.0-only */
#include "info.h"

#include <elf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "number.h"

/* One fact in either form: "name: value" or a JSON member. */
struct printer {
	FILE *out;
	bool json;
	bool more;
};

/* The contents of an image are anybody's: no byte of them may steer a terminal or break JSON. */
static void print_safe(FILE *out, const char *text)
{
	for (; *text; text++)
		putc((unsigned char)*text < ' ' || *text == '"' || *text == '\\' || *text == 0x7f
		     ? '?' : *text, out);
}

static void fact(struct printer *p, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void fact(struct printer *p, const char *name, const char *format, ...)
{
	char value[256];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (p->json) {
		fprintf(p->out, "%s  \"%s\": \"", p->more ? ",\n" : "", name);
		print_safe(p->out, value);
		putc('"', p->out);
	} else {
		fprintf(p->out, "%-16s", name);
		print_safe(p->out, value);
		putc('\n', p->out);
	}
	p->more = true;
}

static void range_fact(struct printer *p, const char *name, uint64_t start, uint64_t last)
{
	if (last)
		fact(p, name, "%#" PRIx64 "-%#" PRIx64, start, last);
}

static void print_header(struct printer *p, const struct image_header *h)
{
	char words[24];
	time_t created = h->created;
	struct tm tm;
	char when[32];

	fact(p, "state", "%s", image_state_name(h->state));
	if (h->state == IMAGE_EMPTY)
		return;
	if (gmtime_r(&created, &tm) && strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm))
		fact(p, "created", "%s", when);
	if (h->image_size)
		fact(p, "image size", "%s", number_size_words(h->image_size, words));
	fact(p, "pages", "%" PRIu64, h->kept_pages);
	if (h->flags & IMAGE_FREE_LEFT_OUT)
		fact(p, "free pages", "%" PRIu64 " left out", h->free_pages);
	if (h->flags & IMAGE_FOR_ANALYSIS)
		fact(p, "for", "analysis only: lent pages are at their own addresses");
	if (h->resume_attempts)
		fact(p, "resume attempts", "%u", h->resume_attempts);
}

static void print_record(struct printer *p, const struct jump_record *r)
{
	char words[24];

	fact(p, "kernel", "%s", r->release);
	fact(p, "build", "%s", r->build);
	fact(p, "paging", "%u levels", r->paging_levels);
	fact(p, "RAM", "%s", number_size_words(r->ram_bytes, words));
	fact(p, "entry", "%#" PRIx64, r->entry);
	range_fact(p, "gate", r->gate_start, r->gate_last);
	range_fact(p, "window", r->window_start, r->window_last);
	range_fact(p, "low RAM", r->low_start, r->low_last);
	range_fact(p, "headers", r->headers_start, r->headers_last);
}

static void print_core(struct printer *p, const struct core_image *image)
{
	uint64_t memory = 0;
	char words[24], release[72];
	struct jump_record record;
	struct bytes vmcoreinfo;
	struct err why;

	for (size_t i = 0; i < image->core.load_count; i++)
		memory += image->core.loads[i].filesz;
	fact(p, "core", "ELF%s, %s, %zu pieces of memory, %s", image->core.is64 ? "64" : "32",
	     image->core.machine == EM_X86_64 ? "x86_64" : "i386", image->core.load_count,
	     number_size_words(memory, words));
	if (core_image_record(image, &record, &why)) {
		print_record(p, &record);
		return;
	}
	fact(p, "jump record", "%s", why.text);
	if (elfcore_note(&image->core, "VMCOREINFO", 0, &vmcoreinfo) &&
	    vmcoreinfo_text(vmcoreinfo, "OSRELEASE", release, sizeof(release)))
		fact(p, "kernel", "%s", release);
}

void info_print(const struct core_file *f, bool json, FILE *out)
{
	struct printer p = { .out = out, .json = json };

	if (json)
		fputs("{\n", out);
	fact(&p, "file", "%s", f->path);
	fact(&p, "format", "%s", f->image.saved ? "saved image" : "ELF core");
	if (f->image.saved)
		print_header(&p, &f->image.header);
	if (!f->image.saved || f->image.frame_count)
		print_core(&p, &f->image);
	if (json)
		fputs("\n}\n", out);
}
