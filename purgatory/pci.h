/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PURGATORY_PCI_H
#define PURGATORY_PCI_H

/*
 * Switches bus mastering off for all PCI functions of segment 0 but bridges, waits until those that
 * can tell (PCI Express) have no transactions pending, together at most a fifth of a second, and
 * resets those that can be reset: virtio devices, and others by a function level reset or by power
 * states, a tenth of a second each. A request that a bridge would not let pass becomes an error, so
 * bridges stay open. Device memory below 4 GiB has to be mapped.
 */
void pci_stop_masters(void);

#endif
