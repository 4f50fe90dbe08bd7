/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that is called in physical mode: an ELF32 file for i386, linked at fixed addresses, or
 * a flat binary. Every byte of it is untrusted.
 */
#ifndef KEXEC_IMAGE_PROGRAM_H
#define KEXEC_IMAGE_PROGRAM_H

#include "bytes.h"
#include "err.h"

#define PROGRAM_LOADS_MAX 16
#define PROGRAM_SIZE_MAX  (16u << 20) /* bytes, from its lowest to its highest address */

struct program_load {
	uint32_t paddr, memsz;
	struct bytes data;
};

struct image_program {
	bool is_flat;	/* the whole file; its place is chosen, and it is entered at its start */
	uint32_t entry; /* of an ELF file, inside one of its loads */
	struct program_load loads[PROGRAM_LOADS_MAX];
	size_t load_count;
};

/* Borrows from @file. Refuses kernels, and ELF files of any other kind. */
bool image_program_parse(struct image_program *p, struct bytes file, struct err *e);

#endif
