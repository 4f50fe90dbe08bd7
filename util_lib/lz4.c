/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "lz4.h"

#define MATCH_MIN 4
#define MORE	  15 /* of a length's four bits: more bytes follow, up to the first below 255 */

struct block {
	struct bytes in; /* what is left of it */
	uint8_t *out;
	size_t size, room;
};

static bool take_byte(struct block *b, uint8_t *byte)
{
	if (!b->in.size)
		return false;
	*byte = *b->in.data++;
	b->in.size--;
	return true;
}

static bool take_length(struct block *b, size_t *length)
{
	uint8_t byte = 255;

	if (*length != MORE)
		return true;
	while (byte == 255) {
		if (!take_byte(b, &byte) || __builtin_add_overflow(*length, byte, length))
			return false;
	}
	return true;
}

static enum lz4_result copy_literals(struct block *b, size_t length)
{
	if (length > b->in.size)
		return LZ4_DAMAGED;
	if (length > b->room - b->size)
		return LZ4_FULL;
	if (length)
		memcpy(b->out + b->size, b->in.data, length);
	b->in.data += length;
	b->in.size -= length;
	b->size += length;
	return LZ4_GOOD;
}

/* The two may overlap, and then what was just written is copied on. */
static enum lz4_result copy_match(struct block *b, size_t length)
{
	uint8_t low, high;
	size_t offset;

	if (!take_byte(b, &low) || !take_byte(b, &high) || !take_length(b, &length))
		return LZ4_DAMAGED;
	offset = (size_t)high << 8 | low;
	if (!offset || offset > b->size || __builtin_add_overflow(length, MATCH_MIN, &length))
		return LZ4_DAMAGED;
	if (length > b->room - b->size)
		return LZ4_FULL;
	for (size_t i = 0; i < length; i++, b->size++)
		b->out[b->size] = b->out[b->size - offset];
	return LZ4_GOOD;
}

enum lz4_result lz4_decode_block(struct bytes in, uint8_t *out, size_t *size, size_t room)
{
	struct block b = { .in = in, .out = out, .size = *size, .room = room };
	enum lz4_result result = LZ4_DAMAGED;
	uint8_t token;

	while (take_byte(&b, &token)) {
		size_t literals = token >> 4;

		if (!take_length(&b, &literals))
			return LZ4_DAMAGED;
		result = copy_literals(&b, literals);
		if (result != LZ4_GOOD || !b.in.size) /* the last sequence has no match */
			break;
		result = copy_match(&b, token & MORE);
		if (result != LZ4_GOOD)
			break;
		result = LZ4_DAMAGED; /* should it end here */
	}
	*size = b.size;
	return result;
}

/* ---- XXH32 ---- */

#define PRIME_1 2654435761u
#define PRIME_2 2246822519u
#define PRIME_3 3266489917u
#define PRIME_4 668265263u
#define PRIME_5 374761393u

static uint32_t rotate(uint32_t n, unsigned bits)
{
	return n << bits | n >> (32 - bits);
}

static uint32_t mix(uint32_t sum, uint32_t word)
{
	return rotate(sum + word * PRIME_2, 13) * PRIME_1;
}

uint32_t lz4_xxh32(struct bytes in)
{
	uint32_t sums[] = { PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1 }, sum = PRIME_5, word;
	uint64_t at = 0;

	if (in.size >= 16) {
		for (; in.size - at >= 16; at += 16) {
			for (size_t i = 0; i < 4; i++) {
				bytes_le32(in, at + 4 * i, &word);
				sums[i] = mix(sums[i], word);
			}
		}
		sum = rotate(sums[0], 1) + rotate(sums[1], 7) + rotate(sums[2], 12) +
		      rotate(sums[3], 18);
	}
	sum += (uint32_t)in.size;
	for (; bytes_le32(in, at, &word); at += 4)
		sum = rotate(sum + word * PRIME_3, 17) * PRIME_4;
	for (; at < in.size; at++)
		sum = rotate(sum + in.data[at] * PRIME_5, 11) * PRIME_1;
	sum = (sum ^ sum >> 15) * PRIME_2;
	sum = (sum ^ sum >> 13) * PRIME_3;
	return sum ^ sum >> 16;
}
