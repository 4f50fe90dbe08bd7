/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/iomem: which physical memory is there, and which of it this kernel uses. */
#ifndef HOST_IOMEM_H
#define HOST_IOMEM_H

#include "err.h"
#include "memmap.h"

struct iomem {
	struct memmap map;  /* by type; RAM without what a driver added (kmem, virtio_mem) */
	struct ranges own;  /* all that is this kernel's RAM, whoever added it */
	struct range added; /* the first of this kernel's RAM that is not RAM in the map ... */
	bool has_added;
	char added_name[32]; /* ... and what it is called: "System RAM (kmem)" */
	/* What is called reserved and lies in nothing else: another kernel's RAM is there. */
	struct ranges reserved;

	struct range kernel; /* first byte of "Kernel code" to last of "Kernel bss" */
	bool has_kernel;
	struct range crash_kernel; /* still RAM in the map; with two areas, the higher one ... */
	bool has_crash_kernel;
	struct range crash_kernel_low; /* ... and the lower one (crashkernel=X,high) */
	bool has_crash_kernel_low;
};

/*
 * Fills @m, which is to be freed with iomem_deinit() in any case. Errors: a line that is not
 * understood, addresses hidden (all zero), no System RAM, no memory.
 */
bool iomem_parse(struct iomem *m, const char *text, struct err *e);
/* The same from ROOT/proc/iomem; @m is to be freed only after success. */
bool iomem_read(struct iomem *m, const char *root, struct err *e);
void iomem_deinit(struct iomem *m);

/* The memory type that the kernel calls @name (arch/x86/kernel/e820.c e820_type_to_string()). */
bool iomem_type(const char *name, enum mem_type *type);

#endif
