/* SPDX-License-Identifier: GPL-2.0-only */
#include "encoder.h"

#if HAVE_ZSTD

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "xxh64.h"
#include "zstd_frame.h"

/* How a piece is probed for data that do not compress. */
#define SAMPLES	    256
#define SAMPLE_SIZE 64

/* With level 1 a smaller table is faster and finds as much in memory. */
#define FAST_HASH_LOG 13

struct encoder {
	ZSTD_CCtx *zstd;
	const struct frame_cipher *cipher; /* NULL: nothing is encrypted */
	uint8_t *zeros;			   /* IMAGE_FRAME_SIZE */
	/* XXH64 of so many units of zeros; 0: not known */
	uint64_t zeros_sum[FRAME_PARTS_MAX + 1];
};

struct encoder *encoder_create(int level, const struct frame_cipher *cipher)
{
	struct encoder *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->cipher = cipher;
	c->zstd = ZSTD_createCCtx();
	c->zeros = calloc(1, IMAGE_FRAME_SIZE);
	if (c->zstd && c->zeros &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, level)) &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_checksumFlag, 1)) &&
	    (level != 1 ||
	     !ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_hashLog, FAST_HASH_LOG))))
		return c;
	encoder_destroy(c);
	return NULL;
}

void encoder_destroy(struct encoder *c)
{
	if (!c)
		return;
	ZSTD_freeCCtx(c->zstd);
	free(c->zeros);
	free(c);
}

size_t encoder_room(size_t size)
{
	/* Each part has its own frame header, last block and checksum. */
	return ZSTD_compressBound(size) + (size_t)FRAME_PARTS_MAX * (64 + SEALED_FRAME_ADDS);
}

/* Where the next zstd frame is made: what encrypts it leaves room before it. */
static uint8_t *next_part(const struct encoder *c, const struct frame_batch *b)
{
	return b->data + b->size + (c->cipher ? sizeof(struct sealed_frame) : 0);
}

static void add_part(const struct encoder *c, struct frame_batch *b, size_t in_size,
		     size_t out_size)
{
	uint8_t *at = b->data + b->size;

	if (c->cipher)
		out_size = frame_cipher_seal(c->cipher, at, out_size, b->offset, in_size);
	b->parts[b->count++] = (struct frame_part){ in_size, out_size, xxh64(at, out_size, 0) };
	b->size += out_size;
	b->offset += in_size;
}

/* A frame whose blocks are stored as they are, or as one byte that is repeated. */
static void put_plain(const struct encoder *c, struct frame_batch *b, const uint8_t *in,
		      size_t size, enum zstd_block type, uint64_t sum)
{
	add_part(c, b, size, zstd_frame_put_plain(next_part(c, b), in, size, type, sum));
}

static void put_zeros(struct encoder *c, struct frame_batch *b, size_t size)
{
	uint64_t odd = 0, *sum = size % FRAME_UNIT ? &odd : &c->zeros_sum[size / FRAME_UNIT];

	if (!*sum)
		*sum = xxh64(c->zeros, size, 0);
	put_plain(c, b, c->zeros, size, ZSTD_BLOCK_RLE, *sum);
}

static bool put_compressed(struct encoder *c, struct frame_batch *b, const uint8_t *in, size_t size,
			   struct err *e)
{
	size_t room = b->room - b->size - SEALED_FRAME_ADDS;
	size_t got = ZSTD_compress2(c->zstd, next_part(c, b), room, in, size);

	if (ZSTD_isError(got))
		return err_set(e, "zstd: %s", ZSTD_getErrorName(got));
	add_part(c, b, size, got);
	return true;
}

/*
 * Whether bytes all over @at occur about equally often, as they do in what is compressed or
 * encrypted already: the sum of the squares of their counts is then close to the smallest that
 * there can be.
 */
static bool looks_random(const uint8_t *at, size_t size)
{
	uint32_t count[256] = { 0 };
	size_t step = size / SAMPLES, total = (size_t)SAMPLES * SAMPLE_SIZE;
	uint64_t squares = 0;

	if (step < SAMPLE_SIZE)
		return false;
	for (size_t i = 0; i < SAMPLES; i++)
		for (size_t j = 0; j < SAMPLE_SIZE; j++)
			count[at[i * step + j]]++;
	for (size_t i = 0; i < 256; i++)
		squares += (uint64_t)count[i] * count[i];
	return squares < total + total * total / 256 * 11 / 10;
}

static bool is_zero(const uint8_t *at, size_t size)
{
	return !at[0] && !memcmp(at, at + 1, size - 1);
}

/* How many bytes from @in on are like the first unit: all zero, or not. Units, or to the end. */
static size_t run(const uint8_t *in, size_t size, bool *zero)
{
	size_t done = 0;

	while (done < size) {
		size_t unit = size - done < FRAME_UNIT ? size - done : FRAME_UNIT;
		bool is = is_zero(in + done, unit);

		if (!done)
			*zero = is;
		else if (is != *zero)
			break;
		done += unit;
	}
	return done;
}

bool encode(struct encoder *c, struct frame_batch *b, const uint8_t *in, size_t size, bool store,
	    struct err *e)
{
	bool zero = false;

	b->size = b->count = 0;
	for (size_t at = 0, part; at < size; at += part) {
		part = run(in + at, size - at, &zero);
		if (zero)
			put_zeros(c, b, part);
		else if (store || looks_random(in + at, part))
			put_plain(c, b, in + at, part, ZSTD_BLOCK_RAW, xxh64(in + at, part, 0));
		else if (!put_compressed(c, b, in + at, part, e))
			return false;
	}
	return true;
}

bool encode_one(struct encoder *c, struct frame_batch *b, const uint8_t *in, size_t size,
		struct err *e)
{
	b->size = b->count = 0;
	return put_compressed(c, b, in, size, e);
}

void encode_zeros(struct encoder *c, struct frame_batch *b, size_t size)
{
	b->size = b->count = 0;
	put_zeros(c, b, size);
}

#endif
