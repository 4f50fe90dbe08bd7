/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "unlock.h"

/* At a terminal. */
#define TRIES 3

void unlock_init(struct unlock *u)
{
	*u = (struct unlock){ .from = { NULL, -1 } };
}

void unlock_deinit(struct unlock *u)
{
	secret_destroy(u->found);
	unlock_init(u);
}

bool unlock_option(struct unlock *u, int letter, const char *value, struct err *e)
{
	switch (letter) {
	case 'K':
		u->path = value;
		return true;
	case 'P':
		return ask_parse_fd(value, &u->from.passphrase_fd, e);
	default: /* 'S' */
		u->from.file = value;
		return true;
	}
}

bool unlock_check(const struct unlock *u, struct err *e)
{
	if (!u->path && (u->from.file || u->from.passphrase_fd >= 0))
		return err_set(e, "%s opens a private key: --key=FILE names it",
			       u->from.file ? "--slot-file" : "--passphrase-fd");
	return !u->from.file || u->from.passphrase_fd < 0 ||
	       err_set(e, "--slot-file and --passphrase-fd: one of them opens a slot");
}

static bool open_slot(const struct unlock *u, const union key_file *f, const char *what,
		      struct key_slot_content *content, struct err *e)
{
	struct slot_secret secret = { 0 };
	struct secret s;
	bool ok;

	if (!ask_secret(&s, &secret, &u->from, what, false, e))
		return false;
	ok = key_slot_open(f, &secret, content, e) || err_prefix(e, "%s", u->path);
	secret_deinit(&s);
	return ok;
}

/* Whoever mistypes at a terminal is asked again. */
static bool open_slots(const struct unlock *u, const union key_file *f,
		       struct key_slot_content *content, struct err *e)
{
	bool terminal = !u->from.file && u->from.passphrase_fd < 0;
	struct err again;

	if (open_slot(u, f, u->path, content, e))
		return true;
	for (int try = 2; terminal && try <= TRIES; try++) {
		err_set(&again, "%s, try %d of %d", u->path, try, TRIES);
		if (open_slot(u, f, again.text, content, e))
			return true;
	}
	return false;
}

/* A passphrase is asked for only when it can help. */
static bool by_private_key(const struct unlock *u, const union key_file *f,
			   const struct image_header *h, uint8_t key[KEY_SIZE], struct err *e)
{
	uint8_t id[KEY_RECIPIENT_ID];
	struct key_slot_content *content;
	bool ok;

	key_recipient_id(id, f->private_key.recipient);
	if (memcmp(id, h->seal.recipient, sizeof(id)))
		return err_set(e, "%s is the key of another recipient than the image's", u->path);
	content = secret_create(sizeof(*content), e);
	if (!content)
		return false;
	ok = open_slots(u, f, content, e) && image_key_open(h, content, key, e);
	secret_destroy(content);
	return ok;
}

static bool by_file(const struct unlock *u, const union key_file *f, const struct image_header *h,
		    uint8_t key[KEY_SIZE], struct err *e)
{
	switch (f->head.kind) {
	case KEY_IMAGE:
		return key_store_take_image_key(f, u->path, h, key, e);
	case KEY_PRIVATE:
		return by_private_key(u, f, h, key, e);
	}
	return err_set(e, "%s is a seal key: it makes images, and opens none", u->path);
}

static bool keep(struct unlock *u, const struct image_header *h, const uint8_t key[KEY_SIZE],
		 struct err *e)
{
	u->found = secret_create(sizeof(*u->found), e);
	if (!u->found)
		return false;
	memcpy(u->found->id, h->id, sizeof(h->id));
	memcpy(u->found->key, key, KEY_SIZE);
	return true;
}

static bool find(void *opaque, const struct image_header *h, uint8_t key[KEY_SIZE], struct err *e)
{
	struct unlock *u = opaque;
	union key_file *f;
	bool ok;

	if (u->found && !memcmp(u->found->id, h->id, sizeof(h->id))) {
		memcpy(key, u->found->key, KEY_SIZE);
		return true;
	}
	f = key_store_read(u->path, e);
	ok = f && by_file(u, f, h, key, e) && (u->found || keep(u, h, key, e));
	secret_destroy(f);
	return ok;
}

const struct image_keys *unlock_keys(struct unlock *u)
{
	u->keys = (struct image_keys){ find, u };
	return u->path ? &u->keys : NULL;
}

union key_file *unlock_image_key(struct unlock *u, const struct image_header *h, struct err *e)
{
	union key_file *f = secret_create(sizeof(*f), e);

	if (!f)
		return NULL;
	if (!find(u, h, f->image.key, e)) {
		secret_destroy(f);
		return NULL;
	}
	memcpy(f->image.id, h->id, sizeof(h->id));
	key_file_finish(f, KEY_IMAGE);
	return f;
}
