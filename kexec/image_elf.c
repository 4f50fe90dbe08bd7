/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elf_widen.h"
#include "elfcore.h"
#include "image_elf.h"
#include "x86.h"

#define PIECE_MAX (UINT64_C(256) << 20) /* bytes that are put together */

/* The public interface of Xen */
#define XEN_NAME	 "Xen"
#define XEN_PHYS32_ENTRY 18

/* ---- Headers, both classes as ELF64 ---- */

static bool read_ehdr(struct bytes file, Elf64_Ehdr *to)
{
	Elf32_Ehdr h;

	if (file.data[EI_CLASS] == ELFCLASS64)
		return bytes_copy(file, 0, to, sizeof(*to));
	if (!bytes_copy(file, 0, &h, sizeof(h)))
		return false;
	*to = elf_widen_ehdr(&h);
	return true;
}

static bool read_phdr(const struct image_elf *elf, uint64_t at, Elf64_Phdr *to)
{
	Elf32_Phdr p;

	if (elf->bits == 64)
		return bytes_copy(elf->file, at, to, sizeof(*to));
	if (!bytes_copy(elf->file, at, &p, sizeof(p)))
		return false;
	*to = elf_widen_phdr(&p);
	return true;
}

static const char *machine_name(unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {
		{ EM_PPC, "PowerPC" },	 { EM_PPC64, "64-bit PowerPC" },
		{ EM_S390, "s390" },	 { EM_ARM, "32-bit ARM" },
		{ EM_IA_64, "Itanium" }, { EM_AARCH64, "ARM64" },
		{ EM_MIPS, "MIPS" },	 { EM_RISCV, "RISC-V" },
		{ EM_SPARC, "SPARC" },	 { 258 /* EM_LOONGARCH */, "LoongArch" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].machine == machine)
			return names[i].name;
	}
	return NULL;
}

static bool check_machine(const struct image_elf *elf, const Elf64_Ehdr *h, struct err *e)
{
	const char *name = machine_name(h->e_machine);

	if (h->e_ident[EI_DATA] == ELFDATA2LSB &&
	    h->e_machine == (elf->bits == 64 ? EM_X86_64 : EM_386))
		return true;
	if (name)
		return err_set(e, "an ELF file for %s: this machine takes x86_64 and i386 ones",
			       name);
	return err_set(e,
		       "a %u-bit ELF file for machine %u: this machine takes x86_64 (64 bit) and "
		       "i386 (32 bit) ones",
		       elf->bits, h->e_machine);
}

static bool check_type(struct image_elf *elf, const Elf64_Ehdr *h, struct err *e)
{
	elf->is_dyn = h->e_type == ET_DYN;
	if (h->e_type == ET_EXEC || h->e_type == ET_DYN)
		return true;
	if (h->e_type == ET_REL)
		return err_set(e, "an ELF object, such as a kernel module: name the kernel itself");
	return err_set(e, "an ELF file of type %u: a kernel is an executable (ET_EXEC, ET_DYN)",
		       h->e_type);
}

/* ---- Program headers ---- */

static bool add_load(struct image_elf *elf, const Elf64_Phdr *p, struct err *e)
{
	struct elf_load *l = &elf->loads[elf->load_count];
	uint64_t end;

	if (!p->p_memsz)
		return !p->p_filesz || err_set(e, "more bytes in the file than in memory");
	if (elf->load_count == ELF_LOADS_MAX)
		return err_set(e, "more than %d segments to load", ELF_LOADS_MAX);
	if (p->p_filesz > p->p_memsz)
		return err_set(e, "more bytes in the file than in memory");
	if (__builtin_add_overflow(p->p_paddr, p->p_memsz, &end) || end > UINT64_MAX - PAGE_SIZE ||
	    (elf->bits == 32 && end > FOUR_GIB))
		return err_set(e, "goes beyond the end of the address space");
	if (!bytes_sub(elf->file, p->p_offset, p->p_filesz, &l->data))
		return err_set(e, "goes beyond the end of the file, which was cut short");
	l->paddr = p->p_paddr;
	l->vaddr = p->p_vaddr;
	l->memsz = p->p_memsz;
	if (p->p_align > elf->align && !(p->p_align & (p->p_align - 1)))
		elf->align = p->p_align;
	elf->load_count++;
	return true;
}

/* Of a note segment, and no more than is well formed: nothing depends on the rest. */
static void read_notes(struct image_elf *elf, const Elf64_Phdr *p)
{
	struct elfcore_note n;
	struct bytes notes;

	if (!bytes_sub(elf->file, p->p_offset, p->p_filesz, &notes))
		return;
	while (elfcore_take_note(&notes, &n)) {
		if (n.type == XEN_PHYS32_ENTRY && elfcore_note_is_named(&n, XEN_NAME) &&
		    n.desc.size && n.desc.size <= sizeof(elf->pvh_entry)) {
			elf->pvh_entry = 0;
			memcpy(&elf->pvh_entry, n.desc.data, n.desc.size);
		}
	}
}

static bool read_program_header(struct image_elf *elf, const Elf64_Phdr *p, struct err *e)
{
	switch (p->p_type) {
	case PT_LOAD:
		return add_load(elf, p, e);
	case PT_INTERP:
	case PT_TLS:
		return err_set(e, "a program for an operating system, not a kernel");
	case PT_NOTE:
		read_notes(elf, p);
		return true;
	default:
		return true;
	}
}

static bool read_program_headers(struct image_elf *elf, const Elf64_Ehdr *h, struct err *e)
{
	size_t size = elf_phdr_size(elf->bits == 64);
	Elf64_Phdr p;

	if (h->e_phnum && h->e_phentsize != size)
		return err_set(e, "its program headers have %u bytes instead of %zu",
			       h->e_phentsize, size);
	for (unsigned i = 0; i < h->e_phnum; i++) {
		uint64_t at;

		if (__builtin_add_overflow(h->e_phoff, i * size, &at) || !read_phdr(elf, at, &p))
			return err_set(e, "its program headers go beyond the end of the file");
		if (!read_program_header(elf, &p, e))
			return p.p_type != PT_LOAD ? false : err_prefix(e, "program header %u", i);
	}
	return elf->load_count || err_set(e, "an ELF file with nothing to load");
}

static int by_paddr(const void *a, const void *b)
{
	const struct elf_load *l = a, *m = b;

	return (l->paddr > m->paddr) - (l->paddr < m->paddr);
}

static bool sort_loads(struct image_elf *elf, struct err *e)
{
	qsort(elf->loads, elf->load_count, sizeof(elf->loads[0]), by_paddr);
	for (size_t i = 1; i < elf->load_count; i++) {
		const struct elf_load *l = &elf->loads[i - 1], *m = &elf->loads[i];

		if (m->paddr - l->paddr < l->memsz)
			return err_set(e,
				       "its segments of %#" PRIx64 " bytes at %#" PRIx64
				       " and of %#" PRIx64 " bytes at %#" PRIx64 " overlap",
				       l->memsz, l->paddr, m->memsz, m->paddr);
	}
	return true;
}

static bool is_loaded(const struct image_elf *elf, uint64_t paddr)
{
	for (size_t i = 0; i < elf->load_count; i++) {
		const struct elf_load *l = &elf->loads[i];

		if (paddr >= l->paddr && paddr - l->paddr < l->memsz)
			return true;
	}
	return false;
}

/* Most files have a physical entry; where it can only be a virtual one, it is translated. */
static bool find_entry(struct image_elf *elf, uint64_t entry, struct err *e)
{
	elf->entry = entry;
	if (is_loaded(elf, entry))
		return true;
	for (size_t i = 0; i < elf->load_count; i++) {
		const struct elf_load *l = &elf->loads[i];

		if (entry >= l->vaddr && entry - l->vaddr < l->memsz) {
			elf->entry = l->paddr + (entry - l->vaddr);
			return true;
		}
	}
	return err_set(e, "its entry %#" PRIx64 " is in nothing that is loaded", entry);
}

static bool parse(struct image_elf *elf, struct err *e)
{
	Elf64_Ehdr h;

	if (!read_ehdr(elf->file, &h))
		return err_set(e, "an ELF file that ends in its header");
	if (!check_machine(elf, &h, e) || !check_type(elf, &h, e) ||
	    !read_program_headers(elf, &h, e) || !sort_loads(elf, e) ||
	    !find_entry(elf, h.e_entry, e))
		return false;
	if (elf->pvh_entry >= FOUR_GIB || !is_loaded(elf, elf->pvh_entry))
		elf->pvh_entry = 0;
	return true;
}

enum probe image_elf_probe(struct image_elf *elf, struct bytes file, struct err *e)
{
	uint16_t type;

	*elf = (struct image_elf){ .file = file, .align = PAGE_SIZE };
	if (file.size < SELFMAG || memcmp(file.data, ELFMAG, SELFMAG))
		return PROBE_NOT_MINE;
	if (file.size < EI_NIDENT) {
		err_set(e, "an ELF file that ends in its header");
		return PROBE_ERROR;
	}
	if (file.data[EI_DATA] == ELFDATA2LSB && bytes_le16(file, EI_NIDENT, &type) &&
	    type == ET_CORE)
		return PROBE_NOT_MINE;
	elf->bits = file.data[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	return parse(elf, e) ? PROBE_MINE : PROBE_ERROR;
}

/* ---- Its memory ---- */

struct range image_elf_span(const struct image_elf *elf)
{
	const struct elf_load *last = &elf->loads[elf->load_count - 1];

	return (struct range){ elf->loads[0].paddr, last->paddr + (last->memsz - 1) };
}

/* How many loads, from this one, share a page with the one before them. */
static size_t count_shared(const struct image_elf *elf, size_t first)
{
	size_t n = 1;

	while (first + n < elf->load_count) {
		const struct elf_load *l = &elf->loads[first + n];

		if ((l->paddr & PAGE_MASK) >= page_up(l[-1].paddr + l[-1].memsz))
			break;
		n++;
	}
	return n;
}

static bool put_together(const struct elf_load *loads, struct elf_piece *piece, struct err *e)
{
	uint64_t start = piece->pages.start, size = 0;

	for (size_t i = 0; i < piece->load_count; i++) {
		if (loads[i].data.size)
			size = loads[i].paddr + loads[i].data.size - start;
	}
	if (size > PIECE_MAX)
		return err_set(e,
			       "its segments at %#" PRIx64 " and after share pages, and have more "
			       "than %" PRIu64 " MiB",
			       start, PIECE_MAX / MIB);
	if (!size)
		return true;
	piece->owned = calloc(1, size);
	if (!piece->owned)
		return err_set(e, "out of memory");
	piece->data = (struct bytes){ piece->owned, size };
	for (size_t i = 0; i < piece->load_count; i++)
		bytes_copy(loads[i].data, 0, piece->owned + (loads[i].paddr - start),
			   loads[i].data.size);
	return true;
}

bool image_elf_piece(const struct image_elf *elf, size_t first, struct elf_piece *piece,
		     struct err *e)
{
	const struct elf_load *loads = &elf->loads[first], *last;

	*piece = (struct elf_piece){ .load_count = count_shared(elf, first) };
	last = &loads[piece->load_count - 1];
	piece->pages.start = loads[0].paddr & PAGE_MASK;
	piece->pages.last = page_up(last->paddr + last->memsz) - 1;
	if (piece->load_count > 1 || piece->pages.start != loads[0].paddr)
		return put_together(loads, piece, e);
	piece->data = loads[0].data;
	return true;
}
