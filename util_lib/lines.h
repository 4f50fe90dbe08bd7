/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking apart the lines of a NUL-terminated, untrusted text, as /proc has them. The functions
 * called line_take_*() move on past what they took; what they do not find stays.
 */
#ifndef UTIL_LINES_H
#define UTIL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rest of a line; never holds a newline. */
struct line {
	const char *at;
	size_t size;
};

/* The next line of *@text; false at its end. */
bool line_next(const char **text, struct line *l);
/* Blanks and tabs; how many there were. */
size_t line_take_blanks(struct line *l);
bool line_take_text(struct line *l, const char *text);
/* Digits of base 10 or 16 without a prefix, below 2^64. */
bool line_take_number(struct line *l, unsigned base, uint64_t *out);
/* "KEY<blanks>:<blanks>" with this key; leaves the value. */
bool line_take_key(struct line *l, const char *key);
/* What stands before the next blank; nothing at the end of the line. */
struct line line_take_word(struct line *l);
bool line_is(struct line l, const char *text);
bool line_has_word(struct line l, const char *word);

#endif
