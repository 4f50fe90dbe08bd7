/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "image_program.h"

#define SETUP_MAGIC_AT 0x202 /* "HdrS": a bzImage (Documentation/arch/x86/boot.rst) */

static bool is_kernel(struct bytes file)
{
	char magic[4];

	return bytes_copy(file, SETUP_MAGIC_AT, magic, sizeof(magic)) && !memcmp(magic, "HdrS", 4);
}

static bool check_header(const Elf32_Ehdr *h, struct err *e)
{
	if (h->e_ident[EI_CLASS] == ELFCLASS64)
		return err_set(e, "a 64-bit program; programs are called in 32-bit mode");
	if (h->e_ident[EI_CLASS] != ELFCLASS32 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->e_machine != EM_386)
		return err_set(e, "an ELF file, but not one for i386");
	if (h->e_type != ET_EXEC)
		return err_set(e, "an ELF file of type %u; a program has fixed addresses (ET_EXEC)",
			       h->e_type);
	if (h->e_phentsize != sizeof(Elf32_Phdr))
		return err_set(e, "its program headers have %u bytes instead of %zu",
			       h->e_phentsize, sizeof(Elf32_Phdr));
	return true;
}

static bool add_load(struct image_program *p, struct bytes file, const Elf32_Phdr *h, struct err *e)
{
	struct program_load *l = &p->loads[p->load_count];
	uint32_t end;

	if (h->p_type != PT_LOAD || !h->p_memsz)
		return true;
	if (p->load_count == PROGRAM_LOADS_MAX)
		return err_set(e, "more than %d program headers to load", PROGRAM_LOADS_MAX);
	if (h->p_filesz > h->p_memsz)
		return err_set(e, "a program header has more bytes in the file than in memory");
	if (__builtin_add_overflow(h->p_paddr, h->p_memsz - 1, &end))
		return err_set(e, "a program header goes beyond 4 GiB");
	if (!bytes_sub(file, h->p_offset, h->p_filesz, &l->data))
		return err_set(e, "a program header goes beyond the end of the file");
	l->paddr = h->p_paddr;
	l->memsz = h->p_memsz;
	p->load_count++;
	return true;
}

static bool check_entry(const struct image_program *p, struct err *e)
{
	for (size_t i = 0; i < p->load_count; i++)
		if (p->entry >= p->loads[i].paddr &&
		    p->entry - p->loads[i].paddr < p->loads[i].memsz)
			return true;
	return err_set(e, "its entry %#" PRIx32 " is in nothing that is loaded", p->entry);
}

static bool check_size(const struct image_program *p, struct err *e)
{
	uint64_t first = UINT32_MAX, end = 0;

	for (size_t i = 0; i < p->load_count; i++) {
		const struct program_load *l = &p->loads[i];

		if (l->paddr < first)
			first = l->paddr;
		if ((uint64_t)l->paddr + l->memsz > end)
			end = (uint64_t)l->paddr + l->memsz;
	}
	return end - first <= PROGRAM_SIZE_MAX ||
	       err_set(e, "it reaches from %#" PRIx64 " to %#" PRIx64 ", more than %u MiB", first,
		       end - 1, PROGRAM_SIZE_MAX >> 20);
}

static bool parse_elf(struct image_program *p, struct bytes file, struct err *e)
{
	Elf32_Ehdr h;
	Elf32_Phdr phdr;

	if (!bytes_copy(file, 0, &h, sizeof(h)))
		return err_set(e, "an ELF file that ends in its header");
	if (!check_header(&h, e))
		return false;
	for (uint64_t i = 0; i < h.e_phnum; i++) {
		if (!bytes_copy(file, h.e_phoff + i * sizeof(phdr), &phdr, sizeof(phdr)))
			return err_set(e, "its program headers go beyond the end of the file");
		if (!add_load(p, file, &phdr, e))
			return false;
	}
	p->entry = h.e_entry;
	return check_entry(p, e) && check_size(p, e);
}

bool image_program_parse(struct image_program *p, struct bytes file, struct err *e)
{
	*p = (struct image_program){ 0 };
	if (is_kernel(file))
		return err_set(e, "a Linux kernel, which is not called but jumped to: "
				  "--load-preserve-context without --args-none");
	if (file.size >= SELFMAG && !memcmp(file.data, ELFMAG, SELFMAG))
		return parse_elf(p, file, e);
	if (file.size > PROGRAM_SIZE_MAX)
		return err_set(e, "a flat program of %zu bytes, more than %u MiB", file.size,
			       PROGRAM_SIZE_MAX >> 20);
	p->is_flat = true;
	p->loads[0] = (struct program_load){ .memsz = file.size, .data = file };
	p->load_count = 1;
	return true;
}
