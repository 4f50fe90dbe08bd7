/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs and kernels that begin in real mode, with the BIOS in reach, have in common. */
#ifndef KEXEC_REAL_MODE_H
#define KEXEC_REAL_MODE_H

#include "host.h"
#include "plan.h"

/* Where real mode may have memory: page 0 is the BIOS'. */
extern const struct range real_mode_memory;

/* Whether this machine has a BIOS. */
bool real_mode_check(const struct host *h, struct err *e);
/* Places the pages for the way to real mode (purgatory/real.S), and sets p->real_page. */
bool real_mode_place(struct plan *p, struct err *e);

#endif
