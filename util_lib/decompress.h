/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gzip, xz, zstd, lz4, bzip2 and lzma streams, told apart by their first bytes, with a bound on
 * what comes out.
 */
#ifndef UTIL_DECOMPRESS_H
#define UTIL_DECOMPRESS_H

#include "bytes.h"
#include "err.h"

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_XZ,
	COMPRESSION_ZSTD,
	COMPRESSION_LZ4,
	COMPRESSION_LZ4_LEGACY, /* as "lz4 -l" and the kernel's build make it */
	COMPRESSION_BZIP2,
	COMPRESSION_LZMA,
};

enum compression compression_probe(struct bytes in);

/*
 * Decompresses the whole of @in (one or more members, nothing but zero bytes after them) into new
 * memory of *@out_size bytes, freed by the caller with free(). Errors: a compressor that this
 * build was made without, damaged or truncated input, more than @limit bytes of output, no memory.
 */
bool decompress(struct bytes in, uint64_t limit, uint8_t **out, size_t *out_size, struct err *e);

#endif
