/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zstd's frames and blocks, as zstd_compression_format.md has them: what is read and written here
 * without the library, and with less work.
 */
#ifndef CORE_IMAGE_ZSTD_FRAME_H
#define CORE_IMAGE_ZSTD_FRAME_H

#include "bytes.h"

#define ZSTD_FRAME_MAGIC 0xfd2fb528u
/* Frame header descriptor: content size of 4 bytes, single segment, content checksum. */
#define ZSTD_FRAME_DESCRIPTOR  0xa4
#define ZSTD_FRAME_HEADER_SIZE 9 /* magic, descriptor, content size */
#define ZSTD_BLOCK_HEADER_SIZE 3 /* u24: last, type << 1, size << 3 */
#define ZSTD_BLOCK_MAX	       (128u << 10)
#define ZSTD_CHECKSUM_SIZE     4 /* the low half of the content's XXH64 */

enum zstd_block { ZSTD_BLOCK_RAW, ZSTD_BLOCK_RLE, ZSTD_BLOCK_COMPRESSED, ZSTD_BLOCK_RESERVED };

/*
 * Writes a frame of @size bytes whose blocks are stored as they are (ZSTD_BLOCK_RAW), or all repeat
 * the byte at @in (ZSTD_BLOCK_RLE); returns its bytes. @sum: the XXH64 of the content.
 */
size_t zstd_frame_put_plain(uint8_t *to, const uint8_t *in, size_t size, enum zstd_block type,
			    uint64_t sum);
/*
 * The content of such a frame, @out_size bytes; its checksum is not looked at, as the caller has
 * one of what is stored. False when it is another one, or not whole: a decompressor will tell.
 */
bool zstd_frame_unpack_plain(struct bytes b, uint8_t *out, size_t out_size);

#endif
