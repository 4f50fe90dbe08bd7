/* SPDX-License-Identifier: GPL-2.0-only */
#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "test.h"

#include "core.h"
#include "sha256.h"
#include "xxh64.h"
#include "zstd_frame.h"

static struct err e;

/* ---- plain cores ---- */

static bool opens(struct bytes *file)
{
	struct core_image image;

	if (!core_image_open(&image, NULL, read_bytes, file, file->size, &e))
		return false;
	core_image_close(&image);
	return true;
}

TEST(plain_core_of_both_classes)
{
	for (int elf64 = 0; elf64 < 2; elf64++) {
		struct fake *f = small_kernel(3, true);
		struct core_image image;
		struct bytes file;
		uint8_t page[PAGE];

		f->elf64 = elf64;
		file = fake_core(f);
		if (!CHECK(core_image_open(&image, NULL, read_bytes, &file, file.size, &e)))
			return;
		CHECK(!image.saved);
		CHECK_EQ_U64(image.memory.core.is64, elf64);
		CHECK_EQ_U64(image.core_size, file.size);
		CHECK(core_memory_read_phys(&image.memory, 0x700000, page, PAGE, &e));
		CHECK(!memcmp(page, f->ram + 0x700000, PAGE));
		CHECK_FAILS(core_memory_read_phys(&image.memory, SMALL_WINDOW, page, PAGE, &e), &e,
			    "physical address 0x600000 is not in the image");
		CHECK_FAILS(core_memory_read_phys(&image.memory, f->size - 1, page, 2, &e), &e,
			    "physical address 0x1000000 is not in the image");
		core_image_close(&image);
		free((void *)file.data);
		fake_free(f);
	}
}

/* Text is described twice, and the larger piece wins; pieces that touch are read across. */
TEST(pieces_are_disjoint)
{
	struct fake *f = fake_kernel(4, 4 * MIB);
	struct core_image image;
	struct bytes file;
	uint8_t got[3 * PAGE];

	for (uint64_t at = 0x200000; at < f->size; at += 8)
		put(f, at, at, 8);
	load(f, 0x280000, 0x20000, KERNEL_MAP);
	load(f, 0x200000, 0x100000, f->page_offset + 0x200000);
	load(f, 0x2f0000, 0x20000, 0);
	load(f, 0x310000, 0x10000, 0);
	file = fake_core(f);
	if (!CHECK(core_image_open(&image, NULL, read_bytes, &file, file.size, &e)))
		return;
	CHECK_EQ_U64(image.memory.extents.count, 3);
	for (size_t i = 1; i < image.memory.extents.count; i++)
		CHECK(image.memory.extents.at[i - 1].paddr + image.memory.extents.at[i - 1].size <=
		      image.memory.extents.at[i].paddr);
	CHECK(core_memory_read_phys(&image.memory, 0x30f800, got, sizeof(got), &e));
	CHECK(!memcmp(got, f->ram + 0x30f800, sizeof(got)));
	CHECK(core_memory_read_phys(&image.memory, 0x2ff800, got, sizeof(got), &e));
	CHECK(!memcmp(got, f->ram + 0x2ff800, sizeof(got)));
	CHECK(!extents_find(&image.memory.extents, 0x1fffff));
	CHECK(!extents_find(&image.memory.extents, 0x320000));
	CHECK(extents_find(&image.memory.extents, 0x31ffff));
	core_image_close(&image);
	free((void *)file.data);
	fake_free(f);
}

TEST(neither_core_nor_image)
{
	struct bytes nothing = { (const uint8_t *)"", 0 },
		     text = { (const uint8_t *)"#!/bin/sh\n", 10 };

	CHECK_FAILS(opens(&nothing), &e, "0 bytes hold no image");
	CHECK_FAILS(opens(&text), &e, "neither a saved image nor an ELF core, but a script: *");
}

/* ---- the jump record ---- */

static bool record_is_read(struct fake *f)
{
	struct bytes file = fake_core(f);
	struct record record;
	struct core_image image;
	bool ok = core_image_open(&image, NULL, read_bytes, &file, file.size, &e);

	if (CHECK(ok)) {
		ok = core_memory_record(&image.memory, &record, &e);
		core_image_close(&image);
	}
	free((void *)file.data);
	return ok;
}

TEST(jump_record)
{
	struct fake *f = small_kernel(4, true);
	struct jump_record good = f->record;

	CHECK(record_is_read(f));
	f->record.magic[0] = 'K';
	CHECK_FAILS(record_is_read(f), &e, "the jump record is damaged: its magic is wrong");
	f->record = good;
	f->record.version = 2;
	CHECK_FAILS(record_is_read(f), &e, "the jump record is of version 2, 416 bytes; *");
	f->record = good;
	f->record.entry = good.gate_last + 1;
	CHECK_FAILS(record_is_read(f), &e, "the jump record is damaged: its *");
	f->record = good;
	f->record.gate_start = 0;
	CHECK_FAILS(record_is_read(f), &e, "the jump record is damaged: its *");
	f->record = good;
	f->record.window_last = good.window_start - 1;
	CHECK_FAILS(record_is_read(f), &e, "the jump record is damaged: its *");
	f->record = good;
	f->record.low_last = 0x1234;
	CHECK_FAILS(record_is_read(f), &e, "the jump record is damaged: its *");
	f->has_record = false;
	CHECK_FAILS(record_is_read(f), &e, "no jump record: *");
	fake_free(f);
}

TEST(xxh64_known_answers)
{
	static const char text[] =
		"Call me Ishmael. Some years ago--never mind how long precisely-";

	CHECK_EQ_U64(xxh64("", 0, 0), 0xef46db3751d8e999);
	CHECK_EQ_U64(xxh64("as", 2, 0), 0x1c330fb2d66be179);
	CHECK_EQ_U64(xxh64(text, sizeof(text) - 1, 0), 0x02a2e85470d6fd96);
}

/* ---- frames of blocks that are stored ---- */

#define FRAME_ROOM (MIB + 4096)

struct made {
	uint8_t *frame; /* FRAME_ROOM */
	size_t size;
	uint8_t *content; /* MIB, and what a block repeats no times */
	size_t content_size;
};

static void put_le(struct made *m, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		m->frame[m->size++] = value >> 8 * i;
}

static struct made frame_begin(void)
{
	struct made m = { calloc(1, FRAME_ROOM), 0, calloc(1, MIB + 1), 0 };

	if (!m.frame || !m.content)
		abort();
	put_le(&m, ZSTD_FRAME_MAGIC, 4);
	put_le(&m, ZSTD_FRAME_DESCRIPTOR, 1);
	put_le(&m, 0, 4);
	return m;
}

static void put_block(struct made *m, enum zstd_block type, size_t size, bool last, uint64_t *seed)
{
	uint8_t *at = m->content + m->content_size;

	for (size_t i = 0; i < size; i++)
		at[i] = type == ZSTD_BLOCK_RLE && i ? *at : chance(seed);
	put_le(m, size << 3 | type << 1 | last, 3);
	if (type == ZSTD_BLOCK_RLE && !size)
		*at = 'x';
	memcpy(m->frame + m->size, at, type == ZSTD_BLOCK_RLE ? 1 : size);
	m->size += type == ZSTD_BLOCK_RLE ? 1 : size;
	m->content_size += size;
}

static void frame_end(struct made *m)
{
	struct made size = { m->frame, 5, NULL, 0 };

	put_le(&size, m->content_size, 4);
	put_le(m, xxh64(m->content, m->content_size, 0), 4);
}

/* Letters and numbers: "R10 r0 " is 10 bytes in a raw block, then none in one that repeats. */
static struct made make_frame(const char *blocks, uint64_t seed)
{
	struct made m = frame_begin();
	int used;
	char type;
	unsigned size;

	for (; sscanf(blocks, "%c%u %n", &type, &size, &used) == 2; blocks += used)
		put_block(&m, type == 'R' ? ZSTD_BLOCK_RAW : ZSTD_BLOCK_RLE, size, !blocks[used],
			  &seed);
	frame_end(&m);
	return m;
}

static void made_free(struct made *m)
{
	free(m->frame);
	free(m->content);
}

/* Unpacks with a digest that is right, from and to memory that is no longer than it must be. */
static bool unpacks(const uint8_t *frame, size_t size, size_t out_size, struct decoder *decoder,
		    uint8_t *out)
{
	struct image_frame f = { 4096, 0, xxh64(frame, size, 0), size, out_size };
	uint8_t *in = malloc(size + !size), *to = malloc(out_size + !out_size);
	bool ok;

	if (!in || !to)
		abort();
	memcpy(in, frame, size);
	ok = decoder ? decoder_run(decoder, &f, in, to, &e)
		     : zstd_frame_unpack_plain((struct bytes){ in, size }, to, out_size);
	if (ok && out)
		memcpy(out, to, out_size);
	free(in);
	free(to);
	return ok;
}

#if HAVE_ZSTD
#define NO_FRAME "zstd frame at 0x1000: *"
#else
#define NO_FRAME "this program was built without zstd, *"
#endif

static const char *const stored_frames[] = {
	"R1",	  "r1",	    "R10",    "r10",	  "R3 R5",
	"r3 r5",  "R7 r9",  "r9 R7",  "R10 R0",	  "r10 R0",
	"R10 r0", "R0 R10", "r0 R10", "R0 R0 r6", "R5 r5 R5 r5 r5 R5 R1 R0",
	"R4096",  "r4096",
};

/* There is no decoder, so that none can have been used. */
static void check_stored(const char *blocks, uint64_t seed)
{
	struct made m = make_frame(blocks, seed);
	uint8_t *out = malloc(m.content_size);
	bool ok;

	ok = CHECK(unpacks(m.frame, m.size, m.content_size, NULL, out)) &&
	     CHECK(!memcmp(out, m.content, m.content_size));
#if HAVE_ZSTD
	memset(out, 0x55, m.content_size);
	ok &= CHECK_EQ_U64(ZSTD_decompress(out, m.content_size, m.frame, m.size), m.content_size) &&
	      CHECK(!memcmp(out, m.content, m.content_size));
#endif
	if (!ok)
		printf("blocks: %s\n", blocks);
	free(out);
	made_free(&m);
}

TEST(stored_frames_need_no_decoder)
{
	static const char *const large[] = {
		"R131072",
		"r131072",
		"R131072 R1",
		"r131072 r131072 r131072 r5",
		"R131072 R131072 R131072 R131072 R131072 R131072 R131072 R131072",
		"r131072 R131072 r131072 R131072 r131072 R131072 r131072 R131072 r0",
	};

	for (size_t i = 0; i < sizeof(stored_frames) / sizeof(stored_frames[0]); i++)
		check_stored(stored_frames[i], i + 1);
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++)
		check_stored(large[i], i + 1);
}

TEST(stored_frames_of_random_blocks)
{
	uint64_t seed = 1234;

	for (int i = 0; i < 500; i++) {
		char blocks[256] = "";
		unsigned count = 1 + chance(&seed) % 12;

		for (unsigned j = 0; j < count; j++)
			sprintf(blocks + strlen(blocks), "%c%u ", chance(&seed) & 1 ? 'R' : 'r',
				(unsigned)(chance(&seed) % 4 ? chance(&seed) % 40 + !j
							     : chance(&seed) % 60000 + 1));
		check_stored(blocks, seed);
	}
}

/* What is no whole frame of ours is a decoder's to judge, and never taken for something else. */
static void check_refused(const uint8_t *frame, size_t size, size_t out_size,
			  struct decoder *decoder, const char *what)
{
	if (!CHECK_FAILS(unpacks(frame, size, out_size, decoder, NULL), &e, NO_FRAME))
		printf("%s, %zu bytes\n", what, size);
}

TEST(stored_frames_that_are_cut_or_too_long)
{
	struct decoder *decoder = decoder_create(NULL);

	for (size_t i = 0; i < sizeof(stored_frames) / sizeof(stored_frames[0]); i++) {
		struct made m = make_frame(stored_frames[i], i + 1);
		size_t step = m.size > 1000 ? 97 : 1;

		for (size_t size = 0; size < m.size; size += step)
			check_refused(m.frame, size, m.content_size, decoder, stored_frames[i]);
		for (size_t size = m.size - 8; size < m.size; size++)
			check_refused(m.frame, size, m.content_size, decoder, stored_frames[i]);
		/* What follows it is zero. */
		for (size_t more = 1; more < 20; more++)
			check_refused(m.frame, m.size + more, m.content_size, decoder,
				      stored_frames[i]);
		/* The table says another size than the frame. */
		check_refused(m.frame, m.size, m.content_size + 1, decoder, stored_frames[i]);
		check_refused(m.frame, m.size, m.content_size - 1, decoder, stored_frames[i]);
		check_refused(m.frame, m.size, 2 * m.content_size, decoder, stored_frames[i]);
		made_free(&m);
	}
	decoder_destroy(decoder);
}

/* Where the headers of blocks are, and nothing of the content. */
static bool is_header(const struct made *m, size_t at)
{
	size_t block = ZSTD_FRAME_HEADER_SIZE, end = m->size - ZSTD_CHECKSUM_SIZE;

	if (at < block)
		return true;
	while (block < end) {
		uint32_t word = m->frame[block] | m->frame[block + 1] << 8 |
				m->frame[block + 2] << 16;

		if (at >= block && at < block + ZSTD_BLOCK_HEADER_SIZE)
			return true;
		block += ZSTD_BLOCK_HEADER_SIZE +
			 ((word >> 1 & 3) == ZSTD_BLOCK_RLE ? 1 : word >> 3);
	}
	return false;
}

/* A wrong magic, descriptor, content size, block type or block size. */
TEST(stored_frames_with_other_headers)
{
	struct decoder *decoder = decoder_create(NULL);
	unsigned same = 0, other = 0;
	uint8_t out[4096];

	for (size_t i = 0; i < sizeof(stored_frames) / sizeof(stored_frames[0]); i++) {
		struct made m = make_frame(stored_frames[i], i + 1);
		uint8_t *bad = malloc(m.size);

		for (size_t bit = 0; bit < m.size * 8; bit++) {
			if (!is_header(&m, bit / 8))
				continue;
			memcpy(bad, m.frame, m.size);
			bad[bit / 8] ^= 1 << bit % 8;
			other++;
			if (!unpacks(bad, m.size, m.content_size, decoder, out)) {
				CHECK_MATCH(e.text, NO_FRAME);
				continue;
			}
			same++;
			if (!CHECK(!memcmp(out, m.content, m.content_size)))
				printf("%s: bit %zu\n", stored_frames[i], bit);
		}
		free(bad);
		made_free(&m);
	}
	/* A block of one byte may be of either type; zstd has bits that it does not look at. */
	CHECK(same < other / 20);
	decoder_destroy(decoder);
}

/* Blocks of a type that is a decoder's, or nobody's, and sizes that go beyond everything. */
TEST(stored_frames_with_other_blocks)
{
	static const uint32_t words[] = {
		1 | 10 << 3 | ZSTD_BLOCK_COMPRESSED << 1,
		1 | 10 << 3 | ZSTD_BLOCK_RESERVED << 1,
		1 | 11 << 3,
		1 | 9 << 3,
		1 | 14 << 3,
		1,
		0,
		10 << 3,
		1 | 0x1fffff << 3,
		1 | 0x1fffff << 3 | ZSTD_BLOCK_RLE << 1,
		1 | 11 << 3 | ZSTD_BLOCK_RLE << 1,
		1 | 9 << 3 | ZSTD_BLOCK_RLE << 1,
		0xffffff,
	};
	struct decoder *decoder = decoder_create(NULL);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct made m = make_frame("R10", 1);

		m.size = ZSTD_FRAME_HEADER_SIZE;
		put_le(&m, words[i], 3);
		m.size += 14;
		check_refused(m.frame, m.size, 10, decoder, "other block");
		made_free(&m);
	}
	decoder_destroy(decoder);
}

TEST(stored_frames_with_another_digest)
{
	struct made m = make_frame("R10 r10", 1);
	struct image_frame f = { 4096, 0, xxh64(m.frame, m.size, 0) ^ 1, m.size, 20 };
	struct decoder *decoder = decoder_create(NULL);
	uint8_t out[20];

	CHECK_FAILS(decoder_run(decoder, &f, m.frame, out, &e), &e,
		    "zstd frame at 0x1000: damaged (its checksum does not match)");
	decoder_destroy(decoder);
	made_free(&m);
}

/* ---- saved images ---- */

#if HAVE_ZSTD

/* What zstd makes itself, with blocks of all types one after the other. */
TEST(frames_of_mixed_blocks)
{
	size_t size = 3 * ZSTD_BLOCK_MAX, room = ZSTD_compressBound(size), got;
	uint8_t *content = calloc(1, size), *frame = malloc(room), *out = malloc(size);
	ZSTD_CCtx *encoder = ZSTD_createCCtx();
	struct decoder *decoder = decoder_create(NULL);
	uint64_t seed = 3;

	for (size_t i = 0; i < size / 3; i++) {
		content[i] = "some words "[chance(&seed) % 11];
		content[size / 3 + i] = chance(&seed);
	}
	ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, 1);
	/* What is compressed comes first, in the middle of the rest, and last. */
	for (int i = 0; i < 3; i++) {
		got = ZSTD_compress2(encoder, frame, room, content, size);
		CHECK(!ZSTD_isError(got));
		CHECK_EQ_U64(frame[4], ZSTD_FRAME_DESCRIPTOR);
		CHECK(unpacks(frame, got, size, decoder, out) && !memcmp(out, content, size));
		memmove(content, content + size / 3, size - size / 3);
		for (size_t j = size - size / 3; j < size; j++)
			content[j] = "more words "[chance(&seed) % 11];
	}
	decoder_destroy(decoder);
	ZSTD_freeCCtx(encoder);
	free(out);
	free(frame);
	free(content);
}

static const char *core_path, *image_path;

/* Made once: an image without the free pages of a small kernel that had jumped. */
static bool make_image(void)
{
	struct save_request r = { .level = 1, .threads = 2, .report = quiet };
	struct fake *f;

	if (image_path)
		return true;
	f = small_kernel(4, true);
	core_path = strdup(in_scratch("core"));
	image_path = strdup(in_scratch("image"));
	write_core(f, core_path);
	fake_free(f);
	r.source = core_path;
	r.target = image_path;
	return CHECK(save_image(&r, &e));
}

static struct image_header *header_of(struct bytes image)
{
	return (struct image_header *)image.data;
}

TEST(round_trip)
{
	struct fake *f = small_kernel(4, true);
	struct core_image image;
	struct bytes file;
	uint8_t page[PAGE];

	if (!make_image())
		return;
	file = read_file(image_path);
	CHECK(verify_image(image_path, &e));
	if (!CHECK(core_image_open(&image, NULL, read_bytes, &file, file.size, &e)))
		return;
	CHECK_EQ_U64(image.header.state, IMAGE_VALID);
	CHECK_EQ_U64(image.header.image_size, file.size);
	CHECK_EQ_U64(image.header.free_pages, 1985);
	CHECK_EQ_U64(image.header.flags, IMAGE_FREE_LEFT_OUT);
	CHECK_EQ_U64(image.header.kept_pages,
		     (SMALL_RAM - 0x2000 - (SMALL_PAGES - 16) * PAGE) / PAGE - 1985);
	CHECK_EQ_U64(image.memory.core.entry, f->record.entry);
	for (uint64_t pfn = 0; pfn < f->size / PAGE; pfn++) {
		uint64_t at = pfn * PAGE;
		bool lent = was_lent(f, at) && at < f->record.gate_start;
		bool gone = pfn < 2 || lent || (pfn >= 0x800 && pfn < 0xfc0) || pfn == 0xfff;
		bool got = core_memory_read_phys(&image.memory, at, page, PAGE, &e);

		if (!CHECK_EQ_U64(got, !gone) || (got && !CHECK(!memcmp(page, f->ram + at, PAGE))))
			break;
	}
	core_image_close(&image);
	free((void *)file.data);
	fake_free(f);
}

/* What "zstd -d" does with the file: all frames, one after the other, skippable ones skipped. */
static struct bytes zstd_whole(struct bytes image, size_t room)
{
	uint8_t *out = malloc(room);
	size_t size = out ? ZSTD_decompress(out, room, image.data, image.size) : 0;

	CHECK(!ZSTD_isError(size));
	return (struct bytes){ out, ZSTD_isError(size) ? 0 : size };
}

TEST(zstd_gives_what_convert_gives)
{
	const char *plain_path = in_scratch("plain");
	struct save_request r = { .target = plain_path, .plain = true, .report = quiet };
	struct bytes image, plain, whole;

	if (!make_image())
		return;
	r.source = image_path;
	CHECK(save_image(&r, &e));
	image = read_file(image_path);
	plain = read_file(plain_path);
	whole = zstd_whole(image, SMALL_RAM);
	CHECK_EQ_U64(whole.size, plain.size);
	CHECK(whole.size == plain.size && !memcmp(whole.data, plain.data, plain.size));
	CHECK_EQ_U64(header_of(image)->core_size, plain.size);
	CHECK(opens(&plain));
	free((void *)image.data);
	free((void *)plain.data);
	free((void *)whole.data);
}

/* zstd_seekable_compression_format.md, read by itself: sizes add up from the first byte of the
 * file. */
TEST(seek_table_is_the_standard_one)
{
	struct bytes file, footer, table;
	uint64_t at = 0, out = 0;
	uint32_t count, magic, size, in_size, out_size;

	if (!make_image())
		return;
	file = read_file(image_path);
	bytes_sub(file, file.size - 9, 9, &footer);
	bytes_le32(footer, 0, &count);
	bytes_le32(footer, 5, &magic);
	CHECK_EQ_U64(magic, 0x8f92eab1);
	CHECK_EQ_U64(footer.data[4], 0);
	if (!CHECK(bytes_sub(file, file.size - 9 - 8ull * count - 8, 8ull * count + 17, &table)))
		return;
	bytes_le32(table, 0, &magic);
	bytes_le32(table, 4, &size);
	CHECK_EQ_U64(magic, 0x184d2a5e);
	CHECK_EQ_U64(size, 8 * count + 9);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *content;
		size_t got;

		bytes_le32(table, 8 + 8 * i, &in_size);
		bytes_le32(table, 12 + 8 * i, &out_size);
		got = ZSTD_findFrameCompressedSize(file.data + at, file.size - at);
		if (!CHECK_EQ_U64(got, in_size))
			break;
		content = malloc(out_size + 1);
		got = ZSTD_decompress(content, out_size, file.data + at, in_size);
		CHECK_EQ_U64(got, out_size);
		free(content);
		at += in_size;
		out += out_size;
	}
	CHECK_EQ_U64(at, file.size - table.size);
	CHECK_EQ_U64(out, header_of(file)->core_size);
	CHECK_EQ_U64(count, header_of(file)->frame_count + 2);
	free((void *)file.data);
}

TEST(every_byte_of_the_header_page_counts)
{
	struct bytes file;
	uint8_t *data;

	if (!make_image())
		return;
	file = read_file(image_path);
	data = (uint8_t *)file.data;
	for (size_t i = 0; i < IMAGE_HEADER_SIZE; i++) {
		data[i] ^= 1 << i % 8;
		if (!CHECK_FAILS(opens(&file), &e, "*"))
			printf("header byte %zu\n", i);
		data[i] ^= 1 << i % 8;
	}
	CHECK(opens(&file));
	free(data);
}

static bool verifies(struct bytes *file)
{
	struct core_image image;
	bool ok;

	if (!core_image_open(&image, NULL, read_bytes, file, file->size, &e))
		return false;
	ok = image_reader_run(&(struct image_reader){ .image = &image, .threads = 1 }, NULL, &e);
	core_image_close(&image);
	return ok;
}

TEST(random_bits_of_the_body_count)
{
	uint64_t seed = 20070713;
	struct bytes file;
	uint8_t *data;

	if (!make_image())
		return;
	file = read_file(image_path);
	data = (uint8_t *)file.data;
	CHECK(verifies(&file));
	for (int i = 0; i < 300; i++) {
		uint64_t bit = chance(&seed) % ((file.size - IMAGE_HEADER_SIZE) * 8);
		size_t at = IMAGE_HEADER_SIZE + bit / 8;

		data[at] ^= 1 << bit % 8;
		if (!CHECK_FAILS(verifies(&file), &e, "*"))
			printf("byte %zu, bit %u\n", at, (unsigned)(bit % 8));
		data[at] ^= 1 << bit % 8;
	}
	free(data);
}

/* The short frame of the headers and the tables have bits that zstd does not look at. */
TEST(every_bit_of_first_frame_and_tables_counts)
{
	struct bytes file;
	uint8_t *data;
	size_t first, tables;

	if (!make_image())
		return;
	file = read_file(image_path);
	data = (uint8_t *)file.data;
	first = ZSTD_findFrameCompressedSize(data + IMAGE_HEADER_SIZE,
					     file.size - IMAGE_HEADER_SIZE);
	tables = file.size - header_of(file)->frame_count * 16ull - 41;
	for (size_t i = IMAGE_HEADER_SIZE; i < file.size; i++) {
		if (i == IMAGE_HEADER_SIZE + first)
			i = tables;
		for (unsigned bit = 0; bit < 8; bit++) {
			data[i] ^= 1 << bit;
			if (!CHECK_FAILS(opens(&file), &e, "*"))
				printf("byte %zu, bit %u\n", i, bit);
			data[i] ^= 1 << bit;
		}
	}
	free(data);
}

TEST(cut_short)
{
	uint64_t seed = 1;
	struct bytes file, cut;

	if (!make_image())
		return;
	file = read_file(image_path);
	for (int i = 0; i < 400; i++) {
		cut.size = i < 100   ? file.size - 1 - i
			   : i < 200 ? (size_t)i * 41
				     : chance(&seed) % file.size;
		cut.data = file.data;
		CHECK_FAILS(opens(&cut), &e, "*");
	}
	free((void *)file.data);
}

/* Bytes behind the image are somebody else's: a device is larger than what is on it. */
TEST(image_on_a_larger_device)
{
	struct bytes file, device;

	if (!make_image())
		return;
	file = read_file(image_path);
	device.size = file.size + 12345;
	device.data = calloc(1, device.size);
	memcpy((uint8_t *)device.data, file.data, file.size);
	CHECK(verifies(&device));
	free((void *)device.data);
	free((void *)file.data);
}

TEST(unfinished_images_are_headers_only)
{
	static const uint32_t states[] = { IMAGE_EMPTY, IMAGE_WRITING };

	for (size_t i = 0; i < 2; i++) {
		struct image_header h = { .state = states[i] };
		struct bytes file = { (uint8_t *)&h, sizeof(h) };
		struct core_image image;

		image_header_seal(&h);
		if (!CHECK(core_image_open(&image, NULL, read_bytes, &file, file.size, &e)))
			continue;
		CHECK(image.saved);
		CHECK_EQ_U64(image.table.count, 0);
		core_image_close(&image);
	}
}

/* Sealed headers that tell what cannot be. */
TEST(header_that_lies)
{
	struct bytes file;
	struct image_header good, *h;

	if (!make_image())
		return;
	file = read_file(image_path);
	h = header_of(file);
	good = *h;
#define LIE(field, value, pattern) \
	do { \
		*h = good; \
		h->field = value; \
		image_header_seal(h); \
		CHECK_FAILS(opens(&file), &e, pattern); \
	} while (0)
	LIE(state, 0x12345678, "*unknown state or size");
	LIE(image_size, good.image_size + 1, "cut short: *");
	LIE(image_size, good.image_size - 1, "no seek table at the end*");
	LIE(image_size, 100, "cut short: *");
	LIE(image_size, UINT64_MAX, "cut short: *");
	LIE(core_size, good.core_size + 1, "seek table: *the header says*");
	LIE(frame_count, good.frame_count + 1, "seek table: *do not fit the image");
	LIE(tables[0], good.tables[0] ^ 1, "seek table: its SHA-256 *");
	free((void *)file.data);
}

/* The digest over the tables made right again, so that only their own checks are left. */
static void reseal(struct bytes file, size_t tables)
{
	struct image_header *h = header_of(file);
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, file.data + tables, file.size - tables);
	sha256_final(&s, h->tables);
	image_header_seal(h);
}

TEST(tables_that_lie)
{
	struct bytes file;
	uint8_t *data;
	size_t tables, seek, count;

	if (!make_image())
		return;
	file = read_file(image_path);
	data = (uint8_t *)file.data;
	count = header_of(file)->frame_count;
	tables = file.size - 16 * count - 41;
	seek = file.size - 9 - 8 * (count + 2) - 8;
	for (size_t i = tables; i < file.size; i++) {
		data[i] ^= 0x80;
		reseal(file, tables);
		/* A digest that is wrong is found when its frame is read. */
		if (i < tables + 8 || i >= tables + 8 + 8 * count)
			CHECK_FAILS(opens(&file), &e, "*");
		else if (i >= tables + 16)
			CHECK_FAILS(verifies(&file), &e, "zstd frame at *damaged*");
		data[i] ^= 0x80;
	}
	CHECK(seek > tables);
	free(data);
}

TEST(reads_go_through_a_bounded_cache)
{
	struct core_image image;
	struct bytes file;
	uint64_t seed = 99;
	unsigned held = 0;

	if (!make_image())
		return;
	file = read_file(image_path);
	if (!CHECK(core_image_open(&image, NULL, read_bytes, &file, file.size, &e)))
		return;
	for (int i = 0; i < 200; i++) {
		uint64_t at = chance(&seed) % (image.core_size - 100);
		uint8_t got[100];

		CHECK(core_image_read(&image, at, got, sizeof(got), &e));
	}
	for (size_t i = 0; i < FRAME_CACHE_SIZE; i++)
		held += image.cache.slots[i].data != NULL;
	CHECK(held > 1 && held <= FRAME_CACHE_SIZE);
	CHECK_FAILS(core_image_read(&image, image.core_size - 1, &seed, 2, &e), &e,
		    "*beyond the end*");
	core_image_drop_cache(&image);
	core_image_close(&image);
	free((void *)file.data);
}

#endif

TEST_MAIN
