/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot CPU waits in the gate while the peer runs on the others (GATE_MONITOR): so the peer's
 * death, on whichever CPU and with interrupts off, does not take the loading kernel with it.
 */
#ifndef PURGATORY_MONITOR_H
#define PURGATORY_MONITOR_H

#include "jump_message.h"

/* Fields of the code that the other CPU starts with (start.S); 4 bytes each. */
#define START_GDT    8 /* linear address of the GDT, which is at ... */
#define START_STACK  12
#define START_ENTRY  16
#define START_GDT_AT 24 /* ... this offset */
#define START_SIZE   128
#define START_DATA   0x10 /* the selector of data in that GDT */

/*
 * Has the CPU params->monitor_cpu go on to @target, and returns when the peer has come back
 * (JUMP_END_PANIC; params->arrived_* tell more, and whether it is one), when its time was over, or
 * when that CPU did not start. All other CPUs have been sent INIT then. Needs the low 4 GiB mapped.
 * The GDT and the IDT are the gate's afterwards.
 */
enum jump_end monitor_run(unsigned int target);

#endif
