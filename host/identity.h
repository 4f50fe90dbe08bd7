/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a saved kernel was saved on this machine, as it is now. */
#ifndef HOST_IDENTITY_H
#define HOST_IDENTITY_H

#include "host.h"
#include "jump_record.h"

/*
 * Compares architecture, RAM, the firmware's memory map and the CPU; the error names the first that
 * differs. The saved kernel's paging mode is no part of it: its gate sets that.
 */
bool identity_check(const struct jump_record *record, const struct host *h, struct err *e);

#endif
