/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the running kernel: its symbols (/proc/kallsyms), its memory (/proc/kcore), and its
 * VMCOREINFO note. All below the host's root, so that tests run from records.
 */
#ifndef HOST_KERNEL_MEMORY_H
#define HOST_KERNEL_MEMORY_H

#include "elfcore.h"
#include "host.h"

struct kernel_memory {
	const struct host *host;  /* borrowed */
	int kcore;		  /* -1: not there */
	struct elfcore core;	  /* of kcore */
	struct err kcore_why;	  /* why kcore is -1 */
	uint8_t *vmcoreinfo_data; /* the text, as the kernel's note has it */
	struct bytes vmcoreinfo;
};

/* Opens what there is; only a lack of memory or a malformed file is an error. */
bool kernel_memory_open(struct kernel_memory *k, const struct host *h, struct err *e);
void kernel_memory_close(struct kernel_memory *k);

/* The value of a symbol; errors: no kallsyms, hidden (all zero: kptr_restrict), not there. */
bool kernel_symbol(const struct kernel_memory *k, const char *name, uint64_t *value, struct err *e);
/* @size bytes at kernel virtual address @vaddr. */
bool kernel_read(const struct kernel_memory *k, uint64_t vaddr, void *to, size_t size,
		 struct err *e);

/* The same at a physical address of the direct map, in one piece. */
bool kernel_read_phys(const struct kernel_memory *k, uint64_t paddr, void *to, size_t size,
		      struct err *e);

/*
 * The linear address of the boot CPU's GDT: gdt_page + __per_cpu_offset[0], or the symbol itself
 * in a kernel without SMP (arch/x86/kernel/cpu/common.c).
 */
bool kernel_gdt(const struct kernel_memory *k, uint64_t *base, uint32_t *limit, struct err *e);
/*
 * Whether the kernel's jump code restores the GDT itself when it comes back: looks for lgdt in
 * relocate_kernel. x86_64 kernels since 6.13 and stable trees do (6.12.117, not 6.1.192), i386 ones
 * never. UNKNOWN when it cannot be read.
 */
enum tristate kernel_restores_gdt(const struct kernel_memory *k);
/*
 * Whether the kernel was built with @option=y: /proc/config.gz, then /boot/config-RELEASE, then
 * /lib/modules/RELEASE/config.
 */
enum tristate kernel_config(const struct kernel_memory *k, const char *option);

#endif
