/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot CPU waits in the gate while the peer runs on the others (GATE_MONITOR): so the peer's
 * death, on whichever CPU and with interrupts off, does not take the loading kernel with it.
 */
#ifndef PURGATORY_MONITOR_H
#define PURGATORY_MONITOR_H

/* Fields of the code that the other CPU starts with (start.S); 4 bytes each. */
#define START_GDT    8 /* linear address of the GDT, which is at ... */
#define START_STACK  12
#define START_ENTRY  16
#define START_GDT_AT 24 /* ... this offset */
#define START_SIZE   128
#define START_DATA   0x10 /* the selector of data in that GDT */

enum wait_end {
	WAIT_ARRIVED, /* the peer came back: params->arrived_* tell how */
	WAIT_LIMIT,   /* its time is over */
	WAIT_NO_CPU,  /* the other CPU did not start */
};

/*
 * Has the CPU params->monitor_cpu go on to @target, and waits. All other CPUs have been sent INIT
 * when this returns, and the GDT and the IDT are the gate's. Needs the low 4 GiB mapped.
 */
enum wait_end monitor_run(unsigned int target);

#endif
