/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers on command lines: what is accepted has the value that strtoull() finds in the whole
 * text, a plain number is also a size of the same value, a refused one leaves the result alone, and
 * a size in words fits in 24 bytes.
 */
#include "fuzz.h"
#include "number.h"

static void prove_words(uint64_t bytes)
{
	char *words = malloc(24);

	PROVE(words);
	PROVE(number_size_words(bytes, words) == words);
	PROVE(memchr(words, 0, 24) && words[0]);
	free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *end;
	uint64_t plain = 42, with_suffix = 42, bytes = 0;
	struct err e = {};
	bool is_plain = number_parse(text, &plain, &e);
	bool is_size;

	if (!is_plain) {
		prove_error(&e);
		PROVE(plain == 42);
	} else {
		PROVE(strtoull(text, &end, 0) == plain && !*end);
	}
	e.text[0] = '\0';
	is_size = number_parse_size(text, &with_suffix, &e);
	PROVE(is_size || !is_plain);
	if (!is_size) {
		prove_error(&e);
		PROVE(with_suffix == 42);
	}
	PROVE(!is_plain || with_suffix == plain);

	memcpy(&bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	prove_words(bytes);
	free(text);
	if (is_plain)
		taken();
	return 0;
}
