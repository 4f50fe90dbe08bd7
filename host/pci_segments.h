/* SPDX-License-Identifier: GPL-2.0-only */
/* The PCI functions that this machine has, as /sys tells. */
#ifndef HOST_PCI_SEGMENTS_H
#define HOST_PCI_SEGMENTS_H

#include <stdbool.h>

#define PCI_NAME_SIZE 32

/* Whether there is a function in another segment than 0, as 10000:01:00.0, and one's name. */
bool pci_has_segments(const char *root, char name[PCI_NAME_SIZE]);

#endif
