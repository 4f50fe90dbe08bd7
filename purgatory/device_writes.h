/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes to devices that the loader chose: it knows the device, and the gate knows how to write. */
#ifndef PURGATORY_DEVICE_WRITES_H
#define PURGATORY_DEVICE_WRITES_H

#include "purgatory_abi.h"

/* On the gate's own page tables (64 bit). */
void device_writes(const struct gate_write *w, uint32_t count);

#endif
