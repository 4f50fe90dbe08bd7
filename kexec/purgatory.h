/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts the purgatory (the gate) into a plan and fills its parameters: include/purgatory_abi.h. */
#ifndef KEXEC_PURGATORY_H
#define KEXEC_PURGATORY_H

#include "options.h"
#include "plan.h"
#include "purgatory_abi.h"

/* What the caller decides about a gate beyond what the plan and the request say. */
struct purgatory_wants {
	uint32_t flags; /* GATE_CALLED, GATE_LOAD_GDT, GATE_SET_PAE, GATE_STOP_CPUS */
	uint64_t gdt_base;
	uint32_t gdt_limit;
	uint64_t peer_entry; /* GATE_TO_GATE: the peer's GATE_REENTRY; 0: go to p->kernel_entry */
};

/* Places the image (below 4 GiB, in p->ram) as segment "purgatory" and sets p->gate, p->entry. */
bool purgatory_place(struct plan *p, struct err *e);

/*
 * Last step before the check, when every other segment is final: fills struct gate_params, with
 * the digest over all segments marked for it (none with --no-checks).
 */
bool purgatory_seal(struct plan *p, const struct request *r, const struct purgatory_wants *w,
		    struct err *e);

/* The embedded images (kexec/purgatory_blobs.S). */
extern const uint8_t purgatory32[GATE_SIZE], purgatory64[GATE_SIZE];

#endif
