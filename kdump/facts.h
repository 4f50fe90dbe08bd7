/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program tells of something, fact by fact: lines for people, or one JSON object. */
#ifndef KDUMP_FACTS_H
#define KDUMP_FACTS_H

#include <stdio.h>

#include "range.h"

struct facts {
	FILE *out;
	bool json;
	bool more; /* than one so far */
};

struct record;

void facts_begin(struct facts *f, FILE *out, bool json);
void facts_end(struct facts *f);

/* @name: words, which JSON joins: "image size" is "image_size". */
void fact_text(struct facts *f, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void fact_number(struct facts *f, const char *name, uint64_t value);
/* Words for people, bytes for programs. */
void fact_size(struct facts *f, const char *name, uint64_t bytes);
/* Nothing for a range that ends at 0. */
void fact_range(struct facts *f, const char *name, struct range r);
/* Seconds since 1970, as a date of ISO 8601. */
void fact_time(struct facts *f, const char *name, int64_t seconds);
/* All that a jump record says. */
void fact_record(struct facts *f, const struct record *r);

#endif
