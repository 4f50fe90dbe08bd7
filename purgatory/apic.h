/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PURGATORY_APIC_H
#define PURGATORY_APIC_H

#include <stdbool.h>
#include <stdint.h>

/* All of these need the APIC's registers mapped. */

/*
 * Sends INIT to all CPUs but this one, which must be the boot CPU: they then wait for a start-up
 * IPI and touch no memory. False, with nothing done, when the APIC is off or this is another CPU.
 */
bool apic_stop_others(void);
/*
 * This CPU takes no more interrupts but NMIs, wherever they are sent to: the peer sends its own to
 * numbers by which this one might feel meant. Linux sets its APIC up again when it resumes.
 */
void apic_rest(void);
/*
 * The end of that: takes all interrupts that have come nevertheless, as they do under QEMU. The
 * kernel would take them for its own, and stop where the peer told its CPUs to stop. Needs an IDT
 * with a handler that just returns.
 */
void apic_drain(void);
/* A start-up IPI: the CPU @id, which waits for one, starts in real mode at @page. */
void apic_start(uint32_t id, uint32_t page);

#endif
