/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts the purgatory (the gate) into a plan and fills its parameters: include/purgatory_abi.h. */
#ifndef KEXEC_PURGATORY_H
#define KEXEC_PURGATORY_H

#include "options.h"
#include "plan.h"
#include "purgatory_abi.h"

/*
 * Places the image in p->ram, below 4 GiB but for a crash kernel that is entered in 64-bit mode, as
 * segment "purgatory", and sets p->gate, p->entry.
 */
bool purgatory_place(struct plan *p, struct err *e);

/*
 * Last step before the check, when every other segment is final: fills struct gate_params, with
 * the digest over all segments marked for it (none with --no-checks).
 */
bool purgatory_seal(struct plan *p, const struct request *r, struct err *e);

/* The embedded images (kexec/purgatory_blobs.S). */
extern const uint8_t purgatory32[GATE_SIZE], purgatory64[GATE_SIZE];

#endif
