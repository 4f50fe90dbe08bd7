/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel lends to the one that it jumps to: the window and low RAM, and in the window, the
 * gate and the elfcorehdr, which are not the other kernel's to use (doc/memory.md).
 */
#ifndef KEXEC_LEND_H
#define KEXEC_LEND_H

#include "host.h"
#include "linux_kernel.h"
#include "options.h"
#include "plan.h"
#include "record.h"

struct lend_wants {
	const struct host *host;
	const struct request *request;	  /* bounds and size of the window */
	const struct linux_kernel *image; /* who will use it */
	uint64_t initrd_size;
	uint64_t headers_size; /* bytes of the elfcorehdr, whole pages */
};

/*
 * Chooses all four and places the gate. Sets p->window, p->low (last 0: none), p->headers, with
 * --return-on-panic p->crash, p->ram,
 * which is what the other kernel gets, and p->next, its memory map.
 */
bool lend(struct plan *p, const struct lend_wants *want, struct err *e);
/*
 * Lends once more what was lent before, with the gate at its old place. p->next stays empty: that
 * kernel has its memory map.
 */
bool lend_again(struct plan *p, const struct lent *lent, struct err *e);
/* The gate's range, once it has its place. */
struct range lend_gate(const struct plan *p);
/* When all else is placed: makes every page of window and low RAM a destination. */
bool lend_fill(struct plan *p, struct err *e);

#endif
