/* SPDX-License-Identifier: GPL-2.0-only */
/* Key files and other secrets on a disk: only in files that nobody else can read. */
#ifndef HOST_KEY_STORE_H
#define HOST_KEY_STORE_H

#include "seal.h"

/* In memory of secret_create(); zero-initialise. */
struct secret {
	uint8_t *at;
	size_t size;
};

void secret_deinit(struct secret *s);

/* All of @fd, at most @max bytes. Errors do not name the file. */
bool secret_read_fd(struct secret *s, int fd, size_t max, struct err *e);
/* All of a file or pipe; refuses a file that others than its owner may read. */
bool secret_read_file(struct secret *s, const char *path, size_t max, struct err *e);

/* A key file, checked, to be freed with secret_destroy(); NULL with @e set. */
union key_file *key_store_read(const char *path, struct err *e);
/* One of a given kind. */
union key_file *key_store_read_kind(const char *path, enum key_kind kind, struct err *e);
/* The key in an image key, which @path names, of the image with this header. */
bool key_store_take_image_key(const union key_file *f, const char *path,
			      const struct image_header *h, uint8_t key[KEY_SIZE], struct err *e);
/* For struct image_keys: of the file whose name is @opaque, which has to be an image key. */
bool key_store_image_key(void *opaque, const struct image_header *h, uint8_t key[KEY_SIZE],
			 struct err *e);
/* Writes a new file, for its owner alone; there must not be one. */
bool key_store_create(const char *path, const union key_file *f, struct err *e);
/* Puts it in place of another; one of both is there at any time. */
bool key_store_replace(const char *path, const union key_file *f, struct err *e);

#endif
