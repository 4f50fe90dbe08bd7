/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzz target is one function that feeds untrusted bytes to a parser and aborts when the parser
 * breaks a promise of its header; the sanitizers watch the rest. libFuzzer calls it, and replay.c.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

/* Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROVE(promise) \
	do { \
		if (!(promise)) { \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise); \
			abort(); \
		} \
	} while (0)

/* replay.c's; libFuzzer has none. */
__attribute__((weak)) void replay_taken(void);

/* The input was good, and what is promised of it was proved: replay.c wants such a seed. */
static inline void taken(void)
{
	if (replay_taken)
		replay_taken();
}

/* Set by a target that can take nothing, as this program was built without a library. */
extern __attribute__((weak)) const bool fuzz_takes_nothing;

/* An error is one line, and not empty. */
static inline void prove_error(const struct err *e)
{
	PROVE(e->text[0] && memchr(e->text, 0, sizeof(e->text)) && !strchr(e->text, '\n'));
}

/* A copy of exactly these bytes and a NUL, to be freed. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	PROVE(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
