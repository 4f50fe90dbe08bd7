/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmcoreinfo.h"

/* Takes the next line, without its newline; a last one that has none may have been cut. */
static bool next_line(struct bytes *left, struct bytes *line)
{
	const uint8_t *end = left->size ? memchr(left->data, '\n', left->size) : NULL;

	if (!end)
		return false;
	bytes_sub(*left, 0, end - left->data, line);
	*left = (struct bytes){ end + 1, left->size - line->size - 1 };
	return true;
}

bool vmcoreinfo_text(struct bytes info, const char *key, char *value, size_t size)
{
	size_t length = strlen(key);
	struct bytes line, text;

	while (next_line(&info, &line)) {
		if (line.size <= length || memcmp(line.data, key, length) ||
		    line.data[length] != '=')
			continue;
		text = (struct bytes){ line.data + length + 1, line.size - length - 1 };
		if (text.size >= size || memchr(text.data, 0, text.size))
			return false;
		memcpy(value, text.data, text.size);
		value[text.size] = '\0';
		return true;
	}
	return false;
}

bool vmcoreinfo_number(struct bytes info, const char *key, int64_t *out)
{
	char text[32], *end;
	const char *digits;
	long long value;

	if (!vmcoreinfo_text(info, key, text, sizeof(text)))
		return false;
	digits = text + (text[0] == '-');
	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || *end)
		return false;
	*out = value;
	return true;
}

bool vmcoreinfo_symbol(struct bytes info, const char *name, uint64_t *out)
{
	char key[128], text[32];
	int length = snprintf(key, sizeof(key), "SYMBOL(%s)", name);

	if (length < 0 || (size_t)length >= sizeof(key) ||
	    !vmcoreinfo_text(info, key, text, sizeof(text)))
		return false;
	if (!text[0] || strspn(text, "0123456789abcdefABCDEF") != strlen(text) || strlen(text) > 16)
		return false;
	*out = strtoull(text, NULL, 16);
	return true;
}
