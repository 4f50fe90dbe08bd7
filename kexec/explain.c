/* SPDX-License-Identifier: GPL-2.0-only */
#include "explain.h"

bool explain(struct err *e, int errnum, const struct reason *reasons, size_t count,
	     const char *what)
{
	for (size_t i = 0; i < count; i++) {
		if (reasons[i].errnum == errnum)
			return err_set(e, "%s: %s", what, reasons[i].words);
	}
	return err_sys(e, errnum, "%s", what);
}
