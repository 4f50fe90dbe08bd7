/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"

/* A word as it stands in the line, quotes included, and what it means. */
struct word {
	const char *text;
	size_t length;
	const char *name;
	size_t name_length;
	const char *value; /* NULL: no '=' */
	size_t value_length;
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A '-' in a parameter's name is as good as a '_' (parameq() in kernel/params.c). */
static char dash_to_underscore(char c)
{
	return c == '-' ? '_' : c;
}

static bool word_is_named(const struct word *w, const char *name)
{
	if (w->name_length != strlen(name))
		return false;
	for (size_t i = 0; i < w->name_length; i++) {
		if (dash_to_underscore(w->name[i]) != dash_to_underscore(name[i]))
			return false;
	}
	return true;
}

/*
 * Splits @w->text into name and value. A word that begins with a quote loses it and one at its
 * end ("name=value"), so does a value that begins with one (name="value").
 */
static void split_word(struct word *w)
{
	const char *start = w->text, *end = w->text + w->length, *equals;
	bool quoted = *start == '"';

	if (quoted)
		start++;
	equals = memchr(start, '=', end - start);
	if (equals == start) /* an '=' in front separates nothing */
		equals = memchr(start + 1, '=', end - start - 1);
	if (equals && equals[1] == '"')
		quoted = true;
	if (quoted && end > start && end[-1] == '"')
		end--;

	w->name = start;
	w->name_length = (equals ? equals : end) - start;
	w->value = NULL;
	w->value_length = 0;
	if (!equals)
		return;
	w->value = equals + 1;
	if (*w->value == '"')
		w->value++;
	if (w->value < end)
		w->value_length = end - w->value;
}

/* The next word at or after *@at, which moves past it; false at the end of the line. */
static bool next_word(const char **at, struct word *w)
{
	const char *p = *at;
	bool in_quotes = false;

	while (is_blank(*p))
		p++;
	w->text = p;
	for (; *p && (in_quotes || !is_blank(*p)); p++) {
		if (*p == '"')
			in_quotes = !in_quotes;
	}
	w->length = p - w->text;
	*at = p;
	if (!w->length)
		return false;
	split_word(w);
	return true;
}

char *cmdline_value(const char *line, const char *name)
{
	struct word w, found = {};
	bool any = false;

	while (next_word(&line, &w)) {
		if (!word_is_named(&w, name))
			continue;
		found = w;
		any = true;
	}
	if (!any)
		return NULL;
	return strndup(found.value ? found.value : "", found.value_length);
}

char *cmdline_without(const char *line, const char *name)
{
	/* Words with one blank between take no more room than they did. */
	char *copy = malloc(strlen(line) + 1), *end = copy;
	struct word w;

	if (!copy)
		return NULL;
	while (next_word(&line, &w)) {
		if (word_is_named(&w, name))
			continue;
		if (end != copy)
			*end++ = ' ';
		memcpy(end, w.text, w.length);
		end += w.length;
	}
	*end = '\0';
	return copy;
}

char *cmdline_join(const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);
	bool blank = a_length && b_length;
	char *joined = malloc(a_length + blank + b_length + 1), *end = joined;

	if (!joined)
		return NULL;
	memcpy(end, a, a_length);
	end += a_length;
	if (blank)
		*end++ = ' ';
	memcpy(end, b, b_length + 1);
	return joined;
}

char *cmdline_insert(const char *line, const char *words)
{
	const char *at = line, *before;
	char *head, *joined, *all = NULL;
	struct word w;

	do {
		before = at;
		if (!next_word(&at, &w))
			return cmdline_join(line, words);
	} while (w.length != 2 || memcmp(w.text, "--", 2) != 0);
	head = strndup(line, before - line);
	joined = head ? cmdline_join(head, words) : NULL;
	if (joined)
		all = cmdline_join(joined, w.text);
	free(head);
	free(joined);
	return all;
}

bool cmdline_add(char **line, const char *words)
{
	char *all = cmdline_insert(*line ? *line : "", words);

	free(*line);
	*line = all;
	return all;
}

bool cmdline_put_address(char **line, const char *name, uint64_t address)
{
	char *without = cmdline_without(*line ? *line : "", name), *word = NULL;
	bool ok;

	free(*line);
	*line = without;
	ok = without && asprintf(&word, "%s=0x%" PRIx64, name, address) >= 0 &&
	     cmdline_add(line, word);
	free(word);
	return ok;
}
