/* SPDX-License-Identifier: GPL-2.0-only */
/* Key files: what passes the check has bounded costs and names, and a slot opens or does not. */
#include "fuzz.h"
#include "key_slot.h"

/* Argon2id with what the input asks for would take the time of the whole run. */
static void cheapen(union key_file *f)
{
	for (unsigned i = 0; i < KEY_SLOTS; i++)
		f->private_key.slots[i].memory_kib = 8, f->private_key.slots[i].passes = 1;
}

static void open_and_remove(union key_file *f)
{
	static const uint8_t word[40] = "a secret that opens none of these slots";
	const struct slot_secret secrets[] = { { KEY_SLOT_PASSPHRASE, { word, 39 }, 1, 8 },
					       { KEY_SLOT_FILE, { word, 39 }, 0, 0 } };
	struct key_slot_content content;
	struct err e = {};

	cheapen(f);
	for (size_t i = 0; i < 2; i++) {
		PROVE(!key_slot_open(f, &secrets[i], &content, &e));
		prove_error(&e);
	}
	for (unsigned i = 0; i <= KEY_SLOTS; i++)
		if (!key_slot_remove(f, i, &e))
			prove_error(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union key_file *f = calloc(1, sizeof(*f));
	struct err e = {};
	bool finish = size && data[0] & 1;

	PROVE(f);
	if (size > sizeof(*f) + 1)
		size = sizeof(*f) + 1;
	if (size)
		memcpy(f, data + 1, --size);
	if (finish && size >= sizeof(f->head) && *key_kind_name(f->head.kind)) {
		key_file_finish(f, f->head.kind);
		size = f->head.size;
	}
	if (!key_file_check(f, size, &e)) {
		prove_error(&e);
	} else {
		PROVE(f->head.size == size && size <= sizeof(*f));
		taken();
		for (unsigned i = 0; f->head.kind == KEY_PRIVATE && i < KEY_SLOTS; i++)
			PROVE(strlen(f->private_key.slots[i].name) < 32);
		if (f->head.kind == KEY_PRIVATE)
			open_and_remove(f);
	}
	free(f);
	return 0;
}
