/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps to a plan for a kernel: what goes where. */
#ifndef KEXEC_LOAD_PLAN_H
#define KEXEC_LOAD_PLAN_H

#include "loading.h"

/* Fills a plan that was begun for @verb: PLAN_LOAD, PLAN_LOAD_JUMP or PLAN_LOAD_CRASH. */
bool load_make_plan(struct load *l, enum plan_verb verb, struct err *e);
/* The last steps for every plan: sorted, sealed and checked. */
bool load_finish_plan(struct load *l, struct err *e);

#endif
