/* SPDX-License-Identifier: GPL-2.0-only */
/* Saved kernels made by tests/makers/mksaved for a recorded host (hosts.h). */
#ifndef TEST_SAVED_H
#define TEST_SAVED_H

#include "hosts.h"

/* The path of what mksaved makes of these words for the host called @name; a static buffer. */
static const char *saved_make(const char *name, const char *words)
{
	static char path[160], command[1024];
	const char *src = getenv("SRC");

	snprintf(path, sizeof(path), "%s/saved", host_root(""));
	snprintf(command, sizeof(command), "'%s/tests/makers/mksaved' %s %s >%s", src ? src : ".",
		 host_root(name), words, path);
	if (system(command)) {
		fprintf(stderr, "tests/makers/mksaved failed (is SRC the source folder?)\n");
		exit(1);
	}
	return path;
}

#endif
