/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text in a picture: from its top line on and, at its end, from the top again. What is there is
 * never read: that would take longer than all the rest.
 */
#ifndef PURGATORY_FRAMEBUFFER_H
#define PURGATORY_FRAMEBUFFER_H

#include <stdbool.h>

#include "purgatory_abi.h"

/* @address: where the picture is mapped. Goes on below what was written before; false: no room. */
bool framebuffer_open(const struct gate_screen *s, uintptr_t address);
void framebuffer_put(char c);

#endif
