/* SPDX-License-Identifier: GPL-2.0-only */
/* An ELF kernel: what is taken is inside the file, sorted, and whole pages of it do not overlap. */
#include "fuzz.h"
#include "image_elf.h"
#include "vmlinux.h"
#include "x86.h"

static bool is_loaded(const struct image_elf *elf, uint64_t paddr)
{
	for (size_t i = 0; i < elf->load_count; i++) {
		if (paddr >= elf->loads[i].paddr &&
		    paddr - elf->loads[i].paddr < elf->loads[i].memsz)
			return true;
	}
	return false;
}

static void prove_pieces(const struct image_elf *elf)
{
	struct elf_piece piece;
	uint64_t last = 0;
	struct err e = {};

	for (size_t i = 0; i < elf->load_count; i += piece.load_count) {
		if (!image_elf_piece(elf, i, &piece, &e)) {
			prove_error(&e);
			return;
		}
		PROVE(piece.load_count && i + piece.load_count <= elf->load_count);
		PROVE(!(piece.pages.start % PAGE_SIZE) && !((piece.pages.last + 1) % PAGE_SIZE));
		PROVE(piece.data.size <= range_size(piece.pages));
		PROVE(!i || piece.pages.start > last);
		last = piece.pages.last;
		free(piece.owned);
	}
}

static void prove_kernel(const struct image_elf *elf)
{
	struct linux_kernel k;

	if (!vmlinux_find(&k, elf))
		return;
	PROVE(memchr(k.version, 0, sizeof(k.version)));
	PROVE(k.align && !(k.align & (k.align - 1)) && !(k.preferred % PAGE_SIZE));
	PROVE(k.entry_64 < k.init_size && k.entry_32 < k.init_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_elf elf;
	struct err e = {};

	switch (image_elf_probe(&elf, (struct bytes){ data, size }, &e)) {
	case PROBE_NOT_MINE:
		return 0;
	case PROBE_ERROR:
		prove_error(&e);
		return 0;
	case PROBE_MINE:
		break;
	}
	PROVE(elf.load_count && elf.load_count <= ELF_LOADS_MAX && is_loaded(&elf, elf.entry));
	PROVE(!elf.pvh_entry || is_loaded(&elf, elf.pvh_entry));
	for (size_t i = 0; i < elf.load_count; i++) {
		const struct elf_load *l = &elf.loads[i];

		PROVE(l->memsz && l->data.size <= l->memsz && l->paddr + l->memsz > l->paddr);
		PROVE(!l->data.size ||
		      (l->data.data >= data && l->data.data + l->data.size <= data + size));
		PROVE(!i || l->paddr - l[-1].paddr >= l[-1].memsz);
		PROVE(elf.bits == 64 || l->paddr + l->memsz <= FOUR_GIB);
	}
	prove_pieces(&elf);
	prove_kernel(&elf);
	taken();
	return 0;
}
