/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/meminfo: how much memory there is. */
#ifndef HOST_MEMINFO_H
#define HOST_MEMINFO_H

#include "err.h"

#include <stdint.h>

struct meminfo {
	uint64_t total; /* bytes, all of them; 0: not known */
	uint64_t free;
	uint64_t available;
	uint64_t corrupted;  /* in pages that the hardware reported as broken */
	uint64_t unaccepted; /* which only a guest with encrypted memory has */
};

/* What is not in the text stays as it is. */
void meminfo_parse(struct meminfo *m, const char *text);
/* A missing file says nothing. */
bool meminfo_read(struct meminfo *m, const char *root, struct err *e);

#endif
