/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The key files of include/key_file.h: made, checked and taken apart. Whatever holds a secret here
 * is the caller's, in memory of secret_create().
 */
#ifndef CORE_KEY_KEYS_H
#define CORE_KEY_KEYS_H

#include "crypto.h"

/* Any of the files, as it is read. */
union key_file {
	struct key_head head;
	struct seal_key_file seal;
	struct private_key_file private_key;
	struct image_key_file image;
};

/*
 * Checks size, version, kind and digest, and what its fields show to be wrong. @size: of the bytes
 * that were read; a file that is longer than a union key_file is none.
 */
bool key_file_check(const union key_file *f, size_t size, struct err *e);
/* "seal key", "private key", "image key" */
const char *key_kind_name(uint32_t kind);
/* Its head and digest. */
void key_file_finish(union key_file *f, uint32_t kind);

/* Two new key pairs: @seal gets what going down needs, @content the rest; @seal is finished. */
void key_pairs_make(union key_file *seal, struct key_slot_content *content);
/* A private key without slots. */
void private_key_begin(union key_file *f, const struct key_slot_content *content);

/* By which names a recipient is told from others: SHA-256 of its key, cut. */
void key_recipient_id(uint8_t id[KEY_RECIPIENT_ID], const uint8_t recipient[KEY_SIZE]);

#endif
