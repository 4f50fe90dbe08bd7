/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/kcore: the running kernel's memory by virtual address, and its VMCOREINFO note. */
#ifndef HOST_KCORE_H
#define HOST_KCORE_H

#include "elfcore.h"

/*
 * *@fd is -1 and @why has the reason when there is no kcore or it may not be read. False, with @e
 * set, for a malformed one. To be closed with kcore_close() only after success.
 */
bool kcore_open(const char *root, int *fd, struct elfcore *core, struct err *why, struct err *e);
void kcore_close(int *fd, struct elfcore *core);

/* @size bytes at virtual address @vaddr, across PT_LOADs that follow each other. */
bool kcore_read(int fd, const struct elfcore *core, uint64_t vaddr, void *to, size_t size,
		struct err *e);

/* The same at a physical address; on i386 only low memory is there. */
bool kcore_read_phys(int fd, const struct elfcore *core, uint64_t paddr, void *to, size_t size,
		     struct err *e);

/*
 * The text of the kernel's VMCOREINFO note, newly allocated in *@data (NULL: none to be found):
 * from kcore's own copy (since 4.19), else from where /sys/kernel/vmcoreinfo says it is. False
 * only when memory ran out.
 */
bool kcore_vmcoreinfo(const char *root, int fd, const struct elfcore *core, uint8_t **data,
		      size_t *size, struct err *e);

#endif
