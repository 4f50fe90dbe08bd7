/* SPDX-License-Identifier: GPL-2.0-only */
#include "crypto.h"

#if HAVE_SODIUM

#include <sodium.h>
#include <string.h>

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

#endif
