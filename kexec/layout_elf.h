/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places the memory of an ELF file, and, for one that is not Linux, what it is handed: kexec-tools'
 * boot notes, or nothing.
 */
#ifndef KEXEC_LAYOUT_ELF_H
#define KEXEC_LAYOUT_ELF_H

#include "host.h"
#include "image_elf.h"
#include "options.h"
#include "plan.h"

/*
 * Adds the segments "kernel", each load at its p_paddr plus @moved (modulo 2^64; whole pages). What
 * is not free RAM is refused.
 */
bool layout_elf_add(struct plan *p, const struct image_elf *elf, uint64_t moved, struct err *e);

/*
 * By how much its loads have to be moved to be in free RAM: 0 where they are, else to the lowest
 * room in @places (last 0: it cannot be moved).
 */
bool layout_elf_move(const struct plan *p, const struct image_elf *elf, struct range places,
		     uint64_t *moved, struct err *e);

struct layout_elf {
	const struct image_elf *elf;
	const struct host *host;
	const struct request *request;
	uint64_t initrd_size; /* bytes of all initrd files */
	const char *cmdline;  /* complete */
};

/* Adds all segments but the purgatory and fills the entry. */
bool layout_elf(struct plan *p, const struct layout_elf *in, struct err *e);

#endif
