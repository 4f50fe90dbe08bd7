/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "facts.h"
#include "number.h"
#include "print_text.h"
#include "record.h"

void facts_begin(struct facts *f, FILE *out, bool json)
{
	*f = (struct facts){ .out = out, .json = json };
	if (json)
		fputs("{\n", out);
}

void facts_end(struct facts *f)
{
	if (f->json)
		fputs("\n}\n", f->out);
}

static void print_name(const struct facts *f, const char *name)
{
	if (!f->json) {
		fprintf(f->out, "%-16s", name);
		return;
	}
	fprintf(f->out, "%s  \"", f->more ? ",\n" : "");
	for (; *name; name++)
		putc(*name == ' ' ? '_' : *name, f->out);
	fputs("\": ", f->out);
}

void fact_text(struct facts *f, const char *name, const char *format, ...)
{
	char value[PATH_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	print_name(f, name);
	if (f->json)
		putc('"', f->out);
	print_text(f->out, value, strlen(value), f->json ? TEXT_JSON : TEXT_LINE);
	putc(f->json ? '"' : '\n', f->out);
	f->more = true;
}

void fact_number(struct facts *f, const char *name, uint64_t value)
{
	print_name(f, name);
	fprintf(f->out, "%" PRIu64 "%s", value, f->json ? "" : "\n");
	f->more = true;
}

void fact_size(struct facts *f, const char *name, uint64_t bytes)
{
	char words[24];

	if (f->json)
		fact_number(f, name, bytes);
	else
		fact_text(f, name, "%s", number_size_words(bytes, words));
}

void fact_range(struct facts *f, const char *name, struct range r)
{
	if (r.last)
		fact_text(f, name, "%#" PRIx64 "-%#" PRIx64, r.start, r.last);
}

void fact_time(struct facts *f, const char *name, int64_t seconds)
{
	time_t at = seconds;
	struct tm tm;
	char when[32];

	if (gmtime_r(&at, &tm) && strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm))
		fact_text(f, name, "%s", when);
}

static const char *free_content_words(uint32_t content)
{
	return content == FREE_CONTENT_NONE	 ? "does not matter"
	       : content == FREE_CONTENT_MATTERS ? "matters (init_on_free, page_poison)"
						 : "not known";
}

void fact_record(struct facts *f, const struct record *r)
{
	fact_text(f, "kernel", "%s", r->release);
	fact_text(f, "build", "%s", r->build);
	fact_text(f, "paging", "%u levels", r->paging_levels);
	fact_size(f, "RAM", r->ram_bytes);
	fact_text(f, "free memory", "%s", free_content_words(r->free_content));
	fact_text(f, "entry", "%#" PRIx64, r->entry);
	fact_range(f, "gate", r->lent.gate);
	fact_range(f, "window", r->lent.window);
	fact_range(f, "low RAM", r->lent.low);
	fact_range(f, "headers", r->lent.headers);
}
