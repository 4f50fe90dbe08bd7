/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plans the memory of a saved kernel as an image: its pages, at their own addresses, in as many
 * pieces as the kernel takes, and a gate that enters the saved kernel's (doc/memory.md).
 */
#ifndef KEXEC_LAYOUT_CORE_H
#define KEXEC_LAYOUT_CORE_H

#include "host.h"
#include "image_core.h"
#include "options.h"
#include "plan.h"
#include "saved_memory.h"

/*
 * @p was begun as PLAN_LOAD_SAVED. The error of an image that does not fit names the other way,
 * krestore. @s reads from @core while the plan is loaded; it is to be freed with
 * saved_memory_deinit() in every case, after the plan.
 */
bool layout_core(struct saved_memory *s, struct plan *p, struct image_core *core,
		 const struct host *h, const struct request *r, struct err *e);

/*
 * Joins neighbours in @kept until at most @most are left, across the smallest of those gaps that
 * are all RAM (@ram) and do not touch @keep_out: what is in these will be overwritten. False when
 * there would be more. *@pieces is newly allocated.
 */
bool layout_core_join(const struct ranges *kept, const struct ranges *ram, struct range keep_out,
		      size_t most, struct range **pieces, size_t *count, struct err *e);

#endif
