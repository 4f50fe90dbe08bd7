/* SPDX-License-Identifier: GPL-2.0-only */
/* What the purgatory writes to arm a watchdog (--watchdog). */
#ifndef KEXEC_GATE_WATCHDOG_H
#define KEXEC_GATE_WATCHDOG_H

#include "purgatory_abi.h"
#include "watchdog.h"

/* Adds the writes after which the machine is reset in @seconds. */
bool gate_watchdog_arm(struct gate_params *g, const struct watchdog *w, uint64_t seconds,
		       struct err *e);

#endif
