/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_file.h"
#include "lines.h"
#include "verbs.h"

int misused(struct err *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	err_append(e, "; kexec-hibernate --help lists what there is");
	return EXIT_USAGE;
}

int no_arguments(char **argv, struct err *e)
{
	return argv[1] ? misused(e, "%s: %s is not known", argv[0], argv[1]) : EXIT_GOOD;
}

bool need_root(const struct hibernate *h, struct err *e)
{
	uint64_t uid = 1;
	const char *at;
	struct line l;
	char *text;

	if (!host_optional(h->root, "/proc/self/status", HOST_SMALL_FILE, &text, e))
		return false;
	for (at = text; line_next(&at, &l);)
		if (line_take_key(&l, "Uid") && !line_take_number(&l, 10, &uid))
			break;
	free(text);
	return !uid || err_set(e, "only root may do this");
}

bool take_value(char ***argv, const char *name, const char **value)
{
	char *word = **argv;
	size_t size = strlen(name);

	if (strncmp(word, name, size) || (word[size] && word[size] != '='))
		return false;
	if (word[size]) {
		*value = word + size + 1;
	} else {
		*value = *++*argv;
		if (!*value)
			return true;
	}
	++*argv;
	return true;
}
