/* SPDX-License-Identifier: GPL-2.0-only */
/* The slots of a private key: each holds the whole of it, wrapped by a secret of its own. */
#ifndef CORE_KEY_KEY_SLOT_H
#define CORE_KEY_KEY_SLOT_H

#include "keys.h"

#define SLOT_FILE_MIN 32 /* bytes: less can be guessed, and is for a passphrase */

/* What a slot is opened or made with. */
struct slot_secret {
	enum key_slot_type type;
	struct bytes bytes;
	uint32_t passes, memory_kib; /* of a new slot, for a passphrase */
};

/* "passphrase", "file", "TPM2", "free", "of an unknown type" */
const char *key_slot_type_name(uint32_t type);

/* Adds a slot to a private key, which is finished again; *@index: which. */
bool key_slot_add(union key_file *f, const struct key_slot_content *content,
		  const struct slot_secret *secret, const char *name, unsigned *index,
		  struct err *e);
/* The last one in use stays: without it nothing opens the images any more. */
bool key_slot_remove(union key_file *f, unsigned index, struct err *e);
/* The content of the first slot that this secret opens. */
bool key_slot_open(const union key_file *f, const struct slot_secret *secret,
		   struct key_slot_content *content, struct err *e);

#endif
