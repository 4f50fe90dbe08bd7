/* SPDX-License-Identifier: GPL-2.0-only */
/* A multiboot kernel of either version: what is taken is inside the file and below 4 GiB. */
#include "fuzz.h"
#include "image_multiboot.h"
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

static void prove_loads(const struct image_elf *elf, const uint8_t *data, size_t size)
{
	PROVE(elf->load_count && elf->load_count <= ELF_LOADS_MAX);
	PROVE(is_loaded(elf, elf->entry) && image_elf_span(elf).last < FOUR_GIB);
	for (size_t i = 0; i < elf->load_count; i++) {
		const struct elf_load *l = &elf->loads[i];

		PROVE(l->memsz && l->data.size <= l->memsz);
		PROVE(!l->data.size ||
		      (l->data.data >= data && l->data.data + l->data.size <= data + size));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned version = 1; version <= 2; version++) {
		struct image_multiboot m;
		struct err e = {};

		switch (image_multiboot_probe(&m, (struct bytes){ data, size }, version, &e)) {
		case PROBE_NOT_MINE:
			break;
		case PROBE_ERROR:
			prove_error(&e);
			break;
		case PROBE_MINE:
			prove_loads(&m.elf, data, size);
			PROVE(m.elf.align && !(m.elf.align & (m.elf.align - 1)));
			PROVE(m.places.start <= m.places.last);
			taken();
			break;
		}
	}
	return 0;
}
