/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

static bool parse(const char *text, uint64_t *out, const char **tail, struct err *e)
{
	unsigned long long value;
	char *end;

	/* strtoull() would skip blanks and take a sign. */
	if (!isdigit((unsigned char)text[0]))
		return err_set(e, "\"%s\" is not a number (such as 4096, 0x1000 or 010000)", text);
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno == ERANGE)
		return err_set(e, "\"%s\" does not fit in 64 bits", text);
	*out = value;
	*tail = end;
	return true;
}

bool number_parse(const char *text, uint64_t *out, struct err *e)
{
	const char *tail;
	uint64_t value;

	if (!parse(text, &value, &tail, e))
		return false;
	if (*tail)
		return err_set(e, "\"%s\" is not a number: \"%s\" is left over", text, tail);
	*out = value;
	return true;
}

bool number_parse_size(const char *text, uint64_t *out, struct err *e)
{
	static const char suffixes[] = "KMGT";
	const char *tail, *suffix;
	uint64_t value, unit;

	if (!parse(text, &value, &tail, e))
		return false;
	if (*tail) {
		suffix = strchr(suffixes, toupper((unsigned char)tail[0]));
		if (!suffix || tail[1])
			return err_set(e,
				       "\"%s\" is not a size (a number, then K, M, G, T or "
				       "nothing)",
				       text);
		unit = UINT64_C(1024) << (suffix - suffixes) * 10;
		if (__builtin_mul_overflow(value, unit, &value))
			return err_set(e, "\"%s\" does not fit in 64 bits", text);
	}
	*out = value;
	return true;
}

bool number_parse_int(const char *text, int low, int high, int *out)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || isspace((unsigned char)*text) || end == text || *end || value < low ||
	    value > high)
		return false;
	*out = (int)value;
	return true;
}

const char *number_size_words(uint64_t bytes, char *buf)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	const size_t last = sizeof(units) / sizeof(units[0]) - 1;
	uint64_t unit, whole, tenths;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(buf, 24, "%u byte%s", (unsigned int)bytes, bytes == 1 ? "" : "s");
		return buf;
	}
	while (i < last && bytes >> (10 * (i + 2)))
		i++;
	unit = UINT64_C(1) << (10 * (i + 1));
	whole = bytes / unit;
	tenths = (bytes % unit * 10 + unit / 2) / unit;
	whole += tenths / 10;
	tenths %= 10;
	if (whole == 1024 && i < last) {
		whole = 1;
		i++;
	}
	if (tenths)
		snprintf(buf, 24, "%u.%u %s", (unsigned int)whole, (unsigned int)tenths, units[i]);
	else
		snprintf(buf, 24, "%u %s", (unsigned int)whole, units[i]);
	return buf;
}
