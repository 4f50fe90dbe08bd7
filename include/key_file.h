/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of encrypted images, one kind a file:
 *
 *	seal key	what going down needs: images can be made with it, not read
 *	private key	what opens images, wrapped in each of its slots by a secret of the user
 *	image key	the key of one image, for the kernel that restores it
 *
 * All fields are little-endian.
 */
#ifndef KEY_FILE_H
#define KEY_FILE_H

#include <stddef.h>
#include <stdint.h>

#define KEY_MAGIC   "kexec-jump key." /* 16 bytes with its NUL */
#define KEY_VERSION 1

#define KEY_SIZE	 32 /* of every key: X25519, AES-256, ChaCha20 */
#define KEY_SLOTS	 8
#define KEY_SLOT_PLAIN	 64 /* of struct key_slot_content */
#define KEY_SLOT_BOX	 (KEY_SLOT_PLAIN + 16)
#define KEY_MEMORY_MAX	 (4u << 20) /* KiB that a slot may ask for */
#define KEY_PASSES_MAX	 1000u
#define KEY_RECIPIENT_ID 16 /* bytes of SHA-256 of the recipient's public key */

enum key_kind { KEY_SEAL = 1, KEY_PRIVATE = 2, KEY_IMAGE = 3 };

struct key_head {
	char magic[16];
	uint32_t version;
	uint32_t kind; /* enum key_kind */
	uint32_t size; /* of the whole file */
	uint32_t reserved;
};

struct seal_key_file {
	struct key_head head;
	uint8_t recipient[KEY_SIZE]; /* public */
	uint8_t sender[KEY_SIZE];    /* secret */
	uint8_t digest[32];	     /* SHA-256 of all before it: tells damage */
};

enum key_slot_type {
	KEY_SLOT_FREE = 0,
	KEY_SLOT_PASSPHRASE = 1, /* Argon2id */
	KEY_SLOT_FILE = 2,	 /* keyed BLAKE2b of a file */
	KEY_SLOT_TPM2 = 3,	 /* with PIN: not known yet */
};

/* What is in its box: XChaCha20-Poly1305 with the recipient, and all that stands before the box, as
 * associated data. */
struct key_slot {
	uint32_t type;	     /* enum key_slot_type */
	uint32_t passes;     /* of Argon2id */
	uint32_t memory_kib; /* of Argon2id */
	uint32_t reserved;
	char name[32]; /* the user's, ends with a NUL */
	uint8_t salt[16];
	uint8_t nonce[24];
	uint8_t box[KEY_SLOT_BOX];
	uint8_t room[1024 - 168]; /* for what other types have to keep */
};

/* The two halves that open an image: only the user has both. */
struct key_slot_content {
	uint8_t recipient[KEY_SIZE]; /* secret */
	uint8_t sender[KEY_SIZE];    /* public: who alone can have sealed the image */
};

struct private_key_file {
	struct key_head head;
	uint8_t recipient[KEY_SIZE]; /* public */
	struct key_slot slots[KEY_SLOTS];
	uint8_t digest[32];
};

struct image_key_file {
	struct key_head head;
	uint8_t id[16]; /* of the image */
	uint8_t key[KEY_SIZE];
	uint8_t digest[32];
};

_Static_assert(sizeof(struct key_head) == 32, "key_head");
_Static_assert(sizeof(struct seal_key_file) == 128, "seal_key_file");
_Static_assert(offsetof(struct key_slot, box) == 88, "key_slot.box");
_Static_assert(sizeof(struct key_slot) == 1024, "key_slot");
_Static_assert(sizeof(struct key_slot_content) == KEY_SLOT_PLAIN, "key_slot_content");
_Static_assert(sizeof(struct private_key_file) == 8288, "private_key_file");
_Static_assert(sizeof(struct image_key_file) == 112, "image_key_file");

#endif
