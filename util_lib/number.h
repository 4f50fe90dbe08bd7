/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_NUMBER_H
#define UTIL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

/* The whole of @text as a number, base 0 as strtoull (0x, 0 octal); no sign, no blanks, no tail. */
bool number_parse(const char *text, uint64_t *out, struct err *e);
/* As number_parse() with an optional suffix K, M, G or T (powers of 1024, either case). */
bool number_parse_size(const char *text, uint64_t *out, struct err *e);
/* A decimal number from @low to @high, both inclusive, perhaps with a sign. */
bool number_parse_int(const char *text, int low, int high, int *out);
/* "612.5 MiB" and the like, into a buffer of at least 24 bytes; returns @buf. */
const char *number_size_words(uint64_t bytes, char *buf);

#endif
