/* SPDX-License-Identifier: GPL-2.0-only */
/* From what an image has stored of a zstd frame to the bytes of the core. */
#ifndef CORE_IMAGE_DECODER_H
#define CORE_IMAGE_DECODER_H

#include "frame_cipher.h"
#include "seek_table.h"

struct decoder; /* for one thread at a time */

/* NULL: no memory. @cipher: of an encrypted image, else NULL; it is borrowed. */
struct decoder *decoder_create(const struct frame_cipher *cipher);
void decoder_destroy(struct decoder *d);
/*
 * Turns frame->in_size bytes at @in into the frame->out_size bytes at @to. Checks the digest of
 * what was stored, then the tag of what was encrypted and, of what was compressed, the checksum of
 * what comes out.
 */
bool decoder_run(struct decoder *d, const struct image_frame *frame, const void *in, void *to,
		 struct err *e);
/* Checks the digest alone. */
bool decoder_check(const struct image_frame *frame, const void *in, struct err *e);
/*
 * Checks zstd's own checksum of the content: of a frame whose digest is not known yet, because the
 * table of digests comes behind it.
 */
bool decoder_check_content(const struct image_frame *frame, const void *in, const void *content,
			   struct err *e);

#endif
