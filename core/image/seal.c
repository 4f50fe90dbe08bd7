/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "header.h"
#include "seal.h"

/* The record and its tag lie one after the other, as the cipher leaves them. */
_Static_assert(offsetof(struct image_header, seal) ==
			       offsetof(struct image_header, record) + sizeof(struct jump_record) &&
		       !offsetof(struct image_seal, tag),
	       "image_seal.tag");
#define RECORD_BOX (sizeof(struct jump_record) + SEAL_TAG_SIZE)

bool image_not_encrypted(struct err *e)
{
	return err_set(e, "is not encrypted, so anybody may have made it; without --key it is "
			  "taken as it is");
}

bool image_is_encrypted(const struct image_header *h)
{
	return h->version == IMAGE_VERSION_ENCRYPTED;
}

/* What the tag of the page depends on: it without the fields that it covers otherwise or not. */
static struct bytes page_with(const struct image_header *h, struct image_header *with)
{
	*with = *h;
	with->state = 0;
	with->resume_attempts = 0;
	memset(&with->record, 0, sizeof(with->record));
	memset(with->seal.tag, 0, sizeof(with->seal.tag));
	memset(with->digest, 0, sizeof(with->digest));
	return (struct bytes){ (const uint8_t *)with, sizeof(*with) };
}

static void page_key(uint8_t page[KEY_SIZE], const uint8_t key[KEY_SIZE])
{
	crypto_key_for(page, key, "kjheader");
}

static bool open_page(struct image_header *h, const uint8_t key[KEY_SIZE], struct err *e)
{
	const struct bytes box = { (const uint8_t *)&h->record, RECORD_BOX };
	struct jump_record record;
	struct image_header with;
	uint8_t own[KEY_SIZE];
	bool ok;

	page_key(own, key);
	ok = crypto_unlock((uint8_t *)&record, box, h->seal.nonce, page_with(h, &with), own);
	secret_wipe(own, sizeof(own));
	if (!ok)
		return err_set(e, "its header page is not what was saved (its tag does not match)");
	h->record = record;
	/* Anybody may change the state, but what is no stream has tables to be checked. */
	return h->state != IMAGE_STREAM || !h->image_size ||
	       err_set(e, "its state was changed: it was not written to a pipe");
}

static bool need_key(const struct image_header *h, struct err *e)
{
	char hex[2 * sizeof(h->seal.recipient) + 1];

	for (size_t i = 0; i < sizeof(h->seal.recipient); i++)
		snprintf(hex + 2 * i, 3, "%02x", h->seal.recipient[i]);
	return err_set(e, "is encrypted; the key of recipient %s opens it (--key)", hex);
}

static bool unseal(struct image_header *h, const struct image_keys *keys, uint8_t *key,
		   struct frame_cipher **cipher, struct err *e)
{
	if (!keys->find(keys->opaque, h, key, e) || !open_page(h, key, e))
		return false;
	*cipher = frame_cipher_create(h, key, e);
	return *cipher;
}

bool image_unseal(struct image_header *h, const struct image_keys *keys,
		  struct frame_cipher **cipher, struct err *e)
{
	uint8_t *key;
	bool ok;

	if (!image_is_encrypted(h))
		return !keys || image_not_encrypted(e);
	if (!keys)
		return need_key(h, e);
	key = secret_create(KEY_SIZE, e);
	if (!key)
		return false;
	ok = unseal(h, keys, key, cipher, e);
	secret_destroy(key);
	return ok;
}

bool image_key_open(const struct image_header *h, const struct key_slot_content *opener,
		    uint8_t key[KEY_SIZE], struct err *e)
{
	return crypto_unseal(key, h->seal.key, opener->recipient, opener->sender) ||
	       err_set(e, "was not sealed by the system that this key belongs to, or the seal is "
			  "damaged");
}

bool image_seal_begin(struct image_header *h, const struct seal_key_file *seal, uint32_t cipher,
		      uint8_t key[KEY_SIZE], struct err *e)
{
	h->version = IMAGE_VERSION_ENCRYPTED;
	h->seal.cipher = cipher ? cipher : image_cipher_default();
	key_recipient_id(h->seal.recipient, seal->recipient);
	crypto_random(key, KEY_SIZE);
	return crypto_seal(h->seal.key, key, seal->recipient, seal->sender) ||
	       err_set(e, "the seal key is not one that can be sealed for");
}

void image_seal_page(const struct image_header *h, const uint8_t key[KEY_SIZE],
		     struct image_header *page)
{
	struct image_header with, fixed = *h;
	uint8_t own[KEY_SIZE], box[RECORD_BOX];

	image_header_fix(&fixed);
	crypto_random(fixed.seal.nonce, sizeof(fixed.seal.nonce));
	page_key(own, key);
	crypto_lock(box, (struct bytes){ (const uint8_t *)&h->record, sizeof(h->record) },
		    fixed.seal.nonce, page_with(&fixed, &with), own);
	secret_wipe(own, sizeof(own));
	*page = fixed;
	memcpy(&page->record, box, sizeof(page->record));
	memcpy(page->seal.tag, box + sizeof(page->record), sizeof(page->seal.tag));
}
