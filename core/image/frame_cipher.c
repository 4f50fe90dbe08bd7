/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "frame_cipher.h"

#if HAVE_SODIUM

#include <sodium.h>

_Static_assert(crypto_aead_aes256gcm_ABYTES == SEAL_TAG_SIZE &&
		       crypto_aead_xchacha20poly1305_ietf_ABYTES == SEAL_TAG_SIZE,
	       "SEAL_TAG_SIZE");

#endif

const char *image_cipher_name(uint32_t cipher)
{
	switch (cipher) {
	case IMAGE_AES_256_GCM:
		return "AES-256-GCM";
	case IMAGE_XCHACHA20_POLY1305:
		return "XChaCha20-Poly1305";
	}
	return "";
}

#if HAVE_SODIUM

/* A multiple of 16 bytes, which is what sodium_malloc() aligns to then. */
struct frame_cipher {
	crypto_aead_aes256gcm_state aes;
	uint8_t key[KEY_SIZE];
	struct sealed_frame_with with; /* of the image alone */
	uint64_t end;		       /* of the core; UINT64_MAX: not known */
};

enum image_cipher image_cipher_default(void)
{
	return crypto_aead_aes256gcm_is_available() ? IMAGE_AES_256_GCM : IMAGE_XCHACHA20_POLY1305;
}

static bool check_cipher(const struct image_header *h, struct err *e)
{
	uint32_t cipher = h->seal.cipher;

	if (!*image_cipher_name(cipher))
		return err_set(e, "is encrypted by a cipher that this program does not know (%u)",
			       cipher);
	return cipher != IMAGE_AES_256_GCM || crypto_aead_aes256gcm_is_available() ||
	       err_set(e, "is encrypted by AES-256-GCM, for which this CPU has no instructions "
			  "(aes, pclmulqdq)");
}

struct frame_cipher *frame_cipher_create(const struct image_header *h, const uint8_t key[KEY_SIZE],
					 struct err *e)
{
	struct frame_cipher *c = secret_create(sizeof(*c), e);

	if (!c)
		return NULL;
	if (!check_cipher(h, e)) {
		secret_destroy(c);
		return NULL;
	}
	crypto_key_for(c->key, key, "kjframes");
	if (h->seal.cipher == IMAGE_AES_256_GCM)
		crypto_aead_aes256gcm_beforenm(&c->aes, c->key);
	memcpy(c->with.id, h->id, sizeof(c->with.id));
	c->with.version = h->version;
	c->with.cipher = h->seal.cipher;
	c->end = UINT64_MAX;
	return c;
}

void frame_cipher_destroy(struct frame_cipher *c)
{
	secret_destroy(c);
}

void frame_cipher_set_end(struct frame_cipher *c, uint64_t core_size)
{
	if (c)
		c->end = core_size;
}

/* What is different in each frame: associated data, and a nonce that no other frame has. */
struct turn {
	struct sealed_frame_with with;
	uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
};

static struct turn turn_of(const struct frame_cipher *c, uint64_t offset, uint32_t content)
{
	struct turn t = { .with = c->with };

	t.with.offset = offset;
	t.with.content = content;
	memcpy(t.nonce, &offset, sizeof(offset));
	return t;
}

size_t frame_cipher_seal(const struct frame_cipher *c, uint8_t *at, size_t size, uint64_t offset,
			 uint32_t content)
{
	uint32_t last = offset + content == c->end ? SEALED_FRAME_LAST : 0;
	struct sealed_frame head = { SEALED_FRAME_MAGIC,
				     sizeof(head.content) + size + SEAL_TAG_SIZE, content | last };
	struct turn t = turn_of(c, offset, head.content);
	uint8_t *frame = at + sizeof(head), *tag = frame + size;

	memcpy(at, &head, sizeof(head));
	if (c->with.cipher == IMAGE_AES_256_GCM)
		crypto_aead_aes256gcm_encrypt_detached_afternm(frame, tag, NULL, frame, size,
							       (const uint8_t *)&t.with,
							       sizeof(t.with), NULL, t.nonce,
							       &c->aes);
	else
		crypto_aead_xchacha20poly1305_ietf_encrypt_detached(frame, tag, NULL, frame, size,
								    (const uint8_t *)&t.with,
								    sizeof(t.with), NULL, t.nonce,
								    c->key);
	return sizeof(head) + size + SEAL_TAG_SIZE;
}

static bool check_head(const struct frame_cipher *c, const struct image_frame *f,
		       const struct sealed_frame *head, size_t stored, struct err *e)
{
	bool last = head->content & SEALED_FRAME_LAST;

	if (head->magic != SEALED_FRAME_MAGIC || head->size != stored - 8)
		return err_set(e, "not an encrypted frame");
	if ((head->content & ~SEALED_FRAME_LAST) != f->out_size)
		return err_set(e, "another frame was to be there: it has %u bytes of core, not %u",
			       head->content & ~SEALED_FRAME_LAST, f->out_size);
	if (c->end != UINT64_MAX && last != (f->out_offset + f->out_size == c->end))
		return err_set(e,
			       last ? "the last frame, but not at the end"
				    : "at the end, but not the last frame: the image is cut short");
	return true;
}

static bool open_frame(const struct frame_cipher *c, const struct image_frame *f,
		       struct bytes stored, uint8_t *out, struct err *e)
{
	struct sealed_frame head;
	size_t size = stored.size - SEALED_FRAME_ADDS;
	const uint8_t *frame = stored.data + sizeof(head), *tag = frame + size;
	struct turn t;
	int bad;

	if (stored.size < SEALED_FRAME_ADDS)
		return err_set(e, "not an encrypted frame");
	memcpy(&head, stored.data, sizeof(head));
	if (!check_head(c, f, &head, stored.size, e))
		return false;
	t = turn_of(c, f->out_offset, head.content);
	if (c->with.cipher == IMAGE_AES_256_GCM)
		bad = crypto_aead_aes256gcm_decrypt_detached_afternm(out, NULL, frame, size, tag,
								     (const uint8_t *)&t.with,
								     sizeof(t.with), t.nonce,
								     &c->aes);
	else
		bad = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
			out, NULL, frame, size, tag, (const uint8_t *)&t.with, sizeof(t.with),
			t.nonce, c->key);
	return !bad || err_set(e, "not what was saved there (its tag does not match)");
}

bool frame_cipher_open(const struct frame_cipher *c, const struct image_frame *f,
		       struct bytes stored, uint8_t *out, struct err *e)
{
	return open_frame(c, f, stored, out, e) ||
	       err_prefix(e, "zstd frame at %#" PRIx64, f->in_offset);
}

#else

enum image_cipher image_cipher_default(void)
{
	return IMAGE_XCHACHA20_POLY1305;
}

struct frame_cipher *frame_cipher_create(const struct image_header *h, const uint8_t key[KEY_SIZE],
					 struct err *e)
{
	(void)h, (void)key;
	return secret_create(1, e);
}

void frame_cipher_destroy(struct frame_cipher *c)
{
	(void)c;
}

void frame_cipher_set_end(struct frame_cipher *c, uint64_t core_size)
{
	(void)c, (void)core_size;
}

size_t frame_cipher_seal(const struct frame_cipher *c, uint8_t *at, size_t size, uint64_t offset,
			 uint32_t content)
{
	(void)c, (void)at, (void)offset, (void)content;
	return size;
}

bool frame_cipher_open(const struct frame_cipher *c, const struct image_frame *f,
		       struct bytes stored, uint8_t *out, struct err *e)
{
	(void)c, (void)f, (void)stored, (void)out;
	return err_set(e, "this program was built without libsodium");
}

#endif
