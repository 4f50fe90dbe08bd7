/* SPDX-License-Identifier: GPL-2.0-only */
/* From what was planned, or from the files, to the kernel that has it. */
#ifndef KEXEC_LOAD_BY_H
#define KEXEC_LOAD_BY_H

#include "backend.h"
#include "loading.h"

/* What the kernel said is in l->result then. */
bool load_by_plan(struct load *l, const struct backend *way, struct err *e);
bool load_by_files(struct load *l, enum plan_verb verb, const struct backend *way, struct err *e);

/* Notes what the kernel has now, as it does not tell. */
void load_remember(const struct load *l, enum plan_verb verb);

#endif
