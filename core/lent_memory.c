/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <string.h>

#include "elfcore_write.h"
#include "lent_memory.h"
#include "peer_kernel.h"
#include "vmcoreinfo.h"
#include "x86.h"

#define NOTE_NAME     "VMCOREINFO"
#define NOTE_START    "OSRELEASE=" /* the first line since 2.6.25 */
#define NOTE_SIZE_MAX PAGE_SIZE	   /* VMCOREINFO_BYTES */
#define TEXT_MAX      (1u << 30)   /* KERNEL_IMAGE_SIZE */
#define LARGE_PAGE    (2u << 20)

/* A note's header and name as they lie in memory (kernel/vmcore_info.c). */
struct note_start {
	uint32_t name_size, desc_size, type;
	char name[12];
};

/* Where i386 kernels map physical 0 (CONFIG_PAGE_OFFSET), the usual one first. */
static const uint32_t page_offsets[] = {
	0xc0000000, 0xb0000000, 0x80000000, 0x78000000, 0x40000000,
};

/* ---- what becomes the core ---- */

static bool add_load(struct elfcore *core, struct range r, uint64_t vaddr)
{
	return elfcore_add_load(core, &(struct elfcore_load){
					      .flags = PF_R | PF_W | PF_X,
					      .offset = r.start,
					      .paddr = r.start,
					      .vaddr = vaddr,
					      .filesz = range_size(r),
					      .memsz = range_size(r),
				      });
}

/* @page_offset 0: not known. As in an elfcorehdr, an i386 address that is none is -1. */
static uint64_t direct_vaddr(uint16_t machine, uint64_t page_offset, uint64_t paddr)
{
	uint64_t none = machine == EM_386 ? UINT64_MAX : 0;

	return page_offset ? page_offset + paddr : none;
}

/* With @info.data NULL: a core without VMCOREINFO. */
static bool make_core(struct core_memory *m, const struct lent_source *from, uint16_t machine,
		      struct bytes info, uint64_t page_offset)
{
	const struct lent *lent = &from->record->lent;
	struct bytes raw = { (const uint8_t *)from->raw, sizeof(*from->raw) };
	struct elfcore *core = &m->core;
	struct err ignored;

	*m = (struct core_memory){ .read = from->read, .opaque = from->opaque };
	*core = (struct elfcore){ .is64 = true, .machine = machine, .entry = from->peer };
	if (elfcore_add_note(core, "CORE", NT_PRSTATUS,
			     (struct bytes){ NULL, elfcore_prstatus_size(machine) }) &&
	    (!info.data || elfcore_add_note(core, NOTE_NAME, 0, info)) &&
	    elfcore_add_note(core, JUMP_RECORD_NOTE_NAME, LENT_RECORD_NOTE, raw) &&
	    (!lent->low.last ||
	     add_load(core, lent->low, direct_vaddr(machine, page_offset, lent->low.start))) &&
	    add_load(core, lent->window, direct_vaddr(machine, page_offset, lent->window.start)) &&
	    extents_of_core(&m->extents, core, &ignored))
		return true;
	core_memory_deinit(m);
	return false;
}

/* ---- B's kernel ---- */

static bool maps(struct peer_kernel *k, uint64_t vaddr, uint64_t paddr)
{
	uint64_t found, left;
	struct err ignored;

	return page_table_walk(&k->page_table, vaddr, &found, &left, &ignored) && found == paddr;
}

/*
 * Whether the page tables that VMCOREINFO tells of are in B's memory, and map themselves where they
 * are: those of another kernel, of which B may have a copy of the note, are not.
 */
static bool is_right(struct peer_kernel *k)
{
	uint64_t top;

	if (!vmcoreinfo_symbol(k->vmcoreinfo, "init_top_pgt", &top) &&
	    !vmcoreinfo_symbol(k->vmcoreinfo, "swapper_pg_dir", &top))
		return false;
	return maps(k, top, k->page_table.top);
}

/* x86_64: the direct map begins at a multiple of 1 GiB, with physical 0; nothing is below it. */
static uint64_t find_page_offset(struct peer_kernel *k, const struct lent *lent)
{
	uint64_t vaddr;
	struct err ignored;

	return page_table_first_gib(&k->page_table, &vaddr, &ignored) &&
			       maps(k, vaddr + lent->window.start, lent->window.start)
		       ? vaddr
		       : 0;
}

/*
 * x86_64: the kernel's own mapping, from the large page with _stext up to where it ends. There may
 * be holes up to the next large page: what is unused before the data is freed, and not mapped.
 */
static bool add_text(struct core_memory *m, struct peer_kernel *k, const struct lent *lent)
{
	uint64_t stext, first, next, end, paddr, left;
	struct range text;
	struct err ignored;

	if (!vmcoreinfo_symbol(k->vmcoreinfo, "_stext", &stext) ||
	    !page_table_walk(&k->page_table, stext, &first, &left, &ignored))
		return true;
	for (next = end = stext + left; next - stext < TEXT_MAX;) {
		if (!page_table_walk(&k->page_table, next, &paddr, &left, &ignored)) {
			next = (next | (LARGE_PAGE - 1)) + 1;
			continue;
		}
		if (paddr - first != next - stext)
			break;
		end = next += left;
	}
	text = range_of(first & PAGE_MASK, (end - stext) + (first & ~PAGE_MASK));
	if (!range_intersect(text, lent->window, &text))
		return true;
	return add_load(&m->core, text, text.start - first + stext);
}

/* Describes @m by this VMCOREINFO; false, and nothing to free, when it is not B's. */
static bool describe_by(struct core_memory *m, const struct lent_source *from, uint16_t machine,
			struct bytes info, uint64_t page_offset)
{
	const struct lent *lent = &from->record->lent;
	struct peer_kernel k;
	struct err ignored;
	bool ok;

	if (!make_core(m, from, machine, info, page_offset))
		return false;
	if (!peer_kernel_open(&k, m, &ignored)) {
		core_memory_deinit(m);
		return false;
	}
	ok = is_right(&k);
	if (ok && machine == EM_X86_64) {
		page_offset = find_page_offset(&k, lent);
		for (size_t i = 0; page_offset && i < m->core.load_count; i++)
			m->core.loads[i].vaddr = page_offset + m->core.loads[i].paddr;
		ok = add_text(m, &k, lent);
	}
	peer_kernel_close(&k);
	if (!ok)
		core_memory_deinit(m);
	return ok;
}

static bool try_info(struct core_memory *m, const struct lent_source *from, struct bytes info)
{
	int64_t ignored;

	if (vmcoreinfo_number(info, "NUMBER(phys_base)", &ignored))
		return describe_by(m, from, EM_X86_64, info, 0);
	for (size_t i = 0; i < sizeof(page_offsets) / sizeof(page_offsets[0]); i++)
		if (describe_by(m, from, EM_386, info, page_offsets[i]))
			return true;
	return false;
}

/* ---- its VMCOREINFO ---- */

/* The note has whole pages to itself (crash_save_vmcoreinfo_init()). */
static bool try_page(struct core_memory *m, const struct lent_source *from, uint64_t page)
{
	uint8_t text[NOTE_SIZE_MAX];
	struct note_start n;
	struct err ignored;

	return from->read(from->opaque, page, &n, sizeof(n), &ignored) &&
	       n.name_size == sizeof(NOTE_NAME) && !n.type && n.desc_size > strlen(NOTE_START) &&
	       n.desc_size <= NOTE_SIZE_MAX && !strncmp(n.name, NOTE_NAME, sizeof(n.name)) &&
	       from->read(from->opaque, page + sizeof(n), text, n.desc_size, &ignored) &&
	       !memcmp(text, NOTE_START, strlen(NOTE_START)) &&
	       try_info(m, from, (struct bytes){ text, n.desc_size });
}

static bool find(struct core_memory *m, const struct lent_source *from, struct range in)
{
	const struct lent *lent = &from->record->lent;
	uint64_t left = range_size(in) / PAGE_SIZE;

	for (uint64_t page = in.start; left--; page += PAGE_SIZE) {
		const struct range this = range_of(page, PAGE_SIZE);

		/* A's gate and A's own note are there, too. */
		if (!range_overlaps(this, lent->gate) && !range_overlaps(this, lent->headers) &&
		    try_page(m, from, page))
			return true;
	}
	return false;
}

static uint16_t machine_of(const struct lent_source *from)
{
	if (!from->peer_bits)
		return from->record->machine;
	return from->peer_bits == 64 ? EM_X86_64 : EM_386;
}

bool lent_memory_describe(struct core_memory *m, const struct lent_source *from, struct err *e)
{
	const struct record *r = from->record;

	return find(m, from, r->lent.window) ||
	       make_core(m, from, machine_of(from), (struct bytes){ 0 }, 0) ||
	       err_set(e, "no memory to describe the loaded kernel's");
}
