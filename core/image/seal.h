/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seal of an encrypted image: what of its header page is authenticated and encrypted, by a key
 * that is in it for the recipient alone, and by whom.
 */
#ifndef CORE_IMAGE_SEAL_H
#define CORE_IMAGE_SEAL_H

#include "frame_cipher.h"
#include "keys.h"

/* Whoever knows the keys of images. */
struct image_keys {
	/* The key of the image with this header, which is not believed yet. */
	bool (*find)(void *opaque, const struct image_header *h, uint8_t key[KEY_SIZE],
		     struct err *e);
	void *opaque;
};

/* False: an image, or a core, of which nobody can tell who made it. */
bool image_not_encrypted(struct err *e);
bool image_is_encrypted(const struct image_header *h);

/* ---- Of an image that is read ---- */

/*
 * Opens the seal of an encrypted image: from then on @h is authentic, but for its state and
 * resume_attempts, and its record readable; *@cipher is for its frames. Of another image both stay
 * as they are, unless there are @keys: then it is refused.
 */
bool image_unseal(struct image_header *h, const struct image_keys *keys,
		  struct frame_cipher **cipher, struct err *e);
/* The key in @h, by the two halves that open images. */
bool image_key_open(const struct image_header *h, const struct key_slot_content *opener,
		    uint8_t key[KEY_SIZE], struct err *e);

/* ---- Of an image in the making ---- */

/*
 * Makes a new key, and @h that of an encrypted image: its id is set, whatever else follows later.
 * @cipher: 0 for the fastest one.
 */
bool image_seal_begin(struct image_header *h, const struct seal_key_file *seal, uint32_t cipher,
		      uint8_t key[KEY_SIZE], struct err *e);
/* The page as it is written, of @h as it is known. */
void image_seal_page(const struct image_header *h, const uint8_t key[KEY_SIZE],
		     struct image_header *page);

#endif
