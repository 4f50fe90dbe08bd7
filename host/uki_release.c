/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host_file.h"
#include "pe.h"
#include "uki_release.h"

#define HEADERS	    4096	/* where those of an EFI program end, by far */
#define RELEASE_MAX (64u << 10) /* bytes */

static bool find_section(struct bytes headers, struct pe_section *s)
{
	struct pe pe;

	if (!pe_read(&pe, headers))
		return false;
	for (unsigned i = 0; i < pe.section_count && pe_section(&pe, i, s); i++) {
		if (pe_section_is(s, ".osrel"))
			return true;
	}
	return false;
}

static ssize_t read_section(int fd, char *text)
{
	uint8_t headers[HEADERS];
	ssize_t size = pread(fd, headers, sizeof(headers), 0);
	struct pe_section s;
	uint32_t wanted;

	if (size < 0 || !find_section((struct bytes){ headers, (size_t)size }, &s))
		return 0;
	wanted = s.virtual_size < s.raw_size ? s.virtual_size : s.raw_size;
	return pread(fd, text, wanted < RELEASE_MAX ? wanted : RELEASE_MAX, s.raw_at);
}

bool uki_release_read(const char *root, const char *path, char **text, struct err *e)
{
	struct err ignored;
	ssize_t size = 0;
	int fd;

	*text = malloc(RELEASE_MAX + 1);
	if (!*text)
		return err_set(e, "out of memory");
	fd = host_open(root, path, &ignored);
	if (fd >= 0) {
		size = read_section(fd, *text);
		close(fd);
	}
	(*text)[size > 0 ? size : 0] = '\0';
	return true;
}

/* As a shell reads one word of an assignment. */
static char *without_quotes(struct line value)
{
	char *to = malloc(value.size + 1), quote = '\0';
	size_t size = 0;

	for (size_t i = 0; to && i < value.size; i++) {
		char c = value.at[i];

		if (c == '\\' && quote != '\'' && i + 1 < value.size) {
			to[size++] = value.at[++i];
		} else if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? '\0' : c;
		} else {
			to[size++] = c;
		}
	}
	if (to)
		to[size] = '\0';
	return to;
}

char *uki_release_value(const char *text, const char *key)
{
	size_t length = strlen(key);
	struct line l, found = { "", 0 };

	while (line_next(&text, &l)) {
		if (l.size > length && !strncmp(l.at, key, length) && l.at[length] == '=')
			found = (struct line){ l.at + length + 1, l.size - length - 1 };
	}
	return without_quotes(found);
}
