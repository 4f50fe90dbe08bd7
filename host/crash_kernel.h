/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the running kernel tells whoever loads a kernel for the case that it crashes: where it
 * leaves its last notes, and what memory such a kernel may have beside the reserved one, which
 * /proc/iomem tells (host/iomem.h).
 */
#ifndef HOST_CRASH_KERNEL_H
#define HOST_CRASH_KERNEL_H

#include "err.h"
#include "range.h"

struct crash_kernel {
	/*
	 * Physical, a PT_NOTE each: every CPU's that may ever be there, then VMCOREINFO. None: the
	 * kernel was built without CONFIG_CRASH_DUMP.
	 */
	struct range *notes;
	size_t note_count, note_room;
	uint64_t elfcorehdr_size; /* bytes; 0: the kernel does not keep an elfcorehdr up to date */
	struct ranges cma;	  /* crashkernel=SIZE,cma: user memory until it crashes */
	unsigned dm_crypt_keys;	  /* that it keeps for such a kernel */
};

/*
 * Reads /sys below @root; what is missing is none. Errors: a file that is not understood, no
 * memory. To be freed with crash_kernel_deinit() in any case.
 */
bool crash_kernel_read(struct crash_kernel *c, const char *root, struct err *e);
void crash_kernel_deinit(struct crash_kernel *c);

#endif
