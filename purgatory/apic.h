/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PURGATORY_APIC_H
#define PURGATORY_APIC_H

/*
 * Sends INIT to all CPUs but this one, which must be the boot CPU: they then wait for a start-up
 * IPI and touch no memory. Needs the APIC's registers mapped. Does nothing when the APIC is off.
 */
void apic_stop_others(void);

#endif
