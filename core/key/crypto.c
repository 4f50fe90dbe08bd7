/* SPDX-License-Identifier: GPL-2.0-only */
#include "crypto.h"

#if HAVE_SODIUM

#include <sodium.h>
#include <string.h>

_Static_assert(crypto_box_PUBLICKEYBYTES == KEY_SIZE && crypto_box_SECRETKEYBYTES == KEY_SIZE &&
		       crypto_kdf_KEYBYTES == KEY_SIZE && crypto_kdf_CONTEXTBYTES == 8,
	       "KEY_SIZE");
_Static_assert(crypto_box_NONCEBYTES == 24 && crypto_box_MACBYTES == 16 &&
		       crypto_box_SEALBYTES == 48,
	       "CRYPTO_SEALED_SIZE");

/* The key in a box of sender and recipient, with the box's nonce before it. */
#define INNER_SIZE (crypto_box_NONCEBYTES + crypto_box_MACBYTES + KEY_SIZE)

_Static_assert(crypto_box_PUBLICKEYBYTES == KEY_SIZE && crypto_box_SECRETKEYBYTES == KEY_SIZE,
	       "X25519");

void *secret_create(size_t size, struct err *e)
{
	void *secret = NULL;

	if (sodium_init() < 0) {
		err_set(e, "libsodium does not start: the system gives no random numbers");
		return NULL;
	}
	/* It ends where a page ends: only so is its start aligned. */
	size = (size + 15) & ~(size_t)15;
	secret = sodium_malloc(size);
	if (secret)
		memset(secret, 0, size);
	else
		err_set(e, "no memory for keys");
	return secret;
}

void secret_destroy(void *secret)
{
	sodium_free(secret);
}

void secret_wipe(void *at, size_t size)
{
	sodium_memzero(at, size);
}

void crypto_random(void *to, size_t size)
{
	randombytes_buf(to, size);
}

void crypto_key_pair(uint8_t public_key[KEY_SIZE], uint8_t secret_key[KEY_SIZE])
{
	crypto_box_keypair(public_key, secret_key);
}

void crypto_public_of(uint8_t public_key[KEY_SIZE], const uint8_t secret_key[KEY_SIZE])
{
	crypto_scalarmult_base(public_key, secret_key);
}

void crypto_lock(uint8_t *box, struct bytes plain, const uint8_t nonce[24], struct bytes with,
		 const uint8_t key[KEY_SIZE])
{
	crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, plain.data, plain.size, with.data,
						   with.size, NULL, nonce, key);
}

bool crypto_unlock(uint8_t *plain, struct bytes box, const uint8_t nonce[24], struct bytes with,
		   const uint8_t key[KEY_SIZE])
{
	return !crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, box.data, box.size,
							   with.data, with.size, nonce, key);
}

bool crypto_key_of_passphrase(uint8_t key[KEY_SIZE], struct bytes passphrase,
			      const uint8_t salt[16], uint32_t passes, uint32_t memory_kib)
{
	return !crypto_pwhash(key, KEY_SIZE, (const char *)passphrase.data, passphrase.size, salt,
			      passes, (size_t)memory_kib << 10, crypto_pwhash_ALG_ARGON2ID13);
}

void crypto_key_of_bytes(uint8_t key[KEY_SIZE], struct bytes in, const uint8_t salt[16])
{
	crypto_generichash(key, KEY_SIZE, in.data, in.size, salt, 16);
}

void crypto_key_for(uint8_t key[KEY_SIZE], const uint8_t from[KEY_SIZE], const char *use)
{
	crypto_kdf_derive_from_key(key, KEY_SIZE, 1, use, from);
}

bool crypto_seal(uint8_t sealed[CRYPTO_SEALED_SIZE], const uint8_t key[KEY_SIZE],
		 const uint8_t recipient[KEY_SIZE], const uint8_t sender_secret[KEY_SIZE])
{
	uint8_t inner[INNER_SIZE];
	bool ok;

	crypto_random(inner, crypto_box_NONCEBYTES);
	ok = !crypto_box_easy(inner + crypto_box_NONCEBYTES, key, KEY_SIZE, inner, recipient,
			      sender_secret) &&
	     !crypto_box_seal(sealed, inner, sizeof(inner), recipient);
	secret_wipe(inner, sizeof(inner));
	return ok;
}

bool crypto_unseal(uint8_t key[KEY_SIZE], const uint8_t sealed[CRYPTO_SEALED_SIZE],
		   const uint8_t recipient_secret[KEY_SIZE], const uint8_t sender[KEY_SIZE])
{
	uint8_t inner[INNER_SIZE], recipient[KEY_SIZE];
	bool ok;

	crypto_public_of(recipient, recipient_secret);
	ok = !crypto_box_seal_open(inner, sealed, CRYPTO_SEALED_SIZE, recipient,
				   recipient_secret) &&
	     !crypto_box_open_easy(key, inner + crypto_box_NONCEBYTES,
				   sizeof(inner) - crypto_box_NONCEBYTES, inner, sender,
				   recipient_secret);
	secret_wipe(inner, sizeof(inner));
	return ok;
}

#else

void *secret_create(size_t size, struct err *e)
{
	(void)size;
	err_set(e, "this program was built without libsodium, which encrypted images need");
	return NULL;
}

void secret_destroy(void *secret)
{
	(void)secret;
}

void secret_wipe(void *at, size_t size)
{
	(void)at, (void)size;
}

void crypto_random(void *to, size_t size)
{
	(void)to, (void)size;
}

void crypto_key_pair(uint8_t public_key[KEY_SIZE], uint8_t secret_key[KEY_SIZE])
{
	(void)public_key, (void)secret_key;
}

void crypto_public_of(uint8_t public_key[KEY_SIZE], const uint8_t secret_key[KEY_SIZE])
{
	(void)public_key, (void)secret_key;
}

void crypto_lock(uint8_t *box, struct bytes plain, const uint8_t nonce[24], struct bytes with,
		 const uint8_t key[KEY_SIZE])
{
	(void)box, (void)plain, (void)nonce, (void)with, (void)key;
}

bool crypto_unlock(uint8_t *plain, struct bytes box, const uint8_t nonce[24], struct bytes with,
		   const uint8_t key[KEY_SIZE])
{
	(void)plain, (void)box, (void)nonce, (void)with, (void)key;
	return false;
}

bool crypto_key_of_passphrase(uint8_t key[KEY_SIZE], struct bytes passphrase,
			      const uint8_t salt[16], uint32_t passes, uint32_t memory_kib)
{
	(void)key, (void)passphrase, (void)salt, (void)passes, (void)memory_kib;
	return false;
}

void crypto_key_of_bytes(uint8_t key[KEY_SIZE], struct bytes in, const uint8_t salt[16])
{
	(void)key, (void)in, (void)salt;
}

void crypto_key_for(uint8_t key[KEY_SIZE], const uint8_t from[KEY_SIZE], const char *use)
{
	(void)key, (void)from, (void)use;
}

bool crypto_seal(uint8_t sealed[CRYPTO_SEALED_SIZE], const uint8_t key[KEY_SIZE],
		 const uint8_t recipient[KEY_SIZE], const uint8_t sender_secret[KEY_SIZE])
{
	(void)sealed, (void)key, (void)recipient, (void)sender_secret;
	return false;
}

bool crypto_unseal(uint8_t key[KEY_SIZE], const uint8_t sealed[CRYPTO_SEALED_SIZE],
		   const uint8_t recipient_secret[KEY_SIZE], const uint8_t sender[KEY_SIZE])
{
	(void)key, (void)sealed, (void)recipient_secret, (void)sender;
	return false;
}

#endif
