/* SPDX-License-Identifier: GPL-2.0-only */

#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "peer_kernel.h"
#include "purgatory_abi.h"
#include "vmcoreinfo.h"
#include "x86.h"

static size_t word_size(const struct peer_kernel *k)
{
	return k->machine == EM_X86_64 ? 8 : 4;
}

/* Word @index of a page of words of @size bytes. */
static uint64_t page_word(const uint8_t *page, size_t size, unsigned index)
{
	uint64_t word = 0;

	memcpy(&word, page + index * size, size);
	return word;
}

/* Whether it is the list of all that was lent, and of nothing else. */
static bool is_of_lent(const struct peer_kernel *k, uint64_t pages)
{
	const struct page_list *l = &k->pages;

	for (size_t i = 0; i < l->count; i++)
		if (!lent_has(&k->record.lent, l->pairs[i].at) ||
		    (lent_has(&k->record.lent, l->pairs[i].held) &&
		     l->pairs[i].held != l->pairs[i].at))
			return false;
	return l->count == pages;
}

/* Our module leaves out the pages that were free: they hold themselves. */
static bool is_of_lent_to_module(struct peer_kernel *k)
{
	const struct lent *lent = &k->record.lent;
	struct page_list *l = &k->pages;

	for (size_t i = 0; i < l->count; i++)
		if (!lent_has(lent, l->pairs[i].at) || lent_has(lent, l->pairs[i].held))
			return false;
	return l->count && page_list_fill(l, lent->window) &&
	       (!lent->low.last || page_list_fill(l, lent->low));
}

static bool read_as_it_is(void *opaque, uint64_t paddr, void *to, size_t size, struct err *e)
{
	return core_memory_read_phys(opaque, paddr, to, size, e);
}

/*
 * The control page is the one that the kernel's call of its gate returns to; one of its words is
 * the head of the list (CP_PA_BACKUP_PAGES_MAP, arch/x86/kernel/relocate_kernel_{32,64}.S; the list
 * in struct relocate_data of our module, whose words have 64 bits).
 */
static bool find_in_control_page(struct peer_kernel *k, const uint8_t *page, uint64_t pages)
{
	void *memory = (void *)k->memory;

	for (unsigned i = 0; i < PAGE_SIZE / word_size(k); i++)
		if (page_list_of_kimage(&k->pages, page_word(page, word_size(k), i), word_size(k),
					read_as_it_is, memory) &&
		    is_of_lent(k, pages))
			return true;
	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		if (page_list_of_module(&k->pages, page_word(page, 8, i), read_as_it_is, memory) &&
		    is_of_lent_to_module(k))
			return true;
	return false;
}

static bool find_list(struct peer_kernel *k, uint64_t pages, struct err *e)
{
	struct gate_params gate;
	uint8_t page[PAGE_SIZE];
	uint64_t control;

	if (!core_memory_gate(k->memory, k->record.lent.gate.start, &gate, e))
		return false;
	if (!gate.return_address)
		return err_set(e, "the kernel never left through its gate");
	control = gate.return_address & PAGE_MASK;
	if (!core_memory_read_phys(k->memory, control, page, sizeof(page), e))
		return err_prefix(e, "the kernel's control page");
	if (find_in_control_page(k, page, pages))
		return true;
	return err_set(
		e,
		"the kernel's list of swapped pages was not found in its control page at %#" PRIx64,
		control);
}

static bool find_pages(struct peer_kernel *k, struct err *e)
{
	uint64_t pages = lent_bytes(&k->record.lent) / PAGE_SIZE;

	/* An image may lack what lent pages held, but not the list: a word for each of them. */
	if (pages > extents_bytes(&k->memory->extents) / word_size(k))
		return err_set(e,
			       "the jump record tells of %" PRIu64
			       " lent pages, more than the core has",
			       pages);
	if (!page_list_init(&k->pages, pages, e))
		return false;
	if (find_list(k, pages, e))
		return true;
	page_list_deinit(&k->pages);
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
	k->has_record = core_memory_record(memory, &k->record, e);
	if (k->has_record)
		k->machine = k->record.machine;
	find_page_offset(k);
	if (k->has_record)
		find_pages(k, &k->pages_why);
	if (!find_page_table(k, e)) {
		peer_kernel_close(k);
		return false;
	}
	return true;
}

void peer_kernel_close(struct peer_kernel *k)
{
	page_list_deinit(&k->pages);
	*k = (struct peer_kernel){ 0 };
}

bool peer_kernel_page(const struct peer_kernel *k, uint64_t page, uint64_t *now, struct err *e)
{
	const struct page_pair *p;

	*now = page;
	if (!k->has_record || !lent_has(&k->record.lent, page))
		return true;
	p = page_list_find(&k->pages, page);
	if (!p)
		return err_set(e, "page %#" PRIx64 " was lent: %s", page,
			       *k->pages_why.text ? k->pages_why.text : "its content is not known");
	*now = p->held;
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

	if (!peer_kernel_page(k, page, &now, e))
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
