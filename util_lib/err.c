/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "text.h"

/* Texts are made apart and then stored, since arguments may point into the old text. */
struct text {
	char buf[2 * ERR_TEXT_SIZE];
};

__attribute__((format(printf, 2, 0))) static void format_text(struct text *t, const char *format,
							      va_list args)
{
	if (vsnprintf(t->buf, sizeof(t->buf), format, args) < 0)
		snprintf(t->buf, sizeof(t->buf), "an error whose text cannot be shown");
}

/* File names and the like may hold anything: the error stays one line of printable text. */
static void make_one_line(char *text)
{
	size_t left = strlen(text), length;

	for (; left; text += length, left -= length) {
		length = text_printable(text, left);
		if (!length) {
			*text = '?';
			length = 1;
		}
	}
}

static bool store(struct err *e, const char *a, const char *b, const char *c)
{
	static const char cut[] = "...";
	int length;

	length = snprintf(e->text, sizeof(e->text), "%s%s%s", a, b, c);
	if (length < 0 || (size_t)length >= sizeof(e->text))
		memcpy(e->text + sizeof(e->text) - sizeof(cut), cut, sizeof(cut));
	make_one_line(e->text);
	return false;
}

bool(err_set)(struct err *e, const char *format, ...)
{
	struct text t;
	va_list args;

	va_start(args, format);
	format_text(&t, format, args);
	va_end(args);
	return store(e, t.buf, "", "");
}

bool(err_sys)(struct err *e, int errnum, const char *format, ...)
{
	struct text t, words;
	va_list args;

	va_start(args, format);
	format_text(&t, format, args);
	va_end(args);
	errno = errnum;
	snprintf(words.buf, sizeof(words.buf), "%m");
	return store(e, t.buf, ": ", words.buf);
}

bool(err_prefix)(struct err *e, const char *format, ...)
{
	struct text t, old;
	va_list args;

	va_start(args, format);
	format_text(&t, format, args);
	va_end(args);
	memcpy(old.buf, e->text, sizeof(e->text));
	return store(e, t.buf, ": ", old.buf);
}

bool(err_append)(struct err *e, const char *format, ...)
{
	struct text t, old;
	va_list args;

	va_start(args, format);
	format_text(&t, format, args);
	va_end(args);
	memcpy(old.buf, e->text, sizeof(e->text));
	return store(e, old.buf, t.buf, "");
}
