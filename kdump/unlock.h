/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command line says of the key of an encrypted image, and that key. */
#ifndef KDUMP_UNLOCK_H
#define KDUMP_UNLOCK_H

#include "ask.h"
#include "seal.h"

struct unlock {
	const char *path; /* of a private key or of an image's key; NULL: none was named */
	struct secret_source from;
	struct image_keys keys;
	struct image_key_file *found; /* so that nobody is asked twice */
};

/* Rows for getopt_long(), and their letters. */
#define UNLOCK_OPTIONS \
	{ "key", required_argument, NULL, 'K' }, \
		{ "passphrase-fd", required_argument, NULL, 'P' }, \
	{ \
		"slot-file", required_argument, NULL, 'S' \
	}
#define UNLOCK_LETTERS "KPS"

/* Destroy it with unlock_deinit(). */
void unlock_init(struct unlock *u);
void unlock_deinit(struct unlock *u);
/* One of these options. */
bool unlock_option(struct unlock *u, int letter, const char *value, struct err *e);
/* Once all of them were taken. */
bool unlock_check(const struct unlock *u, struct err *e);
/* NULL: the image need not be encrypted, and must not be. @u stays where it is. */
const struct image_keys *unlock_keys(struct unlock *u);
/* The key of the image with this header, to be freed with secret_destroy(). */
union key_file *unlock_image_key(struct unlock *u, const struct image_header *h, struct err *e);

#endif
