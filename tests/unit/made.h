/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that tests/makers make of words. */
#ifndef TEST_MADE_H
#define TEST_MADE_H

#include <stdlib.h>

#include "bytes.h"
#include "hosts.h"
#include "test.h"

/* What @maker makes of them, until the next call; without bytes if it failed. */
static struct bytes made(const char *maker, const char *words)
{
	static uint8_t data[1 << 17];
	const char *src = getenv("SRC");
	char path[128], command[512];
	struct bytes b = { data, 0 };
	FILE *f;

	snprintf(path, sizeof(path), "%s/made-for-test", host_root(""));
	snprintf(command, sizeof(command), "'%s/tests/makers/%s' '%s' %s", src ? src : ".", maker,
		 path, words);
	if (!CHECK(!system(command)))
		return b;
	f = fopen(path, "r");
	if (CHECK(f != NULL)) {
		b.size = fread(data, 1, sizeof(data), f);
		CHECK(b.size < sizeof(data));
		fclose(f);
	}
	return b;
}

#endif
