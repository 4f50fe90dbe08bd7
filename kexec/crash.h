/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A crash kernel: one that is kept in memory reserved for it (crashkernel=) until this one panics,
 * and that then finds this one's memory in /proc/vmcore (doc/crash.md).
 */
#ifndef KEXEC_CRASH_H
#define KEXEC_CRASH_H

#include "kernel_memory.h"
#include "linux_kernel.h"
#include "options.h"
#include "plan.h"

/* What a load of a crash kernel works on; all is borrowed. */
struct crash {
	struct plan *plan;
	const struct host *host; /* HOST_CRASH was read */
	const struct kernel_memory *kernel;
	const struct request *request;
	const struct linux_kernel *image;

	bool has_text; /* the elfcorehdr tells where the kernel's text is mapped */
};

/* Whether any memory is reserved. */
bool crash_check(const struct host *h, struct err *e);
/*
 * Before the layout, for a plan begun as PLAN_LOAD_CRASH: sets p->confined, p->ram and p->next,
 * adds the elfcorehdr, and "elfcorehdr=" and what else the crash kernel has to be told to *@cmdline
 * (reallocated).
 */
bool crash_prepare(struct crash *c, char **cmdline, struct err *e);

/* What may have to be told of such a load: the first whatever loads it, all of a plan. */
enum crash_note { CRASH_NO_HOTPLUG, CRASH_KEYS_STAY, CRASH_NO_TEXT };

/* Whether that is so, and in words. */
bool crash_note(const struct crash *c, enum crash_note which, struct err *note);

#endif
