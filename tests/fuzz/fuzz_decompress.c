/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compressed files: never more comes out than the limit; what comes out needs a limit of just its
 * size, and is the same when done again; one byte less is refused.
 */
#include "decompress.h"
#include "fuzz.h"

#define LIMIT (256u << 10)

#if !HAVE_BZIP2 && !HAVE_LZ4 && !HAVE_LZMA && !HAVE_ZLIB && !HAVE_ZSTD
const bool fuzz_takes_nothing = true;
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	uint8_t *out, *again;
	size_t out_size, again_size;
	struct err e = {};

	if (!decompress(in, LIMIT, &out, &out_size, &e)) {
		prove_error(&e);
		return 0;
	}
	PROVE(compression_probe(in) != COMPRESSION_NONE);
	PROVE(out_size <= LIMIT);
	PROVE(decompress(in, out_size, &again, &again_size, &e));
	PROVE(again_size == out_size && !memcmp(again, out, out_size));
	free(again);
	if (out_size)
		PROVE(!decompress(in, out_size - 1, &again, &again_size, &e));
	free(out);
	taken();
	return 0;
}
