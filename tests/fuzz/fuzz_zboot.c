/* SPDX-License-Identifier: GPL-2.0-only */
/* A zboot image: its payload is in the file, and is of a kind that can be unpacked. */
#include "decompress.h"
#include "fuzz.h"
#include "image_zboot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes payload = {};
	struct err e = {};

	switch (image_zboot_probe(&payload, (struct bytes){ data, size }, &e)) {
	case PROBE_NOT_MINE:
		return 0;
	case PROBE_ERROR:
		prove_error(&e);
		return 0;
	case PROBE_MINE:
		break;
	}
	PROVE(payload.size && payload.data >= data && payload.size <= size &&
	      payload.data + payload.size <= data + size);
	PROVE(compression_probe(payload) != COMPRESSION_NONE);
	taken();
	return 0;
}
