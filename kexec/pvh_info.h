/* SPDX-License-Identifier: GPL-2.0-only */
/* What Linux is told at its PVH entry (include/pvh.h), where it has no better one. */
#ifndef KEXEC_PVH_INFO_H
#define KEXEC_PVH_INFO_H

#include "host.h"
#include "plan.h"

struct pvh_wants {
	const struct host *host;
	const char *cmdline;		 /* complete; its length was checked */
	uint64_t initrd_at, initrd_size; /* size 0: none */
};

/*
 * Adds the segment "start info", with p->next as the memory map. Sets p->boot_params and
 * p->magic_eax.
 */
bool pvh_info_add(struct plan *p, const struct pvh_wants *w, struct err *e);

#endif
