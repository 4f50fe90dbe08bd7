/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel command lines, as NAME NUL LINE: a word that was taken out is not found again, taking it
 * out once is enough, the rest gets no longer, and joining loses nothing.
 */
#include "cmdline.h"
#include "fuzz.h"

static void prove_without(const char *line, const char *name)
{
	char *value = cmdline_value(line, name);
	char *rest = cmdline_without(line, name), *again;

	PROVE(rest && strlen(rest) <= strlen(line));
	PROVE(!value || strlen(value) <= strlen(line));
	PROVE(!cmdline_value(rest, name));
	again = cmdline_without(rest, name);
	PROVE(again && !strcmp(again, rest));
	free(again);
	free(rest);
	free(value);
}

static void prove_join(const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);
	size_t between = a_length && b_length;
	char *both = cmdline_join(a, b);

	PROVE(both && strlen(both) == a_length + between + b_length);
	PROVE(!memcmp(both, a, a_length));
	PROVE(!strcmp(both + a_length + between, b));
	free(both);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	size_t name_length = strlen(text);
	const char *line = name_length < size ? text + name_length + 1 : "";

	prove_without(line, text);
	prove_join(line, text);
	free(text);
	taken();
	return 0;
}
