/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The error value: one line of text that says what failed, on what, why, and what to do.
 * Library code fills it and returns false; every caller may put its own context in front; only
 * a program's main() prints it.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

#include <stdbool.h>

#define ERR_TEXT_SIZE 1024

struct err {
	char text[ERR_TEXT_SIZE]; /* NUL-terminated, no newline; too long is cut with "..." */
};

/* Sets the text (printf format). Always returns false, so that "return err_set(...)" reads well. */
bool err_set(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As err_set(), then appends ": " and the words for errno value @errnum. */
bool err_sys(struct err *e, int errnum, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the text. Always returns false. */
bool err_prefix(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends to the text, with nothing between. Always returns false. */
bool err_append(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lets the compiler see that they always return false. */
static inline bool err_false(bool ignored)
{
	(void)ignored;
	return false;
}

#define err_set(...)	err_false((err_set)(__VA_ARGS__))
#define err_sys(...)	err_false((err_sys)(__VA_ARGS__))
#define err_prefix(...) err_false((err_prefix)(__VA_ARGS__))
#define err_append(...) err_false((err_append)(__VA_ARGS__))

#endif
