/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host_file.h"
#include "kallsyms.h"

#define SYMBOL_LINE_MAX 1024 /* KSYM_NAME_LEN is 512, module names 56 */

/* "VALUE TYPE NAME\n"; a module's symbols have "\t[MODULE]" after the name and never match. */
static bool split_symbol(char *line, uint64_t *value, char **name)
{
	char *end;

	*value = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	*name = end + 3;
	(*name)[strcspn(*name, "\n")] = '\0';
	return true;
}

static void match_symbol(struct symbol *wanted, size_t count, const char *name, uint64_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (wanted[i].found || strcmp(wanted[i].name, name))
			continue;
		wanted[i].value = value;
		wanted[i].found = true;
	}
}

bool kallsyms_find(const char *root, struct symbol *wanted, size_t count, struct err *e)
{
	char line[SYMBOL_LINE_MAX], *name;
	bool hidden = true, split = true, any = false, broken;
	uint64_t value;
	FILE *f;
	int fd;

	fd = host_open(root, "/proc/kallsyms", e);
	if (fd < 0)
		return err_prefix(e, "the kernel's symbols cannot be read");
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return err_set(e, "out of memory");
	}
	while (split && fgets(line, sizeof(line), f)) {
		split = split_symbol(line, &value, &name);
		if (!split)
			break;
		any = true;
		hidden = hidden && !value;
		match_symbol(wanted, count, name, value);
	}
	broken = ferror(f);
	fclose(f);
	if (broken)
		return err_set(e, "%s/proc/kallsyms: cannot be read to its end", root);
	if (split && !any)
		return err_set(e, "%s/proc/kallsyms: is empty", root);
	if (!split)
		return err_set(e, "%s/proc/kallsyms: a line is not \"VALUE TYPE NAME\"", root);
	if (hidden)
		return err_set(e,
			       "%s/proc/kallsyms: all addresses are hidden: "
			       "run as root with kernel.kptr_restrict at most 1",
			       root);
	return true;
}
