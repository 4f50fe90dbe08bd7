/* SPDX-License-Identifier: GPL-2.0-only */
/* The picture that the purgatory is to write in (--console-fb). */
#ifndef KEXEC_GATE_SCREEN_H
#define KEXEC_GATE_SCREEN_H

#include "err.h"
#include "purgatory_abi.h"
#include "screen.h"

/* @bits: 32 or 64, of the gate. False: there is none, or nobody knows where it is. */
bool gate_screen_find(struct gate_screen *g, const struct screen *s, unsigned bits, struct err *e);

#endif
