/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encrypts and opens the zstd frames of one image. Each is bound to the image and to its place in
 * the core: one that was moved, repeated, left out or taken from another image does not open.
 */
#ifndef CORE_IMAGE_FRAME_CIPHER_H
#define CORE_IMAGE_FRAME_CIPHER_H

#include "crypto.h"
#include "image_header.h"
#include "seek_table.h"

/* What is stored of a frame is longer by this. */
#define SEALED_FRAME_ADDS (sizeof(struct sealed_frame) + SEAL_TAG_SIZE)

struct frame_cipher; /* for any number of threads */

/* "AES-256-GCM", "XChaCha20-Poly1305"; "" for another one. */
const char *image_cipher_name(uint32_t cipher);
/* What is fastest on this CPU. After secret_create() only. */
enum image_cipher image_cipher_default(void);

/*
 * For the image with this header, whose key is @key. NULL with @e set: an unknown cipher, one that
 * this CPU cannot do, or no memory.
 */
struct frame_cipher *frame_cipher_create(const struct image_header *h, const uint8_t key[KEY_SIZE],
					 struct err *e);
void frame_cipher_destroy(struct frame_cipher *c); /* takes NULL */
/* How long the core is: its last frame has to say that it is. Takes NULL. */
void frame_cipher_set_end(struct frame_cipher *c, uint64_t core_size);

/*
 * A zstd frame of @size bytes lies at @at + sizeof(struct sealed_frame), with its @content bytes at
 * @offset of the core: the frame that is stored takes its place. Returns its size. The end is set.
 */
size_t frame_cipher_seal(const struct frame_cipher *c, uint8_t *at, size_t size, uint64_t offset,
			 uint32_t content);
/* The zstd frame in @stored, into @out, which has room for as much. */
bool frame_cipher_open(const struct frame_cipher *c, const struct image_frame *f,
		       struct bytes stored, uint8_t *out, struct err *e);

#endif
