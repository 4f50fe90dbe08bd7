/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "key_slot.h"

/* What a box depends on besides its key. */
struct slot_with {
	uint8_t recipient[KEY_SIZE];
	uint8_t slot[offsetof(struct key_slot, nonce)];
};

/* What is secret while a slot is made or opened. */
struct work {
	uint8_t key[KEY_SIZE];
	struct key_slot_content content;
};

const char *key_slot_type_name(uint32_t type)
{
	switch (type) {
	case KEY_SLOT_FREE:
		return "free";
	case KEY_SLOT_PASSPHRASE:
		return "passphrase";
	case KEY_SLOT_FILE:
		return "file";
	case KEY_SLOT_TPM2:
		return "TPM2";
	}
	return "of an unknown type";
}

static struct bytes with_of(struct slot_with *with, const union key_file *f,
			    const struct key_slot *s)
{
	memcpy(with->recipient, f->private_key.recipient, sizeof(with->recipient));
	memcpy(with->slot, s, sizeof(with->slot));
	return (struct bytes){ (const uint8_t *)with, sizeof(*with) };
}

static bool key_of_slot(uint8_t key[KEY_SIZE], const struct key_slot *s, struct bytes secret,
			struct err *e)
{
	if (s->type == KEY_SLOT_FILE) {
		crypto_key_of_bytes(key, secret, s->salt);
		return true;
	}
	return crypto_key_of_passphrase(key, secret, s->salt, s->passes, s->memory_kib) ||
	       err_set(e, "there are no %u MiB of memory for its passphrase (Argon2id)",
		       s->memory_kib >> 10);
}

static bool check_secret(const struct slot_secret *secret, struct err *e)
{
	if (secret->type == KEY_SLOT_PASSPHRASE)
		return secret->bytes.size || err_set(e, "the passphrase is empty");
	if (secret->type != KEY_SLOT_FILE)
		return err_set(e, "slots of type %s are not known yet",
			       key_slot_type_name(secret->type));
	return secret->bytes.size >= SLOT_FILE_MIN ||
	       err_set(e,
		       "%zu bytes can be guessed: a file for a slot has %u or more of a random "
		       "source",
		       secret->bytes.size, SLOT_FILE_MIN);
}

static bool find_free(const union key_file *f, unsigned *index, struct err *e)
{
	for (*index = 0; *index < KEY_SLOTS; ++*index)
		if (f->private_key.slots[*index].type == KEY_SLOT_FREE)
			return true;
	return err_set(e, "all %u slots are in use; kdump key remove makes room", KEY_SLOTS);
}

bool key_slot_add(union key_file *f, const struct key_slot_content *content,
		  const struct slot_secret *secret, const char *name, unsigned *index,
		  struct err *e)
{
	struct key_slot s = { .type = secret->type };
	struct slot_with with;
	uint8_t *key;
	bool ok;

	if (strlen(name) >= sizeof(s.name))
		return err_set(e, "%s: a slot's name has %zu characters at most", name,
			       sizeof(s.name) - 1);
	if (!check_secret(secret, e) || !find_free(f, index, e))
		return false;
	key = secret_create(KEY_SIZE, e);
	if (!key)
		return false;
	if (s.type == KEY_SLOT_PASSPHRASE) {
		s.passes = secret->passes;
		s.memory_kib = secret->memory_kib;
	}
	snprintf(s.name, sizeof(s.name), "%s", name);
	crypto_random(s.salt, sizeof(s.salt));
	crypto_random(s.nonce, sizeof(s.nonce));
	ok = key_of_slot(key, &s, secret->bytes, e);
	if (ok) {
		crypto_lock(s.box, (struct bytes){ (const uint8_t *)content, sizeof(*content) },
			    s.nonce, with_of(&with, f, &s), key);
		f->private_key.slots[*index] = s;
		key_file_finish(f, KEY_PRIVATE);
	}
	secret_destroy(key);
	return ok;
}

bool key_slot_remove(union key_file *f, unsigned index, struct err *e)
{
	unsigned used = 0;

	for (unsigned i = 0; i < KEY_SLOTS; i++)
		used += f->private_key.slots[i].type != KEY_SLOT_FREE;
	if (index >= KEY_SLOTS || f->private_key.slots[index].type == KEY_SLOT_FREE)
		return err_set(e, "there is no slot %u; kdump key list tells which there are",
			       index);
	if (used == 1)
		return err_set(e, "slot %u is the last one: without it no image could be opened",
			       index);
	f->private_key.slots[index] = (struct key_slot){ 0 };
	key_file_finish(f, KEY_PRIVATE);
	return true;
}

/* What comes out must belong to the public key that the file goes by. */
static bool open_slot(struct work *w, const union key_file *f, const struct key_slot *s)
{
	uint8_t recipient[KEY_SIZE];
	struct slot_with with;

	if (!crypto_unlock((uint8_t *)&w->content, (struct bytes){ s->box, sizeof(s->box) },
			   s->nonce, with_of(&with, f, s), w->key))
		return false;
	crypto_public_of(recipient, w->content.recipient);
	return !memcmp(recipient, f->private_key.recipient, sizeof(recipient));
}

static bool try_slots(struct work *w, const union key_file *f, const struct slot_secret *secret,
		      struct err *e)
{
	unsigned tried = 0;

	for (unsigned i = 0; i < KEY_SLOTS; i++) {
		const struct key_slot *s = &f->private_key.slots[i];

		if (s->type != (uint32_t)secret->type)
			continue;
		if (!key_of_slot(w->key, s, secret->bytes, e))
			return err_prefix(e, "slot %u", i);
		if (open_slot(w, f, s))
			return true;
		tried++;
	}
	return tried ? err_set(e, "this %s opens none of its %u slots of that type",
			       key_slot_type_name(secret->type), tried)
		     : err_set(e, "it has no slot for a %s; kdump key list tells what it has",
			       key_slot_type_name(secret->type));
}

bool key_slot_open(const union key_file *f, const struct slot_secret *secret,
		   struct key_slot_content *content, struct err *e)
{
	struct work *w;
	bool ok;

	if (!check_secret(secret, e))
		return false;
	w = secret_create(sizeof(*w), e);
	if (!w)
		return false;
	ok = try_slots(w, f, secret, e);
	if (ok)
		*content = w->content;
	secret_destroy(w);
	return ok;
}
