/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An ELF executable for i386 or x86_64 that is loaded at physical addresses: a vmlinux, a
 * hypervisor, a memory tester. Facts about its bytes, no placement (elf(5); the address that counts
 * is p_paddr). Every byte of it is untrusted.
 */
#ifndef KEXEC_IMAGE_ELF_H
#define KEXEC_IMAGE_ELF_H

#include "bytes.h"
#include "err.h"
#include "probe.h"
#include "range.h"

#define ELF_LOADS_MAX 32

struct elf_load {
	uint64_t paddr, vaddr;
	uint64_t memsz;	   /* > 0; paddr + memsz does not overflow */
	struct bytes data; /* at most memsz bytes; zeros follow */
};

struct image_elf {
	struct bytes file;  /* borrowed */
	unsigned bits;	    /* 32 or 64 */
	bool is_dyn;	    /* ET_DYN: may be moved as a whole, by a multiple of @align */
	uint64_t align;	    /* the largest of its loads', a power of two, at least a page */
	uint64_t entry;	    /* physical, in one of the loads */
	uint64_t pvh_entry; /* of Xen's note PHYS32_ENTRY, in one of the loads; 0: none */
	struct elf_load loads[ELF_LOADS_MAX]; /* by paddr, without overlap */
	size_t load_count;		      /* > 0 */
};

/*
 * Not mine: no ELF file, or an ELF core. What is an ELF file of another kind (for another machine,
 * a program of an operating system, an object) is an error that names it.
 */
enum probe image_elf_probe(struct image_elf *elf, struct bytes file, struct err *e);

/* From the first to the last byte of its memory. */
struct range image_elf_span(const struct image_elf *elf);

/* Whole pages, of the loads that begin at @first: those that share a page with each other. */
struct elf_piece {
	struct range pages;
	struct bytes data; /* from the start of the first page */
	uint8_t *owned;	   /* where the data had to be put together; to be freed by free() */
	size_t load_count; /* of these loads */
};

bool image_elf_piece(const struct image_elf *elf, size_t first, struct elf_piece *piece,
		     struct err *e);

#endif
