/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/kallsyms: where the running kernel's symbols are. */
#ifndef HOST_KALLSYMS_H
#define HOST_KALLSYMS_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

struct symbol {
	const char *name;
	uint64_t value;
	bool found;
};

/*
 * Fills in those of @wanted that are there, in one pass, because the file has some 200,000 lines;
 * of a name that is there twice the first. Errors: no kallsyms, a line that is not understood,
 * values hidden (all zero: kptr_restrict).
 */
bool kallsyms_find(const char *root, struct symbol *wanted, size_t count, struct err *e);

#endif
