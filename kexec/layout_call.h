/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plans a program to be called in physical mode, its block of data, and the gate that calls it and
 * returns. All other memory stays this kernel's, and is not to be touched.
 */
#ifndef KEXEC_LAYOUT_CALL_H
#define KEXEC_LAYOUT_CALL_H

#include "image_program.h"
#include "jump.h"

#define CALL_BLOCK_MAX 65535 /* bytes: a size in cx */

struct layout_call {
	const struct image_program *program;
	struct bytes block;  /* what it is given ... */
	uint32_t block_size; /* ... and the size of that memory, at least block.size */
	bool real_mode;
};

/* j->plan was begun as PLAN_LOAD_CALL. */
bool layout_call(struct jump *j, const struct layout_call *in, struct err *e);

#endif
