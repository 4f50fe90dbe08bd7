/* SPDX-License-Identifier: GPL-2.0-only */
/* What every x86 Linux has in common, i386 and x86_64 (arch/x86/include/asm/page_types.h). */
#ifndef X86_H
#define X86_H

#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (UINT64_C(1) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1)) /* as the kernel has it: what is left is the page */

#define MIB	 (UINT64_C(1) << 20)
#define FOUR_GIB (UINT64_C(1) << 32)

/* The next page boundary at or above @n, which is below 2^64 - PAGE_SIZE. */
static inline uint64_t page_up(uint64_t n)
{
	return (n + PAGE_SIZE - 1) & PAGE_MASK;
}

#define START_KERNEL_MAP \
	UINT64_C(0xffffffff80000000) /* __START_KERNEL_map: where x86_64 links its text */

#endif
