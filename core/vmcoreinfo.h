/* SPDX-License-Identifier: GPL-2.0-only */
/* VMCOREINFO: what a kernel tells of itself, as lines of KEY=value (kernel/vmcore_info.c). */
#ifndef CORE_VMCOREINFO_H
#define CORE_VMCOREINFO_H

#include "bytes.h"

/*
 * The value of "KEY=value\n", copied to @value (NUL-terminated); false when it does not fit or is
 * not there.
 */
bool vmcoreinfo_text(struct bytes info, const char *key, char *value, size_t size);
/* NUMBER(x), LENGTH(x.y), OFFSET(x.y), SIZE(x): decimal. */
bool vmcoreinfo_number(struct bytes info, const char *key, int64_t *out);
/* SYMBOL(x): hex. */
bool vmcoreinfo_symbol(struct bytes info, const char *name, uint64_t *out);

#endif
