/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program that was called left. */
#ifndef KEXEC_CALLED_H
#define KEXEC_CALLED_H

#include "bytes.h"
#include "err.h"
#include "purgatory_abi.h"

struct called {
	struct gate_registers registers;
	uint8_t *block; /* newly allocated; NULL: it was given none */
	size_t block_size;
};

/* Of the image that is loaded. False when it is no program, or cannot be read. */
bool called_read(struct called *c, struct err *e);

#endif
