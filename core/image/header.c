/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "header.h"
#include "sha256.h"

static void header_digest(const struct image_header *h, uint8_t digest[SHA256_SIZE])
{
	static const uint8_t zero[SHA256_SIZE];
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, h, offsetof(struct image_header, digest));
	sha256_update(&s, zero, sizeof(zero));
	sha256_final(&s, digest);
}

bool image_header_is_ours(const struct image_header *h)
{
	return h->frame_magic == IMAGE_SKIPPABLE_MAGIC &&
	       !memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic));
}

bool image_header_check(const struct image_header *h, struct err *e)
{
	uint8_t digest[SHA256_SIZE];

	if (!image_header_is_ours(h))
		return err_set(e, "no image header");
	header_digest(h, digest);
	if (memcmp(digest, h->digest, sizeof(digest)))
		return err_set(e, "the header page is damaged (its SHA-256 does not match)");
	if (h->version != IMAGE_VERSION && h->version != IMAGE_VERSION_ENCRYPTED)
		return err_set(e, "image format version %u, this program knows %u and %u",
			       h->version, IMAGE_VERSION, IMAGE_VERSION_ENCRYPTED);
	if (h->flags & ~IMAGE_FLAGS)
		return err_set(e, "the header page has flags that this program does not know: %#x",
			       h->flags & ~IMAGE_FLAGS);
	if (h->frame_size != IMAGE_HEADER_SIZE - 8 || !*image_state_name(h->state))
		return err_set(e, "the header page has an unknown state or size");
	return true;
}

void image_header_fix(struct image_header *h)
{
	h->frame_magic = IMAGE_SKIPPABLE_MAGIC;
	h->frame_size = IMAGE_HEADER_SIZE - 8;
	memcpy(h->magic, IMAGE_MAGIC, sizeof(h->magic));
	if (h->version != IMAGE_VERSION_ENCRYPTED)
		h->version = IMAGE_VERSION;
}

void image_header_seal(struct image_header *h)
{
	image_header_fix(h);
	header_digest(h, h->digest);
}

const char *image_state_name(uint32_t state)
{
	switch (state) {
	case IMAGE_EMPTY:
		return "empty";
	case IMAGE_WRITING:
		return "writing";
	case IMAGE_VALID:
		return "valid";
	case IMAGE_CONSUMED:
		return "consumed";
	case IMAGE_STREAM:
		return "stream";
	}
	return "";
}

bool image_id_parse(const char *text, uint8_t id[16])
{
	if (strlen(text) != 32 || strspn(text, "0123456789abcdefABCDEF") != 32)
		return false;
	for (size_t i = 0; i < 16; i++)
		sscanf(text + 2 * i, "%2hhx", &id[i]);
	return true;
}

bool image_header_complete(const struct image_header *h, struct err *e)
{
	return (h->state != IMAGE_EMPTY && h->state != IMAGE_WRITING) ||
	       err_set(e, "holds no complete image (state: %s)", image_state_name(h->state));
}

bool image_header_restorable(const struct image_header *h, struct err *e)
{
	if (h->flags & IMAGE_FOR_ANALYSIS)
		return err_set(e, "saved with --for-analysis: good to read, not to restore");
	if (h->state == IMAGE_CONSUMED)
		return err_set(e, "was restored before; an image is restored only once");
	return image_header_complete(h, e);
}
