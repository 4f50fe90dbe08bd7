/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two loads of a jump (doc/jump.md): in A, a kernel B with its window, gate and core headers;
 * in B, the helper, which is B's own gate, that enters A's.
 */
#ifndef KEXEC_JUMP_H
#define KEXEC_JUMP_H

#include "host.h"
#include "jump_record.h"
#include "kernel_memory.h"
#include "layout_linux.h"
#include "plan.h"
#include "purgatory.h"

struct jump {
	struct jump_record record;
};

/*
 * Before the layout, for a plan begun as PLAN_LOAD_JUMP: picks the window, sets p->ram, p->next,
 * p->low, p->window, p->gate_wants, places gate and headers, and adds "elfcorehdr=" and
 * "kexec_jump_back_entry=" to *@cmdline (reallocated). Everything that can be refused without
 * touching the system is refused here.
 */
bool jump_prepare(struct jump *j, struct plan *p, const struct host *h,
		  const struct kernel_memory *k, const struct request *r,
		  const struct image_bzimage *image, uint64_t initrd_size, char **cmdline,
		  struct err *e);
/* After the layout: makes every page of window and low RAM a destination. */
bool jump_finish(struct plan *p, struct err *e);

/* Whether this is the gate of @record's kernel, which left through it, for a kernel like this one.
 */
bool jump_check_gate(const struct gate_params *params, const struct jump_record *record,
		     const struct host *h, struct err *e);

/*
 * The helper: finds A's gate (request's ENTRY, else kexec_jump_back_entry= on this kernel's command
 * line), checks it against A's jump record and A's gate as /proc/vmcore (or --vmcore) shows them,
 * and plans this kernel's gate, in a plan begun as PLAN_LOAD_HELPER, or, with --one-way, as
 * PLAN_LOAD_SAVED: that is an ordinary load, which any kernel can do.
 */
bool jump_helper(struct jump *j, struct plan *p, const struct host *h,
		 const struct kernel_memory *k, const struct request *r, struct err *e);

#endif
