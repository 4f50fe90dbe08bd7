/* SPDX-License-Identifier: GPL-2.0-only */
/* LZ4 blocks (the block format of the LZ4 project), and XXH32, its frames' checksum. */
#ifndef UTIL_LZ4_H
#define UTIL_LZ4_H

#include "bytes.h"

enum lz4_result { LZ4_GOOD, LZ4_DAMAGED, LZ4_FULL };

/*
 * Decodes one whole block to @out + *@size, of @room bytes, and adds to *@size. It may refer to the
 * *@size bytes before it. LZ4_FULL: there is not room enough.
 */
enum lz4_result lz4_decode_block(struct bytes in, uint8_t *out, size_t *size, size_t room);

uint32_t lz4_xxh32(struct bytes in); /* with seed 0 */

#endif
