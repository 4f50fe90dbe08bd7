// SPDX-License-Identifier: GPL-2.0-only
/*
 * When it is loaded, writes the parameter "word" to the physical address "at", in RAM, also where
 * the kernel itself may only read. It does not stay.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

static ulong at;
module_param(at, ulong, 0);
static uint word;
module_param(word, uint, 0);

static int __init poke_init(void)
{
	struct page *page = pfn_to_page(at >> PAGE_SHIFT);
	char *mapped = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (!mapped)
		return -ENOMEM;
	*(volatile u32 *)(mapped + offset_in_page(at)) = word;
	vunmap(mapped);
	return -EAGAIN;
}
module_init(poke_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Writes a word to physical memory, for tests");
