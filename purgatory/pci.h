/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PURGATORY_PCI_H
#define PURGATORY_PCI_H

/*
 * Switches bus mastering off for all PCI functions of segment 0 but bridges, and waits until those
 * that can tell (PCI Express) have no transactions pending, together at most a fifth of a second.
 * A request that a bridge would not let pass becomes an error, so bridges stay open.
 */
void pci_stop_masters(void);

#endif
