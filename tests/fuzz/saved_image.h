/* SPDX-License-Identifier: GPL-2.0-only */
/* A saved image whose own digests are made right again: what lies behind them is to be tested. */
#ifndef FUZZ_SAVED_IMAGE_H
#define FUZZ_SAVED_IMAGE_H

#include "fuzz.h"

#include "core_image.h"
#include "sha256.h"
#include "xxh64.h"

static inline uint32_t word_at(const uint8_t *data, size_t at)
{
	uint32_t word;

	memcpy(&word, data + at, sizeof(word));
	return word;
}

/* The digests of the frames that the seek table names, as far as they are inside. */
static inline void reseal_frames(uint8_t *data, size_t digests, size_t seek, uint32_t count)
{
	uint64_t at = IMAGE_HEADER_SIZE;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t size = word_at(data, seek + 16 + 8ull * i);
		uint64_t digest;

		if (size > digests || at > digests - size)
			return;
		digest = xxh64(data + at, size, 0);
		memcpy(data + digests + 8 + 8ull * i, &digest, sizeof(digest));
		at += size;
	}
}

static inline void reseal_tables(struct image_header *h, uint8_t *data, size_t size)
{
	uint64_t end = h->image_size && h->image_size < size ? h->image_size : size, tables, seek;
	struct sha256 s;
	uint32_t count;

	if (end < IMAGE_HEADER_SIZE + SEEK_TABLE_FOOTER_SIZE)
		return;
	count = word_at(data, end - SEEK_TABLE_FOOTER_SIZE) - 2;
	if (count > end / 16 || 16ull * count + 41 > end - IMAGE_HEADER_SIZE)
		return;
	tables = end - 41 - 16ull * count;
	seek = tables + 8 + 8ull * count;
	reseal_frames(data, tables, seek, count);
	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, data + tables, end - tables);
	sha256_final(&s, h->tables);
}

/* A copy, resealed, to be freed. */
static inline uint8_t *resealed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	PROVE(copy);
	if (size)
		memcpy(copy, data, size);
	if (size >= IMAGE_HEADER_SIZE) {
		struct image_header h;

		memcpy(&h, copy, sizeof(h));
		reseal_tables(&h, copy, size);
		image_header_seal(&h);
		memcpy(copy, &h, sizeof(h));
	}
	return copy;
}

#endif
