/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames and blocks, as zstd_compression_format.md has them: what we read and write ourselves. */
#ifndef CORE_IMAGE_ZSTD_FORMAT_H
#define CORE_IMAGE_ZSTD_FORMAT_H

#define ZSTD_FRAME_MAGIC 0xfd2fb528u
/* Frame header descriptor: content size of 4 bytes, single segment, content checksum. */
#define ZSTD_FRAME_DESCRIPTOR  0xa4
#define ZSTD_FRAME_HEADER_SIZE 9 /* magic, descriptor, content size */
#define ZSTD_BLOCK_HEADER_SIZE 3 /* u24: last, type << 1, size << 3 */
#define ZSTD_BLOCK_MAX	       (128u << 10)
#define ZSTD_CHECKSUM_SIZE     4 /* the low half of the content's XXH64 */

enum zstd_block { ZSTD_BLOCK_RAW, ZSTD_BLOCK_RLE, ZSTD_BLOCK_COMPRESSED, ZSTD_BLOCK_RESERVED };

#endif
