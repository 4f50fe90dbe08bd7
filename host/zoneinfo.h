/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/zoneinfo: the kernel's zones of memory (mm/vmstat.c zoneinfo_show_print()). */
#ifndef HOST_ZONEINFO_H
#define HOST_ZONEINFO_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

#define ZONES_A_NODE 8

struct zone {
	unsigned int node;
	unsigned int index; /* in its node, as in protection[] */
	char name[16];
	uint64_t free, free_cma, high, spanned, start_pfn; /* pages */
	uint64_t protection[ZONES_A_NODE];
};

struct zones {
	struct zone *at;
	size_t count;
	size_t room;
};

/* Adds the zones of @text; false only when memory ran out. To be freed in any case. */
bool zones_parse(struct zones *zones, const char *text, struct err *e);
/* Of ROOT/proc/zoneinfo; to be freed only after success. */
bool zones_read(struct zones *zones, const char *root, struct err *e);
void zones_deinit(struct zones *zones);

#endif
