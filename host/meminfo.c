/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "host_file.h"
#include "lines.h"
#include "meminfo.h"

void meminfo_parse(struct meminfo *m, const char *text)
{
	const struct {
		const char *key;
		uint64_t *to;
	} keys[] = {
		{ "MemTotal", &m->total },	   { "MemFree", &m->free },
		{ "MemAvailable", &m->available }, { "HardwareCorrupted", &m->corrupted },
		{ "Unaccepted", &m->unaccepted },
	};
	struct line l;

	while (line_next(&text, &l)) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
			struct line value = l;
			uint64_t kib, bytes;

			if (line_take_key(&value, keys[i].key) &&
			    line_take_number(&value, 10, &kib) &&
			    !__builtin_mul_overflow(kib, 1024, &bytes))
				*keys[i].to = bytes;
		}
	}
}

bool meminfo_read(struct meminfo *m, const char *root, struct err *e)
{
	char *text;

	if (!host_optional(root, "/proc/meminfo", HOST_SMALL_FILE, &text, e))
		return false;
	meminfo_parse(m, text);
	free(text);
	return true;
}
