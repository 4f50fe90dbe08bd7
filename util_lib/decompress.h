/* SPDX-License-Identifier: GPL-2.0-only */
/* gzip, xz and zstd streams, told apart by their first bytes, with a bound on what comes out. */
#ifndef UTIL_DECOMPRESS_H
#define UTIL_DECOMPRESS_H

#include "bytes.h"
#include "err.h"

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_XZ, COMPRESSION_ZSTD };

enum compression compression_probe(struct bytes in);

/*
 * Decompresses the whole of @in (one or more members, nothing but zero bytes after them) into new
 * memory of *@out_size bytes, freed by the caller with free(). Errors: a compressor that this
 * build was made without, damaged or truncated input, more than @limit bytes of output, no memory.
 */
bool decompress(struct bytes in, uint64_t limit, uint8_t **out, size_t *out_size, struct err *e);

#endif
