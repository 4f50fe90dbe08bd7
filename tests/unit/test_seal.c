/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encrypted images that somebody changed who can write to the medium, and mends every checksum that
 * has no key: each is refused with its reason, and before that nothing comes out that was not
 * saved. SEAL_FLIPS: how many bits are flipped in each of six ways, 300 if it is not set.
 */
#include <stdlib.h>

#include "test.h"

#include "core.h"
#include "key_slot.h"
#include "key_store.h"
#include "reader.h"
#include "sha256.h"
#include "stream.h"
#include "xxh64.h"

static struct err e;

TEST(without_a_key)
{
	struct image_header h = { .version = IMAGE_VERSION_ENCRYPTED };
	const struct image_keys keys = { NULL, NULL };
	struct frame_cipher *cipher = NULL;

	CHECK_FAILS(image_unseal(&h, NULL, &cipher, &e), &e,
		    "is encrypted; the key of recipient 00000000000000000000000000000000 opens *");
	h.version = IMAGE_VERSION;
	CHECK(image_unseal(&h, NULL, &cipher, &e) && !cipher);
	CHECK_FAILS(image_unseal(&h, &keys, &cipher, &e), &e, "is not encrypted, so anybody *");
	CHECK_STR(image_cipher_name(3), "");
}

#if HAVE_ZSTD && HAVE_SODIUM

/* Memory that does not compress, and lies in a plain image as it is. */
#define SECRET_AT   0x300000
#define SECRET_SIZE 0x200000

/* The keys of a user, and what an image made with them holds. */
static union key_file seal_key, other_seal;
static struct key_slot_content opener, other_opener;
static struct bytes core;
static uint8_t secret[KEY_SIZE]; /* from the middle of it */

/* An image, and whether it is one from a pipe: their header knows nothing of what follows. */
static struct kind {
	const char *name;
	uint32_t cipher;
	bool stream;
	struct bytes image;
} kinds[] = {
	{ "AES", IMAGE_AES_256_GCM, false, { NULL, 0 } },
	{ "XChaCha", IMAGE_XCHACHA20_POLY1305, false, { NULL, 0 } },
	{ "a stream", IMAGE_XCHACHA20_POLY1305, true, { NULL, 0 } },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool find_key(void *opaque, const struct image_header *h, uint8_t key[KEY_SIZE],
		     struct err *err)
{
	return image_key_open(h, opaque, key, err);
}

static const struct image_keys keys = { find_key, &opener };

/* An image of the core, sealed with the key in the file of this name. */
static struct bytes make_image(const char *seal, uint32_t cipher, bool stream)
{
	const char *target = in_scratch("sealed");
	struct save_request r = { .source = in_scratch("core"),
				  .target = stream ? "-" : target,
				  .seal = seal,
				  .cipher = cipher,
				  .level = 1,
				  .threads = 2,
				  .report = quiet };
	int keep = dup(STDOUT_FILENO), fd;
	struct bytes image;

	unlink(target);
	fflush(stdout);
	fd = open(target, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (stream)
		dup2(fd, STDOUT_FILENO);
	CHECK(save_image(&r, &e));
	dup2(keep, STDOUT_FILENO);
	close(keep);
	close(fd);
	image = read_file(target);
	unlink(target);
	return image;
}

static bool has_aes(void)
{
	return image_cipher_default() == IMAGE_AES_256_GCM;
}

/* Makes all of it, once. */
static bool ready(void)
{
	static bool done;
	uint64_t seed = 1;
	struct fake *f;
	void *key;

	if (done)
		return true;
	done = true;
	key = secret_create(1, &e);
	if (!CHECK(key))
		return false;
	secret_destroy(key);
	key_pairs_make(&seal_key, &opener);
	key_pairs_make(&other_seal, &other_opener);
	f = small_kernel(4, true);
	for (size_t i = 0; i < SECRET_SIZE; i++)
		f->ram[SECRET_AT + i] = chance(&seed) >> 20;
	memcpy(secret, f->ram + SECRET_AT + SECRET_SIZE / 2, sizeof(secret));
	write_core(f, in_scratch("core"));
	fake_free(f);
	CHECK(key_store_create(in_scratch("seal"), &seal_key, &e));
	CHECK(key_store_create(in_scratch("other-seal"), &other_seal, &e));
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].cipher != IMAGE_AES_256_GCM || has_aes())
			kinds[i].image =
				make_image(in_scratch("seal"), kinds[i].cipher, kinds[i].stream);
	return true;
}

__attribute__((destructor)) static void free_all(void)
{
	for (size_t i = 0; i < KINDS; i++)
		free((void *)kinds[i].image.data);
	free((void *)core.data);
}

/* ---- what is believed ---- */

struct taken {
	uint8_t *at;
	size_t size;
	bool wrong; /* something that was not saved came out */
};

static bool take(void *opaque, uint64_t offset, const uint8_t *data, size_t size, struct err *err)
{
	struct taken *t = opaque;

	(void)err;
	if (t->at && offset + size <= t->size)
		memcpy(t->at + offset, data, size);
	t->wrong = core.data &&
		   (offset + size > core.size || memcmp(core.data + offset, data, size) != 0);
	return !t->wrong;
}

/* Opens it and reads all of it by one thread; false with @e, or abort when it was believed. */
static bool read_image(struct bytes file, const struct image_keys *k, struct taken *t)
{
	struct core_image image;
	struct record record;
	bool ok;

	if (!core_image_open(&image, k, read_bytes, &file, file.size, &e))
		return false;
	ok = core_image_complete(&image, &e) && core_memory_record(&image.memory, &record, &e) &&
	     image_reader_run(
		     &(struct image_reader){
			     .image = &image, .threads = 1, .take = take, .opaque = t },
		     NULL, &e);
	core_image_close(&image);
	CHECK(!t->wrong);
	return ok;
}

static bool believed(struct bytes file)
{
	struct taken t = { 0 };

	return read_image(file, &keys, &t);
}

TEST(what_is_saved_comes_back)
{
	struct taken t = { calloc(1, SMALL_RAM), SMALL_RAM, false };
	const char *plain = in_scratch("plain");
	struct save_request r = { .source = in_scratch("core"),
				  .target = plain,
				  .level = 1,
				  .threads = 2,
				  .report = quiet };
	struct core_file f;

	if (!ready())
		return;
	/* The core of an image that is not encrypted is what all others are compared with. */
	CHECK(save_image(&r, &e));
	if (!CHECK(core_file_open(&f, plain, &e)))
		return;
	core.size = f.image.core_size;
	core.data = malloc(core.size);
	CHECK(core_image_read(&f.image, 0, (void *)core.data, core.size, &e));
	core_file_close(&f);
	for (size_t i = 0; i < KINDS; i++) {
		if (!kinds[i].image.data)
			continue;
		memset(t.at, 0, t.size);
		if (!CHECK(read_image(kinds[i].image, &keys, &t)))
			printf("%s: %s\n", kinds[i].name, e.text);
		CHECK(!memcmp(t.at, core.data, core.size));
		CHECK_FAILS(read_image(kinds[i].image, NULL, &t), &e, "is encrypted; *");
	}
	free(t.at);
}

/* ---- pieces of an image, put together again ---- */

#define FRAMES_MAX 64

struct pieces {
	struct image_header header;
	struct bytes frames[FRAMES_MAX];
	uint32_t sizes[FRAMES_MAX]; /* of their content */
	size_t count;
};

static struct pieces take_apart(struct bytes image)
{
	struct pieces p = { 0 };
	size_t at = sizeof(p.header);
	struct sealed_frame head;

	memcpy(&p.header, image.data, sizeof(p.header));
	while (memcpy(&head, image.data + at, sizeof(head)), head.magic == SEALED_FRAME_MAGIC) {
		if (p.count == FRAMES_MAX)
			abort();
		p.frames[p.count] = (struct bytes){ image.data + at, 8 + (size_t)head.size };
		p.sizes[p.count++] = head.content & ~SEALED_FRAME_LAST;
		at += 8 + head.size;
	}
	return p;
}

/* Whatever checksum and size has no key is right in the image of these pieces. */
static struct bytes put_together(const struct pieces *p)
{
	struct image_header h = p->header;
	struct table_maker m;
	struct bytes image;
	size_t size = sizeof(h);
	uint64_t content = 0;
	uint8_t *at;

	CHECK(table_maker_begin(&m));
	for (size_t i = 0; i < p->count; i++) {
		struct bytes f = p->frames[i];

		CHECK(table_maker_add(&m, f.size, p->sizes[i], xxh64(f.data, f.size, 0)));
		size += f.size;
		content += p->sizes[i];
	}
	CHECK(table_maker_end(&m));
	size += m.digests.size + m.seek.size;
	if (h.image_size) {
		h.image_size = size;
		h.core_size = content;
		h.frame_count = p->count;
		memcpy(h.tables, m.sum, sizeof(h.tables));
	}
	image_header_seal(&h);
	image = (struct bytes){ at = malloc(size), size };
	memcpy(at, &h, sizeof(h));
	at += sizeof(h);
	for (size_t i = 0; i < p->count; i++) {
		memcpy(at, p->frames[i].data, p->frames[i].size);
		at += p->frames[i].size;
	}
	memcpy(at, m.digests.at, m.digests.size);
	memcpy(at + m.digests.size, m.seek.at, m.seek.size);
	table_maker_deinit(&m);
	return image;
}

/* Refused: of a stream, whose header has no tables, by the frames; else by the header page. */
static void check_refused(const struct kind *k, const struct pieces *p, const char *reason)
{
	struct bytes image = put_together(p);

	CHECK_FAILS(believed(image), &e,
		    k->stream ? reason : "its header page is not what was saved (*");
	free((void *)image.data);
}

TEST(pieces_belong_where_they_were)
{
	if (!ready())
		return;
	for (size_t i = 0; i < KINDS; i++) {
		const struct kind *k = &kinds[i];
		struct pieces whole, p;
		struct bytes again;

		if (!k->image.data)
			continue;
		p = whole = take_apart(k->image);
		again = put_together(&whole);
		CHECK(again.size == k->image.size &&
		      !memcmp(again.data, k->image.data, again.size));
		free((void *)again.data);
		if (!CHECK(whole.count > 6))
			continue;
		/* Two of one size, so that nothing but their place is wrong. */
		p.frames[3] = whole.frames[4];
		p.sizes[3] = whole.sizes[4];
		p.frames[4] = whole.frames[3];
		p.sizes[4] = whole.sizes[3];
		check_refused(k, &p, "zstd frame at *: not what was saved there (*");
		p = whole;
		p.frames[3] = whole.frames[4];
		p.sizes[3] = whole.sizes[4];
		check_refused(k, &p, "zstd frame at *: not what was saved there (*");
		p = whole;
		p.count--;
		memmove(&p.frames[3], &p.frames[4], (p.count - 3) * sizeof(p.frames[0]));
		memmove(&p.sizes[3], &p.sizes[4], (p.count - 3) * sizeof(p.sizes[0]));
		check_refused(k, &p, "zstd frame at *: not what was saved there (*");
		p = whole;
		p.count--;
		check_refused(k, &p, "zstd frame at *: at the end, but not the last frame: *");
		p = whole;
		p.frames[p.count] = p.frames[p.count - 1];
		p.sizes[p.count] = p.sizes[p.count - 1];
		p.count++;
		check_refused(k, &p, "zstd frame at *");
	}
}

TEST(pieces_of_another_image)
{
	if (!ready())
		return;
	for (size_t i = 0; i < KINDS; i++) {
		struct kind *k = &kinds[i];
		struct pieces whole, p, others;
		struct bytes other;

		if (!k->image.data)
			continue;
		other = make_image(in_scratch("seal"), k->cipher, k->stream);
		others = take_apart(other);
		p = whole = take_apart(k->image);
		CHECK(memcmp(whole.header.id, others.header.id, 16) != 0);
		p.frames[3] = others.frames[3];
		p.sizes[3] = others.sizes[3];
		check_refused(k, &p, "zstd frame at *: not what was saved there (*");
		p = whole;
		p.header = others.header;
		check_refused(k, &p, "zstd frame at *: not what was saved there (*");
		p.header.seal = whole.header.seal;
		check_refused(&kinds[0], &p, "");
		p.header = whole.header;
		memcpy(p.header.id, others.header.id, sizeof(p.header.id));
		check_refused(&kinds[0], &p, "");
		p.header = whole.header;
		p.header.record = others.header.record;
		check_refused(&kinds[0], &p, "");
		free((void *)other.data);
	}
}

TEST(cut_short)
{
	if (!ready())
		return;
	for (size_t i = 0; i < KINDS; i++) {
		const struct kind *k = &kinds[i];
		struct pieces p;
		size_t at = sizeof(p.header);

		if (!k->image.data)
			continue;
		p = take_apart(k->image);
		for (size_t j = 0; j < p.count; at += p.frames[j++].size)
			for (size_t cut = at - 1; cut < at + 14; cut++)
				CHECK(!believed((struct bytes){ k->image.data, cut }));
		for (size_t cut = at; cut < k->image.size; cut++)
			CHECK(!believed((struct bytes){ k->image.data, cut }));
	}
}

/* ---- somebody who has everything that is public ---- */

TEST(forged_with_all_that_is_public)
{
	union key_file forged;
	struct key_slot_content theirs;
	struct bytes image;

	if (!ready())
		return;
	/* For the user, whose public key is in the private key file, by another sender. */
	key_pairs_make(&forged, &theirs);
	memcpy(forged.seal.recipient, seal_key.seal.recipient, KEY_SIZE);
	key_file_finish(&forged, KEY_SEAL);
	CHECK(key_store_create(in_scratch("forged"), &forged, &e));
	image = make_image(in_scratch("forged"), 0, false);
	CHECK_FAILS(believed(image), &e,
		    "was not sealed by the system that this key belongs to, *");
	free((void *)image.data);
	/* And one for somebody else. */
	image = make_image(in_scratch("other-seal"), 0, false);
	CHECK_FAILS(believed(image), &e,
		    "was not sealed by the system that this key belongs to, *");
	free((void *)image.data);
}

/* What makes images opens none: neither half of it is what a recipient has. */
TEST(seal_key_opens_nothing)
{
	struct key_slot_content stolen;
	const struct image_keys k = { find_key, &stolen };
	struct taken t = { 0 };

	if (!ready())
		return;
	memcpy(stolen.recipient, seal_key.seal.sender, KEY_SIZE);
	memcpy(stolen.sender, seal_key.seal.recipient, KEY_SIZE);
	CHECK_FAILS(read_image(kinds[1].image, &k, &t), &e, "was not sealed by the system *");
	memcpy(stolen.sender, opener.sender, KEY_SIZE);
	CHECK_FAILS(read_image(kinds[1].image, &k, &t), &e, "was not sealed by the system *");
}

TEST(plain_in_place_of_encrypted)
{
	struct bytes image;

	if (!ready())
		return;
	image = make_image(NULL, 0, false);
	CHECK_FAILS(believed(image), &e, "is not encrypted, so anybody may have made it; *");
	free((void *)image.data);
	image = read_file(in_scratch("core"));
	CHECK_FAILS(believed(image), &e, "is not encrypted, so anybody may have made it; *");
	free((void *)image.data);
}

/* The state is not authenticated: none of them may hide that something else is wrong. */
TEST(state_of_a_stream)
{
	static const uint32_t states[] = { IMAGE_STREAM, IMAGE_VALID, IMAGE_CONSUMED };
	struct pieces p;
	struct bytes image;

	if (!ready())
		return;
	p = take_apart(kinds[1].image);
	p.header.state = IMAGE_STREAM;
	image = put_together(&p);
	CHECK_FAILS(believed(image), &e, "its state was changed: it was not written to a pipe");
	free((void *)image.data);
	p = take_apart(kinds[2].image);
	p.count--;
	for (size_t i = 0; i < 3; i++) {
		p.header.state = states[i];
		image = put_together(&p);
		CHECK(!believed(image));
		free((void *)image.data);
	}
}

/* ---- bits ---- */

static unsigned flips(void)
{
	const char *text = getenv("SEAL_FLIPS");

	return text ? strtoul(text, NULL, 0) : 300;
}

/* As they lie in the header page, and may be changed by whoever marks an image. */
static bool may_change(size_t at)
{
	return (at >= offsetof(struct image_header, state) &&
		at < offsetof(struct image_header, flags)) ||
	       (at >= offsetof(struct image_header, resume_attempts) &&
		at < offsetof(struct image_header, image_size)) ||
	       (at >= offsetof(struct image_header, digest) && at < IMAGE_HEADER_SIZE);
}

/* Each bit of the header page by itself, then drawn ones of the rest, mended where it can be. */
TEST(flipped_bits)
{
	uint64_t seed = 815;

	if (!ready())
		return;
	for (size_t i = 0; i < KINDS; i++) {
		const struct kind *k = &kinds[i];
		struct bytes copy = { NULL, k->image.size };
		struct image_header h;
		uint8_t *at;

		if (!k->image.data)
			continue;
		copy.data = at = malloc(copy.size);
		memcpy(at, k->image.data, copy.size);
		for (size_t bit = 0; bit < 8 * sizeof(h); bit += bit < 8 * 768 ? 1 : 61) {
			memcpy(&h, k->image.data, sizeof(h));
			((uint8_t *)&h)[bit / 8] ^= 1 << bit % 8;
			memcpy(at, &h, sizeof(h));
			CHECK(!believed(copy));
			image_header_seal(&h);
			memcpy(at, &h, sizeof(h));
			if (!may_change(bit / 8) && bit / 8 >= 24 && !CHECK(!believed(copy)))
				printf("%s: bit %zu of the header page\n", k->name, bit);
		}
		memcpy(at, k->image.data, sizeof(h));
		for (unsigned n = 0; n < flips(); n++) {
			size_t byte = sizeof(h) + chance(&seed) % (copy.size - sizeof(h));
			unsigned bit = chance(&seed) % 8;

			at[byte] ^= 1 << bit;
			if (!CHECK(!believed(copy)))
				printf("%s: bit %u of byte %zu\n", k->name, bit, byte);
			at[byte] ^= 1 << bit;
		}
		CHECK(believed(copy));
		free(at);
	}
}

/* The same with every checksum of frames and tables mended: only the tags are left. */
TEST(flipped_and_mended)
{
	uint64_t seed = 42;

	if (!ready())
		return;
	for (size_t i = 0; i < KINDS; i++) {
		const struct kind *k = &kinds[i];
		struct pieces whole, p;

		if (!k->image.data)
			continue;
		whole = take_apart(k->image);
		for (unsigned n = 0; n < flips(); n++) {
			size_t frame = chance(&seed) % whole.count, size = whole.frames[frame].size;
			uint8_t *changed = malloc(size);
			struct bytes image;

			memcpy(changed, whole.frames[frame].data, size);
			changed[chance(&seed) % size] ^= 1 << chance(&seed) % 8;
			p = whole;
			p.frames[frame].data = changed;
			image = put_together(&p);
			CHECK(!believed(image));
			free((void *)image.data);
			free(changed);
		}
	}
}

/* ---- what an image must not have ---- */

static bool has(struct bytes where, const void *what, size_t size)
{
	return memmem(where.data, where.size, what, size);
}

TEST(no_key_and_no_memory_in_it)
{
	static const uint8_t zeros[KEY_SIZE];
	struct bytes plain;

	if (!ready())
		return;
	plain = make_image(NULL, 0, false);
	CHECK(has(plain, secret, sizeof(secret)) && has(plain, JUMP_RECORD_MAGIC, 15));
	free((void *)plain.data);
	for (size_t i = 0; i < KINDS; i++) {
		const struct bytes image = kinds[i].image;
		struct image_header h;
		uint8_t key[KEY_SIZE];

		if (!image.data)
			continue;
		memcpy(&h, image.data, sizeof(h));
		CHECK(image_key_open(&h, &opener, key, &e) && memcmp(key, zeros, sizeof(key)) != 0);
		CHECK(!has(image, key, sizeof(key)));
		CHECK(!has(image, seal_key.seal.sender, KEY_SIZE));
		CHECK(!has(image, opener.recipient, KEY_SIZE));
		CHECK(!has(image, opener.sender, KEY_SIZE));
		CHECK(!has(image, secret, sizeof(secret)));
		CHECK(!has(image, JUMP_RECORD_MAGIC, 15));
	}
}

#endif

TEST_MAIN
