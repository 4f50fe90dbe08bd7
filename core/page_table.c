/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "page_table.h"

/* How a paging mode splits an address, top level first (Intel SDM volume 3, chapter 4). */
static const struct paging {
	unsigned levels, entry_size, top_shift, top_bits, bits;
} paging[] = {
	{ 2, 4, 22, 10, 10 },
	{ 3, 8, 30, 2, 9 },
	{ 4, 8, 39, 9, 9 },
	{ 5, 8, 48, 9, 9 },
};

enum { PTE_PRESENT = 1, PTE_LARGE = 1 << 7 };

/* The page frame of an entry that maps 1 << @shift bytes. */
static uint64_t entry_frame(const struct paging *mode, uint64_t entry, unsigned shift)
{
	uint64_t frame = entry & 0x000ffffffffff000u;

	if (mode->levels == 2 && shift == 22) /* PSE-36 keeps bits 39..32 in 20..13 */
		frame = (entry & 0xffc00000u) | (entry >> 13 & 0xff) << 32;
	return frame & ~(((uint64_t)1 << shift) - 1);
}

/* Reads the tables from the top down to the entry that maps @vaddr, 1 << *@shift bytes of it. */
static bool find_entry(const struct page_table *t, uint64_t vaddr, uint64_t *entry, unsigned *shift,
		       struct err *e)
{
	const struct paging *mode = &paging[t->levels - 2];
	uint64_t table = t->top;
	unsigned bits = mode->top_bits;

	for (*shift = mode->top_shift;; *shift -= mode->bits, bits = mode->bits) {
		uint64_t index = vaddr >> *shift & ((1u << bits) - 1);
		uint8_t raw[8] = { 0 };

		if (!t->read_phys(t->opaque, table + index * mode->entry_size, raw,
				  mode->entry_size, e))
			return err_prefix(e, "page table for %#" PRIx64, vaddr);
		bytes_le64((struct bytes){ raw, sizeof(raw) }, 0, entry);
		*entry &= ~t->encryption;
		if (!(*entry & PTE_PRESENT))
			return err_set(e, "virtual address %#" PRIx64 " is not mapped", vaddr);
		if (*shift == 12 ||
		    (*shift <= 30 && *shift != mode->top_shift && (*entry & PTE_LARGE)) ||
		    (mode->levels == 2 && *shift == 22 && (*entry & PTE_LARGE)))
			return true;
		table = entry_frame(mode, *entry, 12);
	}
}

bool page_table_walk(struct page_table *t, uint64_t vaddr, uint64_t *paddr, uint64_t *left,
		     struct err *e)
{
	uint64_t entry, skip;
	unsigned shift;

	if (vaddr - t->last.vaddr >= t->last.size) {
		if (!find_entry(t, vaddr, &entry, &shift, e))
			return false;
		t->last.size = (uint64_t)1 << shift;
		t->last.vaddr = vaddr & ~(t->last.size - 1);
		t->last.paddr = entry_frame(&paging[t->levels - 2], entry, shift);
	}
	skip = vaddr - t->last.vaddr;
	*paddr = t->last.paddr + skip;
	*left = t->last.size - skip;
	return true;
}

/* Of the entries from @index on in a table that maps @base, 1 << @shift bytes each. */
static bool find_first(const struct page_table *t, uint64_t table, uint64_t base, unsigned shift,
		       unsigned index, uint64_t *vaddr)
{
	const struct paging *mode = &paging[t->levels - 2];
	uint8_t raw[512 * 8];
	uint64_t entry;
	struct err ignored;

	if (!t->read_phys(t->opaque, table, raw, sizeof(raw), &ignored))
		return false;
	for (; index < 512; index++) {
		bytes_le64((struct bytes){ raw, sizeof(raw) }, (uint64_t)index * 8, &entry);
		entry &= ~t->encryption;
		*vaddr = base | (uint64_t)index << shift;
		if (!(entry & PTE_PRESENT))
			continue;
		if (shift == 30 ||
		    find_first(t, entry_frame(mode, entry, 12), *vaddr, shift - 9, 0, vaddr))
			return true;
	}
	return false;
}

bool page_table_first_gib(const struct page_table *t, uint64_t *vaddr, struct err *e)
{
	unsigned shift = t->levels == 5 ? 48 : 39;
	uint64_t half = UINT64_MAX << (shift + 8);

	return find_first(t, t->top, half, shift, 256, vaddr) ||
	       err_set(e, "no virtual address of the kernel is mapped");
}
