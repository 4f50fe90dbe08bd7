/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --window-of: a kernel that may use only what a saved kernel had lent, so that from within it the
 * saved kernel's memory can be written back in place (doc/memory.md).
 */
#ifndef KEXEC_WINDOW_OF_H
#define KEXEC_WINDOW_OF_H

#include "host.h"
#include "linux_kernel.h"
#include "options.h"
#include "plan.h"
#include "record.h"

/*
 * In place of the memory of an ordinary load: sets p->ram, p->window, p->low, p->headers and
 * p->next, which is the map that the saved kernel's own jump made. The place of its
 * gate stays empty, for the gate to be restored to. Refuses another machine than @record's.
 */
bool window_of_plan(struct plan *p, const struct record *record, const struct host *h,
		    const struct request *r, const struct linux_kernel *image, struct err *e);

#endif
