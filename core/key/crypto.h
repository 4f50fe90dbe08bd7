/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of libsodium is used for keys, and how. Without it secret_create() refuses in
 * words, and whoever has no such memory calls nothing else here but secret_wipe().
 */
#ifndef CORE_KEY_CRYPTO_H
#define CORE_KEY_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "err.h"
#include "key_file.h"

/* Memory for keys: zeros, never swapped or dumped, wiped when it goes. NULL with @e set. */
void *secret_create(size_t size, struct err *e);
void secret_destroy(void *secret); /* takes NULL */
void secret_wipe(void *at, size_t size);

void crypto_random(void *to, size_t size);
void crypto_key_pair(uint8_t public_key[KEY_SIZE], uint8_t secret_key[KEY_SIZE]);
void crypto_public_of(uint8_t public_key[KEY_SIZE], const uint8_t secret_key[KEY_SIZE]);

/* @size + 16 bytes at @box from the plain ones; @with is authenticated, too. */
void crypto_lock(uint8_t *box, struct bytes plain, const uint8_t nonce[24], struct bytes with,
		 const uint8_t key[KEY_SIZE]);
/* False when it was not made with this key, or anything was changed; @plain is then wiped. */
bool crypto_unlock(uint8_t *plain, struct bytes box, const uint8_t nonce[24], struct bytes with,
		   const uint8_t key[KEY_SIZE]);

/* A key from a passphrase by Argon2id; false when there is no memory for it. */
bool crypto_key_of_passphrase(uint8_t key[KEY_SIZE], struct bytes passphrase,
			      const uint8_t salt[16], uint32_t passes, uint32_t memory_kib);
/* A key from bytes that nobody can guess. */
void crypto_key_of_bytes(uint8_t key[KEY_SIZE], struct bytes in, const uint8_t salt[16]);
/* One of several keys that are made from one; @use has 8 bytes. */
void crypto_key_for(uint8_t key[KEY_SIZE], const uint8_t from[KEY_SIZE], const char *use);

/*
 * A key sealed so that only the recipient can read it, and only the sender can have made it: a
 * crypto_box of both, inside one of an ephemeral key and the recipient. So the sender's secret key
 * opens nothing that was sealed with it.
 */
#define CRYPTO_SEALED_SIZE (KEY_SIZE + 24 + 16 + 48)
bool crypto_seal(uint8_t sealed[CRYPTO_SEALED_SIZE], const uint8_t key[KEY_SIZE],
		 const uint8_t recipient[KEY_SIZE], const uint8_t sender_secret[KEY_SIZE]);
bool crypto_unseal(uint8_t key[KEY_SIZE], const uint8_t sealed[CRYPTO_SEALED_SIZE],
		   const uint8_t recipient_secret[KEY_SIZE], const uint8_t sender[KEY_SIZE]);

#endif
