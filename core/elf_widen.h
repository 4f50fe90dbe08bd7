/* SPDX-License-Identifier: GPL-2.0-only */
/* Headers of 32-bit ELF files as 64-bit ones, for readers of both; and their sizes. */
#ifndef CORE_ELF_WIDEN_H
#define CORE_ELF_WIDEN_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline Elf64_Ehdr elf_widen_ehdr(const Elf32_Ehdr *h)
{
	Elf64_Ehdr wide = {
		.e_type = h->e_type,
		.e_machine = h->e_machine,
		.e_version = h->e_version,
		.e_entry = h->e_entry,
		.e_phoff = h->e_phoff,
		.e_shoff = h->e_shoff,
		.e_flags = h->e_flags,
		.e_ehsize = h->e_ehsize,
		.e_phentsize = h->e_phentsize,
		.e_phnum = h->e_phnum,
		.e_shentsize = h->e_shentsize,
		.e_shnum = h->e_shnum,
		.e_shstrndx = h->e_shstrndx,
	};

	memcpy(wide.e_ident, h->e_ident, sizeof(wide.e_ident));
	return wide;
}

static inline Elf64_Phdr elf_widen_phdr(const Elf32_Phdr *p)
{
	return (Elf64_Phdr){
		.p_type = p->p_type,
		.p_flags = p->p_flags,
		.p_offset = p->p_offset,
		.p_vaddr = p->p_vaddr,
		.p_paddr = p->p_paddr,
		.p_filesz = p->p_filesz,
		.p_memsz = p->p_memsz,
		.p_align = p->p_align,
	};
}

static inline size_t elf_phdr_size(bool is64)
{
	return is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}

#endif
