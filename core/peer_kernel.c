/* SPDX-License-Identifier: GPL-2.0-only */

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "peer_kernel.h"
#include "purgatory_abi.h"
#include "search.h"
#include "vmcoreinfo.h"
#include "x86.h"

/* Low bits of an entry of a kimage's list (include/linux/kexec.h). */
enum { IND_DESTINATION = 1, IND_INDIRECTION = 2, IND_DONE = 4, IND_SOURCE = 8, IND_FLAGS = 15 };

static int order_by_at(const void *a, const void *b)
{
	const struct displaced_page *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static size_t word_size(const struct peer_kernel *k)
{
	return k->machine == EM_X86_64 ? 8 : 4;
}

/* Word @index of a page of the kernel's unsigned longs. */
static uint64_t page_word(const struct peer_kernel *k, const uint8_t *page, unsigned index)
{
	uint64_t word = 0;

	memcpy(&word, page + index * word_size(k), word_size(k));
	return word;
}

static bool add_displaced(struct peer_kernel *k, uint64_t at, uint64_t held, uint64_t pages)
{
	if (k->displaced_count == pages || !lent_has(&k->record.lent, at) ||
	    (lent_has(&k->record.lent, held) && held != at))
		return false;
	k->displaced[k->displaced_count++] = (struct displaced_page){ at, held };
	return true;
}

/*
 * Follows the list that starts with @entry. True when it visits every lent page exactly once and
 * ends: then it is the list of the jump's image, whatever word it was found in.
 */
static bool walk_list(struct peer_kernel *k, uint64_t entry, uint64_t pages)
{
	/* Pages of entries are full but for the last; a few segments have a destination each. */
	uint64_t left = pages / 256 + 64, destination = 0;
	unsigned index = 0, words = PAGE_SIZE / word_size(k);
	uint8_t page[PAGE_SIZE];
	struct err ignored;

	k->displaced_count = 0;
	while (!(entry & IND_DONE)) {
		uint64_t address = entry & PAGE_MASK;

		switch (entry & IND_FLAGS) {
		case IND_DESTINATION:
			destination = address;
			break;
		case IND_INDIRECTION:
			if (!left-- || !core_memory_read_phys(k->memory, address, page,
							      sizeof(page), &ignored))
				return false;
			index = 0;
			break;
		case IND_SOURCE:
			if (!add_displaced(k, destination, address, pages))
				return false;
			destination += PAGE_SIZE;
			break;
		default:
			return false;
		}
		if (index == words)
			return false;
		entry = page_word(k, page, index++);
	}
	if (k->displaced_count != pages)
		return false;
	qsort(k->displaced, pages, sizeof(*k->displaced), order_by_at);
	for (size_t i = 1; i < pages; i++)
		if (k->displaced[i].at == k->displaced[i - 1].at)
			return false;
	return true;
}

/*
 * The control page is the one that the kernel's call of its gate returns to; one of its words is
 * the head of the list (CP_PA_BACKUP_PAGES_MAP, arch/x86/kernel/relocate_kernel_{32,64}.S).
 */
static bool find_list(struct peer_kernel *k, uint64_t pages, struct err *e)
{
	uint64_t gate = k->record.lent.gate.start + GATE_PARAMS, control;
	struct gate_params params;
	uint8_t page[PAGE_SIZE];

	if (!core_memory_read_phys(k->memory, gate, &params, sizeof(params), e))
		return err_prefix(e, "the kernel's gate");
	if (memcmp(params.magic, GATE_MAGIC, sizeof(params.magic)) || !params.return_address)
		return err_set(e, "the kernel's gate is damaged or was never entered");
	control = params.return_address & PAGE_MASK;
	if (!core_memory_read_phys(k->memory, control, page, sizeof(page), e))
		return err_prefix(e, "the kernel's control page");
	for (unsigned i = 0; i < PAGE_SIZE / word_size(k); i++) {
		uint64_t head = page_word(k, page, i);

		if ((head & ~PAGE_MASK) == IND_INDIRECTION && walk_list(k, head, pages))
			return true;
	}
	return err_set(
		e,
		"the kernel's list of swapped pages was not found in its control page at %#" PRIx64,
		control);
}

static bool find_displaced(struct peer_kernel *k, struct err *e)
{
	uint64_t pages = lent_bytes(&k->record.lent) / PAGE_SIZE;

	/* An image may lack what lent pages held, but not the list: a word for each of them. */
	if (pages > extents_bytes(&k->memory->extents) / word_size(k))
		return err_set(e,
			       "the jump record tells of %" PRIu64
			       " lent pages, more than the core has",
			       pages);
	/* On i386 a core may well be larger than the address space. */
	if (pages <= SIZE_MAX / sizeof(*k->displaced))
		k->displaced = calloc(pages, sizeof(*k->displaced));
	if (!k->displaced)
		return err_set(e, "no memory for a list of %" PRIu64 " pages", pages);
	if (find_list(k, pages, e))
		return true;
	free(k->displaced);
	k->displaced = NULL;
	k->displaced_count = 0;
	return false;
}

/* The first load of the direct map tells its offset; text and gate have their own. */
static bool find_page_offset(struct peer_kernel *k)
{
	for (size_t i = 0; i < k->memory->core.load_count; i++) {
		const struct elfcore_load *l = &k->memory->core.loads[i];

		if (!l->vaddr || l->vaddr == UINT64_MAX || l->vaddr == l->paddr ||
		    (k->machine == EM_X86_64 && l->vaddr >= START_KERNEL_MAP) ||
		    (k->machine == EM_386 && l->vaddr >= UINT32_MAX))
			continue;
		k->page_offset = l->vaddr - l->paddr;
		return true;
	}
	return false;
}

static bool find_page_table_64(struct peer_kernel *k, struct err *e)
{
	uint64_t vaddr;
	int64_t number;

	k->page_table.levels =
		vmcoreinfo_number(k->vmcoreinfo, "NUMBER(pgtable_l5_enabled)", &number) && number
			? 5
			: 4;
	if (vmcoreinfo_number(k->vmcoreinfo, "NUMBER(sme_mask)", &number))
		k->page_table.encryption = number;
	if (!vmcoreinfo_symbol(k->vmcoreinfo, "init_top_pgt", &vaddr) &&
	    !vmcoreinfo_symbol(k->vmcoreinfo, "swapper_pg_dir", &vaddr))
		return err_set(e, "VMCOREINFO has no SYMBOL(init_top_pgt)");
	if (!vmcoreinfo_number(k->vmcoreinfo, "NUMBER(phys_base)", &number))
		return err_set(e, "VMCOREINFO has no NUMBER(phys_base)");
	k->phys_base = number;
	k->page_table.top = vaddr - START_KERNEL_MAP + k->phys_base;
	return true;
}

static bool find_page_table_32(struct peer_kernel *k, struct err *e)
{
	uint64_t vaddr;
	char pae[4];

	k->page_table.levels =
		vmcoreinfo_text(k->vmcoreinfo, "CONFIG_X86_PAE", pae, sizeof(pae)) ? 3 : 2;
	if (!vmcoreinfo_symbol(k->vmcoreinfo, "swapper_pg_dir", &vaddr))
		return err_set(e, "VMCOREINFO has no SYMBOL(swapper_pg_dir)");
	if (!k->page_offset)
		return err_set(e, "no program header tells where low memory is mapped");
	k->page_table.top = (uint32_t)(vaddr - k->page_offset);
	return true;
}

static bool find_page_table(struct peer_kernel *k, struct err *e)
{
	return k->machine == EM_X86_64 ? find_page_table_64(k, e) : find_page_table_32(k, e);
}

static bool read_table(void *opaque, uint64_t paddr, void *to, size_t size, struct err *e)
{
	return peer_kernel_read_phys(opaque, paddr, to, size, e);
}

bool peer_kernel_open(struct peer_kernel *k, const struct core_memory *memory, struct err *e)
{
	*k = (struct peer_kernel){ .memory = memory,
				   .machine = memory->core.machine,
				   .page_table = { .read_phys = read_table, .opaque = k } };
	if (!elfcore_note(&memory->core, "VMCOREINFO", 0, &k->vmcoreinfo))
		return err_set(e, "no VMCOREINFO note");
	find_page_offset(k);
	k->has_record = core_memory_record(memory, &k->record, e);
	if (k->has_record)
		find_displaced(k, &k->displaced_why);
	if (!find_page_table(k, e)) {
		peer_kernel_close(k);
		return false;
	}
	return true;
}

void peer_kernel_close(struct peer_kernel *k)
{
	free(k->displaced);
	*k = (struct peer_kernel){ 0 };
}

static bool is_before(const void *element, uint64_t page)
{
	return ((const struct displaced_page *)element)->at < page;
}

static bool page_now(struct peer_kernel *k, uint64_t page, uint64_t *now, struct err *e)
{
	size_t i;

	*now = page;
	if (!k->has_record || !lent_has(&k->record.lent, page))
		return true;
	i = search_first(k->displaced, k->displaced_count, sizeof(*k->displaced), page, is_before);
	if (i == k->displaced_count || k->displaced[i].at != page)
		return err_set(e, "page %#" PRIx64 " was lent: %s", page,
			       *k->displaced_why.text ? k->displaced_why.text
						      : "its content is not known");
	*now = k->displaced[i].held;
	return true;
}

static bool touches_lent(const struct peer_kernel *k, uint64_t paddr, size_t size)
{
	uint64_t last = paddr + (size - 1);

	return k->has_record && size &&
	       (last < paddr || lent_overlaps(&k->record.lent, (struct range){ paddr, last }));
}

static bool read_page(struct peer_kernel *k, uint64_t paddr, void *to, size_t size, struct err *e)
{
	uint64_t page = paddr & PAGE_MASK, now;

	if (!page_now(k, page, &now, e))
		return false;
	/* A page that is its own source held nothing of the kernel's (kimage_alloc_page()). */
	if (now == page && k->has_record && lent_has(&k->record.lent, page)) {
		memset(to, 0, size);
		return true;
	}
	return core_memory_read_phys(k->memory, now + (paddr - page), to, size, e);
}

bool peer_kernel_read_phys(struct peer_kernel *k, uint64_t paddr, void *to, size_t size,
			   struct err *e)
{
	uint8_t *at = to;

	if (!touches_lent(k, paddr, size))
		return core_memory_read_phys(k->memory, paddr, to, size, e);
	while (size) {
		uint64_t skip = paddr & ~PAGE_MASK;
		size_t part = PAGE_SIZE - skip < size ? PAGE_SIZE - skip : size;

		if (!read_page(k, paddr, at, part, e))
			return false;
		at += part;
		paddr += part;
		size -= part;
	}
	return true;
}

bool peer_kernel_read(struct peer_kernel *k, uint64_t vaddr, void *to, size_t size, struct err *e)
{
	uint8_t *at = to;

	while (size) {
		uint64_t paddr, part;

		if (!page_table_walk(&k->page_table, vaddr, &paddr, &part, e))
			return false;
		part = part < size ? part : size;
		if (!peer_kernel_read_phys(k, paddr, at, part, e))
			return false;
		at += part;
		vaddr += part;
		size -= part;
	}
	return true;
}
