/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of a core as zstd frames with content size and content checksum, each the cheapest way:
 * memory without content and what does not compress need no compressor.
 */
#ifndef CORE_IMAGE_ENCODER_H
#define CORE_IMAGE_ENCODER_H

#include "frame_cipher.h"

/* Zeros get a frame of their own from so many bytes on, at multiples of it. */
#define FRAME_UNIT	(64u << 10)
#define FRAME_PARTS_MAX (IMAGE_FRAME_SIZE / FRAME_UNIT)

struct frame_part {
	uint32_t in_size, out_size; /* bytes of core, bytes of the frame */
	uint64_t digest;	    /* XXH64 of the frame */
};

/* Frames, one after the other. */
struct frame_batch {
	uint8_t *data; /* the caller's */
	size_t room, size;
	struct frame_part parts[FRAME_PARTS_MAX];
	unsigned count;
	uint64_t offset; /* in the core, of what comes next: for the encryption */
};

struct encoder; /* for one thread */

/* NULL: no memory, or zstd has no such level. @cipher: NULL, or what encrypts; it is borrowed. */
struct encoder *encoder_create(int level, const struct frame_cipher *cipher);
void encoder_destroy(struct encoder *c);
/* What a batch needs for @size bytes of core. */
size_t encoder_room(size_t size);

/*
 * These replace what is in the batch by frames of @size bytes. @size is IMAGE_FRAME_SIZE at most,
 * but for encode_one(). @store: nothing is compressed but zeros.
 */
bool encode(struct encoder *c, struct frame_batch *b, const uint8_t *in, size_t size, bool store,
	    struct err *e);
bool encode_one(struct encoder *c, struct frame_batch *b, const uint8_t *in, size_t size,
		struct err *e);
void encode_zeros(struct encoder *c, struct frame_batch *b, size_t size);

#endif
