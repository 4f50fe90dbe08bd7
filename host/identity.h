/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a saved kernel was saved on this machine, as it is now. */
#ifndef HOST_IDENTITY_H
#define HOST_IDENTITY_H

#include "host.h"
#include "record.h"

/*
 * Whether all that the saved kernel found in its CPU is in this one: it was patched to use it, and
 * does not ask again. More does no harm.
 */
bool identity_check_cpu(const struct record *record, const struct cpu *now, struct err *e);

/*
 * Compares architecture, RAM, the firmware's memory map and the CPU; the error names the first that
 * differs. The saved kernel's paging mode is no part of it: its gate sets that.
 */
bool identity_check(const struct record *record, const struct host *h, struct err *e);

#endif
