/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts: doc/xxhash_spec.md of xxHash. Little-endian machines only. */
#include <string.h>

#include "xxh64.h"

#define PRIME1 0x9e3779b185ebca87u
#define PRIME2 0xc2b2ae3d27d4eb4fu
#define PRIME3 0x165667b19e3779f9u
#define PRIME4 0x85ebca77c2b2ae63u
#define PRIME5 0x27d4eb2f165667c5u

static uint64_t rotate(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static uint64_t word64(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static uint64_t word32(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static uint64_t lane(uint64_t sum, uint64_t word)
{
	return rotate(sum + word * PRIME2, 31) * PRIME1;
}

/* The four lanes over all whole stripes of 32 bytes; *@at is moved past them. */
static uint64_t stripes(const uint8_t **at, size_t size, uint64_t seed)
{
	uint64_t sum[4] = { seed + PRIME1 + PRIME2, seed + PRIME2, seed, seed - PRIME1 }, all;
	const uint8_t *p = *at;

	for (; size >= 32; size -= 32, p += 32) {
		sum[0] = lane(sum[0], word64(p));
		sum[1] = lane(sum[1], word64(p + 8));
		sum[2] = lane(sum[2], word64(p + 16));
		sum[3] = lane(sum[3], word64(p + 24));
	}
	all = rotate(sum[0], 1) + rotate(sum[1], 7) + rotate(sum[2], 12) + rotate(sum[3], 18);
	for (unsigned i = 0; i < 4; i++)
		all = (all ^ lane(0, sum[i])) * PRIME1 + PRIME4;
	*at = p;
	return all;
}

uint64_t xxh64(const void *data, size_t size, uint64_t seed)
{
	const uint8_t *p = data, *end = p + size;
	uint64_t sum = size >= 32 ? stripes(&p, size, seed) : seed + PRIME5;

	sum += size;
	for (; end - p >= 8; p += 8)
		sum = rotate(sum ^ lane(0, word64(p)), 27) * PRIME1 + PRIME4;
	for (; end - p >= 4; p += 4)
		sum = rotate(sum ^ word32(p) * PRIME1, 23) * PRIME2 + PRIME3;
	for (; p < end; p++)
		sum = rotate(sum ^ *p * PRIME5, 11) * PRIME1;
	sum = (sum ^ sum >> 33) * PRIME2;
	sum = (sum ^ sum >> 29) * PRIME3;
	return sum ^ sum >> 32;
}
