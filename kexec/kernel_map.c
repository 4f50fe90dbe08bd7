/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_map.h"
#include "x86.h"

#define I386_PAGE_OFFSET  0xc0000000ull		/* CONFIG_VMSPLIT_3G, when kcore does not tell */
#define I386_LOWMEM_LAST  0x37ffffffull		/* 896 MiB - 1, likewise */
#define X86_64_DIRECT_MAP 0xff11000000000000ull /* the lowest of all direct maps ... */

/*
 * From the PT_LOAD of RAM in kcore (fs/proc/kcore.c: KCORE_RAM has its p_paddr, the text has too,
 * all others have -1). i386 with HIGHMEM has one, from 0 to the end of lowmem; without, RAM is in
 * several, of which the last ends there.
 */
void kernel_map_direct(struct elfcorehdr_wants *w, const struct kernel_memory *k)
{
	bool is64 = k->host->arch == HOST_X86_64;
	uint64_t lowest = is64 ? X86_64_DIRECT_MAP : 0x40000000;
	uint64_t highest = is64 ? START_KERNEL_MAP - 1 : UINT32_MAX;

	w->page_offset = is64 ? UINT64_MAX : I386_PAGE_OFFSET;
	w->direct_last = is64 ? 0 : I386_LOWMEM_LAST;
	for (size_t i = 0; k->kcore >= 0 && i < k->core.load_count; i++) {
		const struct elfcore_load *load = &k->core.loads[i];

		if (load->paddr > load->vaddr || load->vaddr - load->paddr < lowest ||
		    load->vaddr > highest || !load->memsz)
			continue;
		w->page_offset = load->vaddr - load->paddr;
		if (!is64)
			w->direct_last = load->paddr + load->memsz - 1;
	}
}

/* "Kernel code" in /proc/iomem begins at _text (arch/x86/kernel/setup.c). */
void kernel_map_text(struct elfcorehdr_wants *w, const struct kernel_memory *k)
{
	const struct host *h = k->host;
	struct err why;

	if (h->arch != HOST_X86_64 || !h->iomem.has_kernel)
		return;
	w->text = h->iomem.kernel;
	w->has_text = kernel_symbol(k, "_text", &w->text_vaddr, &why);
}
