/* SPDX-License-Identifier: GPL-2.0-only */
/* A program to be called in physical mode: what is taken is inside the file, and below 4 GiB. */
#include "fuzz.h"
#include "image_program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes file = { data, size };
	struct image_program p;
	struct err e = {};
	bool has_entry = false;

	if (!image_program_parse(&p, file, &e)) {
		prove_error(&e);
		return 0;
	}
	PROVE(p.load_count && p.load_count <= PROGRAM_LOADS_MAX);
	for (size_t i = 0; i < p.load_count; i++) {
		const struct program_load *l = &p.loads[i];

		PROVE(l->data.size <= l->memsz);
		PROVE(l->data.data >= data && l->data.data + l->data.size <= data + size);
		PROVE(p.is_flat || (uint64_t)l->paddr + l->memsz <= UINT64_C(1) << 32);
		has_entry |= p.entry >= l->paddr && p.entry - l->paddr < l->memsz;
	}
	PROVE(p.is_flat || has_entry);
	taken();
	return 0;
}
