/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "copy.h"
#include "zstd_frame.h"

/* Little-endian, as this machine. */
static uint8_t *put_bytes(uint8_t *to, uint64_t value, unsigned size)
{
	memcpy(to, &value, size);
	return to + size;
}

size_t zstd_frame_put_plain(uint8_t *to, const uint8_t *in, size_t size, enum zstd_block type,
			    uint64_t sum)
{
	uint8_t *at = to;

	at = put_bytes(at, ZSTD_FRAME_MAGIC, 4);
	at = put_bytes(at, ZSTD_FRAME_DESCRIPTOR, 1);
	at = put_bytes(at, size, 4);
	for (size_t done = 0; done < size;) {
		size_t part = size - done < ZSTD_BLOCK_MAX ? size - done : ZSTD_BLOCK_MAX;
		size_t stored = type == ZSTD_BLOCK_RLE ? 1 : part;

		at = put_bytes(at, part << 3 | type << 1 | (done + part == size),
			       ZSTD_BLOCK_HEADER_SIZE);
		copy_bytes(at, in + done, stored);
		at += stored;
		done += part;
	}
	at = put_bytes(at, sum, ZSTD_CHECKSUM_SIZE);
	return at - to;
}

bool zstd_frame_unpack_plain(struct bytes b, uint8_t *out, size_t out_size)
{
	uint64_t at = ZSTD_FRAME_HEADER_SIZE;
	uint8_t *end = out + out_size, descriptor;
	uint32_t word;
	bool last = false;

	if (!bytes_le32(b, 0, &word) || word != ZSTD_FRAME_MAGIC ||
	    !bytes_copy(b, 4, &descriptor, 1) || descriptor != ZSTD_FRAME_DESCRIPTOR ||
	    !bytes_le32(b, 5, &word) || word != out_size)
		return false;
	while (!last) {
		enum zstd_block type;
		struct bytes data;
		uint64_t size;

		/* A checksum follows the last block, so there is a fourth byte. */
		if (!bytes_le32(b, at, &word))
			return false;
		last = word & 1;
		type = word >> 1 & 3;
		size = (word & 0xffffff) >> 3;
		at += ZSTD_BLOCK_HEADER_SIZE;
		if (size > (uint64_t)(end - out) ||
		    (type != ZSTD_BLOCK_RAW && type != ZSTD_BLOCK_RLE) ||
		    !bytes_sub(b, at, type == ZSTD_BLOCK_RLE ? 1 : size, &data))
			return false;
		if (type == ZSTD_BLOCK_RLE)
			memset(out, *data.data, size);
		else
			copy_bytes(out, data.data, size);
		out += size;
		at += data.size;
	}
	return out == end && at + ZSTD_CHECKSUM_SIZE == b.size;
}
