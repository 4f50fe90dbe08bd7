/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A multiboot kernel, of version 1 or 2 (include/multiboot.h): facts about its bytes, no placement.
 * Every byte of it is untrusted.
 */
#ifndef KEXEC_IMAGE_MULTIBOOT_H
#define KEXEC_IMAGE_MULTIBOOT_H

#include "image_elf.h"

struct image_multiboot {
	unsigned version;     /* 1 or 2 */
	struct image_elf elf; /* its memory and entry, also where the header itself has them */
	bool wants_screen;    /* it cannot do without information on the screen ... */
	bool takes_screen;    /* ... or it can */
	/* Version 2: may be moved, to a multiple of elf.align in this range (last 0: not). */
	struct range places;
};

/*
 * Not mine: a file without such a header, or with one whose kernel is neither an ELF file nor says
 * where it goes. A header that wants what we do not have is an error that names it.
 */
enum probe image_multiboot_probe(struct image_multiboot *m, struct bytes file, unsigned version,
				 struct err *e);

#endif
