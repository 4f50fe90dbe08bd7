/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_COPY_H
#define UTIL_COPY_H

#include <stddef.h>
#include <string.h>

#define COPY_STEP 4096

/*
 * memcpy() of much. For more than some KiB glibc's uses "rep movsb", which emulators, and CPUs
 * whose microcode has no fast way for the alignment, do byte by byte (QEMU's TCG: six times as
 * slow).
 */
static inline void copy_bytes(void *to, const void *from, size_t size)
{
	char *at = to;
	const char *in = from;

	for (; size > COPY_STEP; size -= COPY_STEP, at += COPY_STEP, in += COPY_STEP)
		memcpy(at, in, COPY_STEP);
	memcpy(at, in, size);
}

#endif
