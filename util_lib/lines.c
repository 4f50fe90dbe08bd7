/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "lines.h"

bool line_next(const char **text, struct line *l)
{
	if (!**text)
		return false;
	l->at = *text;
	l->size = strcspn(*text, "\n");
	*text += l->size;
	if (**text)
		++*text;
	return true;
}

static void skip(struct line *l, size_t n)
{
	l->at += n;
	l->size -= n;
}

size_t line_take_blanks(struct line *l)
{
	size_t n = 0;

	while (n < l->size && (l->at[n] == ' ' || l->at[n] == '\t'))
		n++;
	skip(l, n);
	return n;
}

bool line_take_text(struct line *l, const char *text)
{
	size_t n = strlen(text);

	if (n > l->size || memcmp(l->at, text, n))
		return false;
	skip(l, n);
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

bool line_take_number(struct line *l, unsigned base, uint64_t *out)
{
	uint64_t value = 0;
	size_t n = 0;

	while (n < l->size && (unsigned)digit(l->at[n]) < base) {
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit(l->at[n]), &value))
			return false;
		n++;
	}
	if (!n)
		return false;
	skip(l, n);
	*out = value;
	return true;
}

bool line_take_key(struct line *l, const char *key)
{
	struct line rest = *l;

	if (!line_take_text(&rest, key))
		return false;
	line_take_blanks(&rest);
	if (!line_take_text(&rest, ":"))
		return false;
	line_take_blanks(&rest);
	*l = rest;
	return true;
}

struct line line_take_word(struct line *l)
{
	struct line word;

	line_take_blanks(l);
	word = (struct line){ l->at, 0 };
	while (word.size < l->size && l->at[word.size] != ' ' && l->at[word.size] != '\t')
		word.size++;
	skip(l, word.size);
	return word;
}

bool line_is(struct line l, const char *text)
{
	return line_take_text(&l, text) && !l.size;
}

bool line_has_word(struct line l, const char *word)
{
	struct line one;

	do {
		one = line_take_word(&l);
		if (one.size && line_is(one, word))
			return true;
	} while (one.size);
	return false;
}
