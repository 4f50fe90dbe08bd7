/* SPDX-License-Identifier: GPL-2.0-only */
#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "test.h"

#include "core.h"
#include "sha256.h"
#include "xxh64.h"

static struct err e;

/* ---- plain cores ---- */

static bool opens(struct bytes *file)
{
	struct core_image image;

	if (!core_image_open(&image, read_bytes, file, file->size, &e))
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
		if (!CHECK(core_image_open(&image, read_bytes, &file, file.size, &e)))
			return;
		CHECK(!image.saved);
		CHECK_EQ_U64(image.core.is64, elf64);
		CHECK_EQ_U64(image.core_size, file.size);
		CHECK(core_image_read_phys(&image, 0x700000, page, PAGE, &e));
		CHECK(!memcmp(page, f->ram + 0x700000, PAGE));
		CHECK_FAILS(core_image_read_phys(&image, SMALL_WINDOW, page, PAGE, &e), &e,
			    "physical address 0x600000 is not in the image");
		CHECK_FAILS(core_image_read_phys(&image, f->size - 1, page, 2, &e), &e,
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
	if (!CHECK(core_image_open(&image, read_bytes, &file, file.size, &e)))
		return;
	CHECK_EQ_U64(image.piece_count, 3);
	for (size_t i = 1; i < image.piece_count; i++)
		CHECK(image.pieces[i - 1].paddr + image.pieces[i - 1].size <=
		      image.pieces[i].paddr);
	CHECK(core_image_read_phys(&image, 0x30f800, got, sizeof(got), &e));
	CHECK(!memcmp(got, f->ram + 0x30f800, sizeof(got)));
	CHECK(core_image_read_phys(&image, 0x2ff800, got, sizeof(got), &e));
	CHECK(!memcmp(got, f->ram + 0x2ff800, sizeof(got)));
	CHECK(!core_image_find(&image, 0x1fffff));
	CHECK(!core_image_find(&image, 0x320000));
	CHECK(core_image_find(&image, 0x31ffff));
	core_image_close(&image);
	free((void *)file.data);
	fake_free(f);
}

TEST(neither_core_nor_image)
{
	struct bytes nothing = { (const uint8_t *)"", 0 },
		     text = { (const uint8_t *)"#!/bin/sh\n", 10 };

	CHECK_FAILS(opens(&nothing), &e, "0 bytes hold no image");
	CHECK_FAILS(opens(&text), &e, "neither a saved image nor an ELF core");
}

/* ---- the jump record ---- */

static bool record_is_read(struct fake *f)
{
	struct bytes file = fake_core(f);
	struct jump_record record;
	struct core_image image;
	bool ok = core_image_open(&image, read_bytes, &file, file.size, &e);

	if (CHECK(ok)) {
		ok = core_image_record(&image, &record, &e);
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
	CHECK_FAILS(record_is_read(f), &e, "the jump record is damaged");
	f->record = good;
	f->record.version = 2;
	CHECK_FAILS(record_is_read(f), &e, "jump record version 2, this program knows 1");
	f->record = good;
	f->record.entry = good.gate_last + 1;
	CHECK_FAILS(record_is_read(f), &e, "*ranges do not fit*");
	f->record = good;
	f->record.gate_start = 0;
	CHECK_FAILS(record_is_read(f), &e, "*ranges do not fit*");
	f->record = good;
	f->record.window_last = good.window_start - 1;
	CHECK_FAILS(record_is_read(f), &e, "*ranges do not fit*");
	f->record = good;
	f->record.low_last = 0x1234;
	CHECK_FAILS(record_is_read(f), &e, "*ranges do not fit*");
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

/* ---- saved images ---- */

#if HAVE_ZSTD

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
	if (!CHECK(core_image_open(&image, read_bytes, &file, file.size, &e)))
		return;
	CHECK_EQ_U64(image.header.state, IMAGE_VALID);
	CHECK_EQ_U64(image.header.image_size, file.size);
	CHECK_EQ_U64(image.header.free_pages, 1985);
	CHECK_EQ_U64(image.header.flags, IMAGE_FREE_LEFT_OUT);
	CHECK_EQ_U64(image.header.kept_pages,
		     (SMALL_RAM - 0x2000 - (SMALL_PAGES - 16) * PAGE) / PAGE - 1985);
	CHECK_EQ_U64(image.core.entry, f->record.entry);
	for (uint64_t pfn = 0; pfn < f->size / PAGE; pfn++) {
		uint64_t at = pfn * PAGE;
		bool lent = jump_record_lent(&f->record, at) && at < f->record.gate_start;
		bool gone = pfn < 2 || lent || (pfn >= 0x800 && pfn < 0xfc0) || pfn == 0xfff;
		bool got = core_image_read_phys(&image, at, page, PAGE, &e);

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

	if (!core_image_open(&image, read_bytes, file, file->size, &e))
		return false;
	ok = frame_reader_run(&(struct frame_reader){ .image = &image, .threads = 1 }, NULL, &e);
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
		if (!CHECK(core_image_open(&image, read_bytes, &file, file.size, &e)))
			continue;
		CHECK(image.saved);
		CHECK_EQ_U64(image.frame_count, 0);
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
#define LIE(field, value, pattern)			\
	do {						\
		*h = good;				\
		h->field = value;			\
		image_header_seal(h);			\
		CHECK_FAILS(opens(&file), &e, pattern);	\
	} while (0)
	LIE(state, 0x12345678, "*state or size that does not exist");
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
			CHECK_FAILS(verifies(&file), &e, "frame at *damaged*");
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
	if (!CHECK(core_image_open(&image, read_bytes, &file, file.size, &e)))
		return;
	for (int i = 0; i < 200; i++) {
		uint64_t at = chance(&seed) % (image.core_size - 100);
		uint8_t got[100];

		CHECK(core_image_read(&image, at, got, sizeof(got), &e));
	}
	for (size_t i = 0; i < CORE_CACHE_SIZE; i++)
		held += image.cache[i].data != NULL;
	CHECK(held > 1 && held <= CORE_CACHE_SIZE);
	CHECK_FAILS(core_image_read(&image, image.core_size - 1, &seed, 2, &e), &e,
		    "*beyond the end*");
	core_image_drop_cache(&image);
	core_image_close(&image);
	free((void *)file.data);
}

#endif

TEST_MAIN
