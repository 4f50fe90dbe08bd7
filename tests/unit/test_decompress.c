/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#if HAVE_ZLIB
#include <zlib.h>
#endif
#if HAVE_BZIP2
#include <bzlib.h>
#endif
#if HAVE_LZ4
#include <lz4frame.h>
#endif
#if HAVE_LZMA
#include <lzma.h>
#endif
#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "test.h"

#include "decompress.h"

#define NO_LIMIT UINT64_MAX

/* A file under construction. */
struct file {
	uint8_t *data;
	size_t size;
};

static uint8_t *file_extend(struct file *f, size_t size)
{
	f->data = realloc(f->data, f->size + size);
	if (!f->data)
		abort();
	f->size += size;
	return f->data + f->size - size;
}

static void file_add(struct file *f, const void *data, size_t size)
{
	memcpy(file_extend(f, size), data, size);
}

static void file_free(struct file *f)
{
	free(f->data);
	*f = (struct file){};
}

static struct bytes file_bytes(const struct file *f)
{
	return (struct bytes){ f->data, f->size };
}

typedef void pack_fn(struct file *to, const uint8_t *data, size_t size);

static const uint8_t gzip_start[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
static const uint8_t xz_start[] = { 0xfd, '7', 'z', 'X', 'Z', 0, 0, 4, 0xe6, 0xd6, 0xb4, 0x46 };
static const uint8_t zstd_start[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x24, 0 };
static const uint8_t bzip2_start[] = { 'B', 'Z', 'h', '1', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59 };
static const uint8_t lz4_start[] = { 0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7 };

#if HAVE_ZLIB
static void pack_gzip(struct file *to, const uint8_t *data, size_t size)
{
	z_stream z = { .next_in = (Bytef *)data, .avail_in = size };
	size_t room;

	CHECK(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	room = deflateBound(&z, size);
	z.next_out = file_extend(to, room);
	z.avail_out = room;
	CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	to->size -= z.avail_out;
	deflateEnd(&z);
}
#else
#define pack_gzip NULL
#endif

#if HAVE_LZMA
static void pack_xz(struct file *to, const uint8_t *data, size_t size)
{
	size_t room = lzma_stream_buffer_bound(size), used = 0;
	uint8_t *at = file_extend(to, room);

	CHECK(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, data, size, at, &used, room) ==
	      LZMA_OK);
	to->size -= room - used;
}
#else
#define pack_xz NULL
#endif

#if HAVE_ZSTD
static void pack_zstd(struct file *to, const uint8_t *data, size_t size)
{
	size_t room = ZSTD_compressBound(size), used;
	uint8_t *at = file_extend(to, room);
	ZSTD_CCtx *c = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	used = ZSTD_compress2(c, at, room, data, size);
	CHECK(!ZSTD_isError(used));
	to->size -= room - used;
	ZSTD_freeCCtx(c);
}
#else
#define pack_zstd NULL
#endif

#if HAVE_LZ4
static void pack_lz4(struct file *to, const uint8_t *data, size_t size)
{
	const LZ4F_preferences_t with_sum = { .frameInfo.contentChecksumFlag = 1 };
	size_t room = LZ4F_compressFrameBound(size, &with_sum), used;

	used = LZ4F_compressFrame(file_extend(to, room), room, data, size, &with_sum);
	CHECK(!LZ4F_isError(used));
	to->size -= room - used;
}
#else
#define pack_lz4 NULL
#endif

#if HAVE_BZIP2
static void pack_bzip2(struct file *to, const uint8_t *data, size_t size)
{
	unsigned int room = (unsigned int)(size + size / 100 + 600), used = room;
	char *at = (char *)file_extend(to, room);

	CHECK(BZ2_bzBuffToBuffCompress(at, &used, (char *)data, (unsigned int)size, 1, 0, 0) ==
	      BZ_OK);
	to->size -= room - used;
}
#else
#define pack_bzip2 NULL
#endif

static const struct {
	enum compression compression;
	const char *name;
	const uint8_t *start; /* of a file, to be told by */
	size_t start_size;
	pack_fn *pack; /* NULL: left out of this build */
} formats[] = {
	{ COMPRESSION_GZIP, "gzip", gzip_start, sizeof(gzip_start), pack_gzip },
	{ COMPRESSION_XZ, "xz", xz_start, sizeof(xz_start), pack_xz },
	{ COMPRESSION_ZSTD, "zstd", zstd_start, sizeof(zstd_start), pack_zstd },
	{ COMPRESSION_LZ4, "lz4", lz4_start, sizeof(lz4_start), pack_lz4 },
	{ COMPRESSION_BZIP2, "bzip2", bzip2_start, sizeof(bzip2_start), pack_bzip2 },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/* Compressible, but not to nothing. */
static uint8_t *sample(size_t size)
{
	uint8_t *data = malloc(size + 1);
	uint32_t random = 1;

	if (!data)
		abort();
	for (size_t i = 0; i < size; i++) {
		random = random * 1664525 + 1013904223;
		data[i] = "kexec jump"[(random >> 24) % 10];
	}
	return data;
}

static struct err e;

static bool unpack(const struct file *f, uint64_t limit)
{
	size_t size;
	uint8_t *out;

	if (!decompress(file_bytes(f), limit, &out, &size, &e))
		return false;
	free(out);
	return true;
}

static void check_unpacks(const struct file *f, uint64_t limit, const uint8_t *data, size_t size)
{
	size_t out_size = 0;
	uint8_t *out = NULL;

	if (!decompress(file_bytes(f), limit, &out, &out_size, &e)) {
		test_fail(__FILE__, __LINE__, "%zu bytes: %s", size, e.text);
		return;
	}
	CHECK_EQ_U64(out_size, size);
	CHECK(out_size == size && !memcmp(out, data, size));
	free(out);
}

TEST(probe)
{
	for (size_t i = 0; i < FORMATS; i++) {
		struct bytes start = { formats[i].start, formats[i].start_size };

		CHECK_EQ_U64(compression_probe(start), formats[i].compression);
		start.size = 2;
		CHECK_EQ_U64(compression_probe(start), COMPRESSION_NONE);
	}
	CHECK_EQ_U64(compression_probe((struct bytes){}), COMPRESSION_NONE);
	/* A saved image begins with a skippable frame and is not to be unpacked as a whole. */
	CHECK_EQ_U64(compression_probe((struct bytes){ (const uint8_t *)"\x50\x2a\x4d\x18", 4 }),
		     COMPRESSION_NONE);
}

TEST(not_compressed)
{
	struct file f = {};

	CHECK_FAILS(unpack(&f, NO_LIMIT), &e, "not gzip, xz, zstd, lz4, bzip2 or lzma data");
	file_add(&f, "MZ, a kernel", 12);
	CHECK_FAILS(unpack(&f, NO_LIMIT), &e, "not gzip, xz, zstd, lz4, bzip2 or lzma data");
	file_free(&f);
}

#if HAVE_LZ4 || HAVE_LZMA
/* What other programs have made of these words. */
static const char words[] = "The kernel, the kernel, and the kernel again. "
			    "The kernel, the kernel, and the kernel again.";

#define LZ4_BLOCK \
	"\xd7The kernel, t\x0c\0\x37" \
	"and\x10\0\x8f again. .\0\x15Pgain."

static void check_words(const char *data, size_t size)
{
	struct file f = {};

	file_add(&f, data, size);
	check_unpacks(&f, NO_LIMIT, (const uint8_t *)words, strlen(words));
	check_unpacks(&f, strlen(words), (const uint8_t *)words, strlen(words));
	CHECK_FAILS(unpack(&f, strlen(words) - 1), &e, "the * data decompresses to more than *");
	file_free(&f);
}

#define CHECK_WORDS(bytes) check_words(bytes, sizeof(bytes) - 1)
#endif

#if HAVE_LZ4
TEST(lz4_of_others)
{
	/* lz4, lz4 -BX --no-frame-crc, lz4 -l, two of these */
	CHECK_WORDS("\x04\x22\x4d\x18\x64\x40\xa7\x28\0\0\0" LZ4_BLOCK "\0\0\0\0\x6f\x38\x48\xb6");
	CHECK_WORDS("\x04\x22\x4d\x18\x70\x40\xad\x28\0\0\0" LZ4_BLOCK "\xb0\x18\x38\xaa\0\0\0\0");
	CHECK_WORDS("\x02\x21\x4c\x18\x28\0\0\0" LZ4_BLOCK);
	CHECK_WORDS("\x02\x21\x4c\x18\x28\0\0\0" LZ4_BLOCK "\0\0\0\0\0\0");
	CHECK_WORDS("\x02\x21\x4c\x18\x02\x21\x4c\x18\x28\0\0\0" LZ4_BLOCK);
}

static void refused(const char *data, size_t size, const char *why)
{
	struct file f = {};

	file_add(&f, data, size);
	CHECK_FAILS(unpack(&f, 16 << 20), &e, why);
	file_free(&f);
}

#define REFUSED(bytes, why) refused(bytes, sizeof(bytes) - 1, why)

TEST(lz4_that_is_none)
{
	REFUSED("\x04\x22\x4d\x18\x70\x40\xad\x28\0\0\0" LZ4_BLOCK "\xb0\x18\x38\xab\0\0\0\0",
		"damaged lz4 data near byte *: wrong checksum *");
	REFUSED("\x04\x22\x4d\x18\x64\x40\xa8", "damaged lz4 data *: wrong checksum *");
	REFUSED("\x04\x22\x4d\x18\xa4\x40\xa8", "damaged lz4 data *: wrong checksum *");
	REFUSED("\x04\x22\x4d\x18\x64\x30\xa8", "damaged lz4 data *: wrong checksum *");
	REFUSED("\x02\x21\x4c\x18\x28\0\0\0", "the lz4 data ends too early*");
	/* What is before the start; no literals at the end; lengths without an end; no bytes. */
	REFUSED("\x02\x21\x4c\x18\x05\0\0\0\x10x\2\0\0", "damaged lz4 data *: impossible contents");
	REFUSED("\x02\x21\x4c\x18\x04\0\0\0\x10x\1\0", "damaged lz4 data *: impossible contents");
	REFUSED("\x02\x21\x4c\x18\x03\0\0\0\xf0\xff\xff",
		"damaged lz4 data *: impossible contents");
	REFUSED("\x02\x21\x4c\x18\x02\0\0\0\x20x", "damaged lz4 data *: impossible contents");
	REFUSED("\x02\x21\x4c\x18\0\0\0\0x", "1 bytes that are not lz4 data follow *");
}
#endif

#if HAVE_LZMA
TEST(lzma_of_others)
{
	static const char data[] =
		"\x5d\0\0\x10\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x2a\x1a\x08\xa2\x02\xf3\xa8"
		"\x50\xf6\x90\x69\x7f\x35\x12\x6f\xce\xe0\x3f\x8d\x56\0\xae\xb7\x75\xd2\x35\x2e"
		"\x9b\x1b\xd9\xe1\x28\xb3\x38\x03\xff\xff\x73\x78\0\0";

	CHECK_WORDS(data);
	check_words(data, sizeof(data)); /* and a zero behind it */
	refused(data, 40, "the lzma data ends too early, after 40 bytes: the file is cut short");
}
#endif

TEST(left_out_of_this_build)
{
	for (size_t i = 0; i < FORMATS; i++) {
		struct file f = {};

		if (formats[i].pack)
			continue;
		file_add(&f, formats[i].start, formats[i].start_size);
		CHECK_FAILS(unpack(&f, NO_LIMIT), &e, "this program was built without *");
		CHECK(strstr(e.text, formats[i].name));
		file_free(&f);
	}
}

TEST(round_trips)
{
	static const size_t sizes[] = { 0, 1, 1000, 65535, 65536, 65537, 131072, 3 << 20 };

	for (size_t i = 0; i < FORMATS; i++) {
		for (size_t n = 0; formats[i].pack && n < sizeof(sizes) / sizeof(sizes[0]); n++) {
			uint8_t *data = sample(sizes[n]);
			struct file f = {};

			formats[i].pack(&f, data, sizes[n]);
			check_unpacks(&f, NO_LIMIT, data, sizes[n]);
			check_unpacks(&f, sizes[n], data, sizes[n]);
			check_unpacks(&f, sizes[n] + 1, data, sizes[n]);
			if (sizes[n])
				CHECK_FAILS(unpack(&f, sizes[n] - 1), &e,
					    "the * data decompresses to more than * bytes, *");
			file_free(&f);
			free(data);
		}
	}
}

TEST(limit_names_itself)
{
	for (size_t i = 0; i < FORMATS; i++) {
		uint8_t *data = sample(1 << 20);
		struct file f = {};

		if (formats[i].pack) {
			formats[i].pack(&f, data, 1 << 20);
			CHECK_FAILS(unpack(&f, 1000), &e,
				    "the * data decompresses to more than 1000 bytes, *");
			CHECK_FAILS(unpack(&f, 0), &e,
				    "the * data decompresses to more than 0 bytes, *");
		}
		file_free(&f);
		free(data);
	}
}

TEST(members_and_padding)
{
	static const uint8_t zeros[4096];

	for (size_t i = 0; i < FORMATS; i++) {
		uint8_t *data = sample(200000);
		struct file f = {};

		if (!formats[i].pack) {
			free(data);
			continue;
		}
		formats[i].pack(&f, data, 70000);
		formats[i].pack(&f, data + 70000, 0);
		formats[i].pack(&f, data + 70000, 130000);
		check_unpacks(&f, 200000, data, 200000);
		CHECK_FAILS(unpack(&f, 199999), &e,
			    "the * data decompresses to more than 199999 bytes, *");
		file_add(&f, zeros, 1);
		check_unpacks(&f, NO_LIMIT, data, 200000);
		file_add(&f, zeros, sizeof(zeros) - 1);
		check_unpacks(&f, NO_LIMIT, data, 200000);
		file_add(&f, "x", 1);
		CHECK_FAILS(unpack(&f, NO_LIMIT), &e, "1 bytes that are not * follow *");
		file_free(&f);
		free(data);
	}
}

TEST(another_format_behind)
{
	for (size_t i = 0; i < FORMATS; i++) {
		size_t other = (i + 1) % FORMATS;
		struct file f = {};

		if (!formats[i].pack)
			continue;
		formats[i].pack(&f, (const uint8_t *)"kernel", 6);
		file_add(&f, formats[other].start, formats[other].start_size);
		CHECK_FAILS(unpack(&f, NO_LIMIT), &e, "* bytes that are not * follow *");
		file_free(&f);
	}
}

/* Cut anywhere, a file is an error: cut in the magic, not compressed; later, cut short. */
TEST(truncated)
{
	for (size_t i = 0; i < FORMATS; i++) {
		uint8_t *data = sample(3000);
		struct file f = {};

		if (formats[i].pack)
			formats[i].pack(&f, data, 3000);
		while (f.size) {
			const char *why = "the * data ends too early, after * bytes: *";
			uint8_t *exact;

			f.size--;
			if (compression_probe(file_bytes(&f)) == COMPRESSION_NONE)
				why = "not gzip, xz, zstd, lz4, bzip2 or lzma data";
			/* A buffer of just that size, so that a read behind it shows. */
			exact = malloc(f.size ? f.size : 1);
			if (!exact)
				abort();
			memcpy(exact, f.data, f.size);
			CHECK_FAILS(unpack(&(struct file){ exact, f.size }, NO_LIMIT), &e, why);
			free(exact);
		}
		file_free(&f);
		free(data);
	}
}

/* Every format checks its contents: no flipped bit gives other bytes. */
TEST(damaged)
{
	for (size_t i = 0; i < FORMATS; i++) {
		uint8_t *data = sample(500);
		struct file f = {};

		if (formats[i].pack)
			formats[i].pack(&f, data, 500);
		for (size_t bit = 0; bit < 8 * f.size; bit++) {
			size_t size;
			uint8_t *out;

			f.data[bit / 8] ^= 1 << bit % 8;
			if (decompress(file_bytes(&f), 1 << 20, &out, &size, &e)) {
				CHECK(size == 500 && !memcmp(out, data, size));
				free(out);
			}
			f.data[bit / 8] ^= 1 << bit % 8;
		}
		if (formats[i].pack) {
			f.data[f.size / 2] ^= 0xff;
			CHECK_FAILS(unpack(&f, 1 << 20), &e, "damaged * data near byte *: *");
		}
		file_free(&f);
		free(data);
	}
}

#if HAVE_LZMA
/* Writes another dictionary size into the block header, xz-file-format.txt 3.1 and 5.3.1. */
static bool set_dictionary(struct file *f, uint8_t size)
{
	uint8_t *header = f->data + 12, *crc = header + header[0] * 4;

	for (uint8_t *p = header; p + 2 < crc; p++) {
		uint32_t sum;

		if (p[0] != 0x21 || p[1] != 1)
			continue;
		p[2] = size;
		sum = lzma_crc32(header, crc - header, 0);
		memcpy(crc, &sum, sizeof(sum));
		return true;
	}
	return false;
}

TEST(xz_dictionary_too_large)
{
	struct file f = {};

	pack_xz(&f, (const uint8_t *)"kernel", 6);
	if (!CHECK(set_dictionary(&f, 32))) /* 2 << (32 / 2 + 11): 256 MiB, plus the decoder */
		return;
	CHECK_FAILS(unpack(&f, NO_LIMIT), &e, "xz data needs 257 MiB of memory *at most 256 MiB*");
	CHECK(set_dictionary(&f, 40));
	CHECK_FAILS(unpack(&f, NO_LIMIT), &e, "xz data needs 40?? MiB of memory *at most 256 MiB*");
	CHECK(set_dictionary(&f, 31));
	check_unpacks(&f, NO_LIMIT, (const uint8_t *)"kernel", 6);
	file_free(&f);
}
#endif

#if HAVE_ZSTD
TEST(zstd_window_too_large)
{
	/* Frame header without a content size; a window of 2^(10 + 18); an empty last block. */
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 18 << 3, 1, 0, 0 };
	static const uint8_t allowed[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3, 1, 0, 0 };
	struct file f = {};

	file_add(&f, frame, sizeof(frame));
	CHECK_FAILS(unpack(&f, NO_LIMIT), &e, "zstd data needs a window of more than 128 MiB*");
	file_free(&f);
	file_add(&f, allowed, sizeof(allowed));
	check_unpacks(&f, NO_LIMIT, (const uint8_t *)"", 0);
	file_free(&f);
}
#endif

/* A small file that wants to be 1 GiB must not take more memory than the limit. */
TEST(bomb)
{
	for (size_t i = 0; i < FORMATS; i++) {
		uint8_t *zeros = calloc(1, 1 << 20);
		struct file member = {}, f = {};
		bool small;

		if (formats[i].pack)
			formats[i].pack(&member, zeros, 1 << 20);
		small = member.size && member.size < 1 << 16; /* pack_lz4() does not pack */
		for (size_t n = 0; n < 1024 && small; n++)
			file_add(&f, member.data, member.size);
		if (small)
			CHECK_FAILS(unpack(&f, 5 << 20), &e,
				    "the * data decompresses to more than 5242880 bytes, *");
		file_free(&member);
		file_free(&f);
		free(zeros);
	}
}

TEST_MAIN
