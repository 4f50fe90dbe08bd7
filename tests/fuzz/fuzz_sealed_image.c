/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of an encrypted image changed by somebody who mends each checksum that has no key: it is
 * refused, unless nothing was changed but what may be. The input: whether it is mended, then four
 * bytes for each change, where and by what.
 */
#include "fuzz.h"

#include "core.h"
#include "reader.h"
#include "saved_image.h"

#if HAVE_ZSTD && HAVE_SODIUM

static struct key_slot_content *opener;
static struct bytes whole;

static bool find_key(void *opaque, const struct image_header *h, uint8_t key[KEY_SIZE],
		     struct err *e)
{
	return image_key_open(h, opaque, key, e);
}

static void make_whole(void)
{
	struct save_request r = { .level = 1, .threads = 1, .report = quiet };
	union key_file *seal;
	struct fake *f;
	struct err e;

	seal = secret_create(sizeof(*seal), &e);
	opener = secret_create(sizeof(*opener), &e);
	PROVE(seal && opener);
	key_pairs_make(seal, opener);
	f = fake_kernel(4, 2 * MIB);
	fake_jump(f, 0x100000, 16, 0x180000, 0x100000, 0x108000, 0xbb);
	load_all(f);
	write_core(f, in_scratch("core"));
	fake_free(f);
	write_file(in_scratch("seal"), seal, seal->head.size);
	secret_destroy(seal);
	r.source = in_scratch("core");
	r.seal = in_scratch("seal");
	r.target = in_scratch("image");
	PROVE(save_image(&r, &e));
	whole = read_file(r.target);
}

static void change(uint8_t *image, const uint8_t *data, size_t size)
{
	for (; size >= 4; data += 4, size -= 4) {
		uint32_t where = data[0] | data[1] << 8 | data[2] << 16;

		image[where % whole.size] ^= data[3];
	}
}

/* Whether something is different that is authenticated. */
static bool is_changed(const uint8_t *image)
{
	struct image_header a, b;

	memcpy(&a, image, sizeof(a));
	memcpy(&b, whole.data, sizeof(b));
	b.state = a.state;
	b.resume_attempts = a.resume_attempts;
	memcpy(b.digest, a.digest, sizeof(b.digest));
	return memcmp(&a, &b, sizeof(a)) != 0 ||
	       memcmp(image + sizeof(a), whole.data + sizeof(a), whole.size - sizeof(a)) != 0;
}

static bool is_believed(const uint8_t *image)
{
	const struct image_keys keys = { find_key, opener };
	struct bytes file = { image, whole.size };
	struct core_image c;
	struct err e = {};
	bool ok;

	if (!core_image_open(&c, &keys, read_bytes, &file, file.size, &e)) {
		prove_error(&e);
		return false;
	}
	ok = core_image_complete(&c, &e) &&
	     image_reader_run(&(struct image_reader){ .image = &c, .threads = 1 }, NULL, &e);
	if (!ok)
		prove_error(&e);
	core_image_close(&c);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *image, *mended;

	if (!size)
		return 0;
	if (!whole.data)
		make_whole();
	image = malloc(whole.size);
	PROVE(image);
	memcpy(image, whole.data, whole.size);
	change(image, data + 1, size - 1);
	if (data[0] & 1) {
		mended = resealed(image, whole.size);
		free(image);
		image = mended;
	}
	if (is_believed(image)) {
		PROVE(!is_changed(image));
		taken();
	}
	free(image);
	return 0;
}

#else

const bool fuzz_takes_nothing = true;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)data, (void)size;
	return 0;
}

#endif
