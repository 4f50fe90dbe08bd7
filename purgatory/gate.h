/* SPDX-License-Identifier: GPL-2.0-only */
/* The gate's decisions, called by its entry points in gate32.S and gate64.S on its own stack. */
#ifndef PURGATORY_GATE_H
#define PURGATORY_GATE_H

#include "purgatory_abi.h"

#define GATE_TO_KERNEL 0 /* beside enum gate_target: back to the kernel that called */

#define GATE_CODE_SELECTOR 0x10 /* of the gate's GDT: what the boot protocols want */

/* Fields of the code for real mode (real.S): far addresses, a size, a segment; 16 bits each. */
#define REAL_PROGRAM 8
#define REAL_BLOCK   12
#define REAL_STACK   16
#define REAL_SIZE    20
#define REAL_DATA    22

/* At GATE_PARAMS. Hidden, or the compiler would want its address from a table. */
extern struct gate_params gate_params __attribute__((visibility("hidden")));

/*
 * GATE_FIRST and GATE_FORWARD: what has to be done before the kernel that called is left. Return
 * the enum gate_target to go on to, with the page tables for it loaded; gate_forward() returns
 * GATE_TO_KERNEL when no peer is known. @return_address is 0 when the kernel did not call.
 */
unsigned int gate_first(unsigned long return_address);
unsigned int gate_forward(unsigned long return_address);
/*
 * GATE_REENTRY and GATE_REENTRY_32, which tell what the peer is. Returns 0, or (64 bit) the root of
 * page tables with as many levels as the kernel has: the caller has to leave long mode, toggle
 * CR4.LA57 and load them first.
 */
unsigned long gate_reentry(unsigned long peer, unsigned long handshake, unsigned long peer_bits);
/* Brings the kernel's context back; all that is left is to jump to its return address. */
void gate_restore(void);

#endif
