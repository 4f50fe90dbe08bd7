/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <unistd.h>

#include "host_file.h"
#include "pe.h"
#include "uki_release.h"

#define HEADERS	    4096	/* where those of an EFI program end, by far */
#define RELEASE_MAX (64u << 10) /* bytes */

static ssize_t read_section(int fd, char *text)
{
	uint8_t headers[HEADERS];
	ssize_t size = pread(fd, headers, sizeof(headers), 0);
	struct pe_section s;
	uint32_t wanted;
	struct pe pe;

	if (size < 0 || !pe_read(&pe, (struct bytes){ headers, (size_t)size }) ||
	    !pe_find_section(&pe, ".osrel", &s))
		return 0;
	wanted = pe_section_size(&s);
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
	struct line l, found = { "", 0 };

	while (line_next(&text, &l)) {
		if (line_take_text(&l, key) && line_take_text(&l, "="))
			found = l;
	}
	return without_quotes(found);
}
