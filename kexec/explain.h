/* SPDX-License-Identifier: GPL-2.0-only */
/* What an errno of one system call means, in words. */
#ifndef KEXEC_EXPLAIN_H
#define KEXEC_EXPLAIN_H

#include <stddef.h>

#include "err.h"

struct reason {
	int errnum;
	const char *words;
};

/* "@what: words", or errno's own words where @reasons has none. Always returns false. */
bool explain(struct err *e, int errnum, const struct reason *reasons, size_t count,
	     const char *what);

#define EXPLAIN(e, errnum, reasons, what) \
	explain(e, errnum, reasons, sizeof(reasons) / sizeof(reasons[0]), what)

#endif
