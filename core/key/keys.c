/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "keys.h"
#include "sha256.h"

static const struct kind {
	const char *name;
	size_t size;
} kinds[] = {
	[KEY_SEAL] = { "seal key", sizeof(struct seal_key_file) },
	[KEY_PRIVATE] = { "private key", sizeof(struct private_key_file) },
	[KEY_IMAGE] = { "image key", sizeof(struct image_key_file) },
};

static bool is_known(uint32_t kind)
{
	return kind >= KEY_SEAL && kind <= KEY_IMAGE;
}

const char *key_kind_name(uint32_t kind)
{
	return is_known(kind) ? kinds[kind].name : "";
}

static void digest_of(const union key_file *f, size_t size, uint8_t digest[SHA256_SIZE])
{
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, f, size - SHA256_SIZE);
	sha256_final(&s, digest);
	secret_wipe(&s, sizeof(s));
}

static uint8_t *digest_at(union key_file *f, size_t size)
{
	return (uint8_t *)f + size - SHA256_SIZE;
}

void key_file_finish(union key_file *f, uint32_t kind)
{
	size_t size = kinds[kind].size;

	f->head = (struct key_head){ .version = KEY_VERSION, .kind = kind, .size = size };
	memcpy(f->head.magic, KEY_MAGIC, sizeof(f->head.magic));
	digest_of(f, size, digest_at(f, size));
}

static bool check_slots(const struct private_key_file *f, struct err *e)
{
	for (unsigned i = 0; i < KEY_SLOTS; i++) {
		const struct key_slot *s = &f->slots[i];

		if (!memchr(s->name, 0, sizeof(s->name)))
			return err_set(e, "slot %u: its name has no end", i);
		if (s->type == KEY_SLOT_PASSPHRASE &&
		    (!s->passes || s->passes > KEY_PASSES_MAX || s->memory_kib < 8 ||
		     s->memory_kib > KEY_MEMORY_MAX))
			return err_set(e,
				       "slot %u: %u passes over %u KiB are not what kdump asks "
				       "of Argon2id",
				       i, s->passes, s->memory_kib);
	}
	return true;
}

bool key_file_check(const union key_file *f, size_t size, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	bool same;

	if (size < sizeof(f->head) || memcmp(f->head.magic, KEY_MAGIC, sizeof(f->head.magic)))
		return err_set(e, "not a key file of kdump key");
	if (f->head.version != KEY_VERSION)
		return err_set(e, "key file version %u, this program knows %u", f->head.version,
			       KEY_VERSION);
	if (!is_known(f->head.kind))
		return err_set(e, "a key file of a kind that this program does not know (%u)",
			       f->head.kind);
	if (f->head.size != kinds[f->head.kind].size || f->head.reserved)
		return err_set(e, "a key file with an unknown size or flags");
	if (size != f->head.size)
		return err_set(e, "cut short, or not only a key: %zu bytes of %u", size,
			       f->head.size);
	digest_of(f, size, digest);
	same = !memcmp(digest, (const uint8_t *)f + size - SHA256_SIZE, sizeof(digest));
	secret_wipe(digest, sizeof(digest));
	if (!same)
		return err_set(e, "the %s is damaged (its SHA-256 does not match)",
			       key_kind_name(f->head.kind));
	return f->head.kind != KEY_PRIVATE || check_slots(&f->private_key, e);
}

void key_pairs_make(union key_file *seal, struct key_slot_content *content)
{
	crypto_key_pair(seal->seal.recipient, content->recipient);
	crypto_key_pair(content->sender, seal->seal.sender);
	key_file_finish(seal, KEY_SEAL);
}

void private_key_begin(union key_file *f, const struct key_slot_content *content)
{
	f->private_key = (struct private_key_file){ 0 };
	crypto_public_of(f->private_key.recipient, content->recipient);
	key_file_finish(f, KEY_PRIVATE);
}

void key_recipient_id(uint8_t id[KEY_RECIPIENT_ID], const uint8_t recipient[KEY_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, recipient, KEY_SIZE);
	sha256_final(&s, digest);
	memcpy(id, digest, KEY_RECIPIENT_ID);
}
