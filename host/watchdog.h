/* SPDX-License-Identifier: GPL-2.0-only */
/* A watchdog of this machine that can be armed without its driver. */
#ifndef HOST_WATCHDOG_H
#define HOST_WATCHDOG_H

#include "err.h"

#include <stdint.h>

enum watchdog_chip {
	WATCHDOG_ESB, /* Intel 6300ESB, a PCI function */
	WATCHDOG_TCO, /* in Intel's chipsets from ICH6 to the 9 series, in the LPC bridge */
};

struct watchdog {
	enum watchdog_chip chip;
	uint32_t function;  /* bus << 16 | device << 11 | function << 8 */
	uint32_t registers; /* ESB: in memory; TCO: I/O port */
	uint32_t smi_en;    /* TCO: port of the register that tells which SMIs there are */
	uint32_t gcs;	    /* TCO: in memory, General Control and Status */
};

/* By /sys/bus/pci/devices below @root; false, with what is known, when there is none. */
bool watchdog_find(struct watchdog *w, const char *root, struct err *e);
const char *watchdog_name(const struct watchdog *w);

#endif
