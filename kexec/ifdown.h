/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KEXEC_IFDOWN_H
#define KEXEC_IFDOWN_H

#include "err.h"

/*
 * Takes every network interface down that is up, except the loopback: a card that still receives
 * would write into the memory of the next kernel. Goes on after a failure; @e has the first one.
 */
bool ifdown_all(struct err *e);

#endif
