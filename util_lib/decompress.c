/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#if HAVE_ZLIB
#include <zlib.h>
#endif
#if HAVE_BZIP2
#include <bzlib.h>
#endif
#if HAVE_LZ4
#include <lz4.h>
#include <lz4frame.h>
#endif
#if HAVE_LZMA
#include <lzma.h>
#endif
#if HAVE_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include "decompress.h"

#define FIRST_ROOM	    (64u << 10)
#define XZ_MEMORY_MAX	    (UINT64_C(256) << 20) /* "xz -9" needs 65 MiB */
#define ZSTD_WINDOW_LOG_MAX 27			  /* 128 MiB: what "zstd --ultra -22" makes */

struct stream {
	struct bytes whole;
	struct bytes in; /* what is left of it */
	uint8_t *out;
	size_t size;	 /* bytes of output so far */
	size_t room;	 /* bytes that @out has room for */
	size_t room_max; /* one more than the limit, so that a breach shows */
	const char *name;
};

/* Decodes all members at @s->in and leaves what follows them, if it is not one. */
typedef bool decode_fn(struct stream *s, struct err *e);

static uint64_t position(const struct stream *s)
{
	return s->whole.size - s->in.size;
}

static bool fail_limit(const struct stream *s, struct err *e)
{
	return err_set(e, "the %s data decompresses to more than %zu bytes, the most allowed here",
		       s->name, s->room_max - 1);
}

#if HAVE_BZIP2 || HAVE_LZ4 || HAVE_LZMA || HAVE_ZLIB || HAVE_ZSTD
static bool fail_damaged(const struct stream *s, const char *why, struct err *e)
{
	return err_set(e, "damaged %s data near byte %" PRIu64 ": %s", s->name, position(s), why);
}

static bool fail_truncated(const struct stream *s, struct err *e)
{
	return err_set(e, "the %s data ends too early, after %zu bytes: the file is cut short",
		       s->name, s->whole.size);
}

static bool fail_memory(const struct stream *s, struct err *e)
{
	return err_set(e, "not enough memory to decompress %s data", s->name);
}

/* Makes room for at least one byte more. */
static bool make_room(struct stream *s, struct err *e)
{
	size_t room = s->room ? 2 * s->room : FIRST_ROOM;
	uint8_t *out;

	if (s->size < s->room)
		return true;
	if (s->room == s->room_max)
		return fail_limit(s, e);
	if (s->room > s->room_max / 2 || room > s->room_max)
		room = s->room_max;
	out = realloc(s->out, room);
	if (!out)
		return fail_memory(s, e);
	s->out = out;
	s->room = room;
	return true;
}

static void consume(struct stream *s, size_t in, size_t out)
{
	s->in.data += in;
	s->in.size -= in;
	s->size += out;
}

/* Whether another member follows, perhaps after zero padding (which is skipped in any case). */
static bool another_member(struct stream *s)
{
	while (s->in.size && !*s->in.data)
		consume(s, 1, 0);
	return compression_probe(s->in) == compression_probe(s->whole);
}
#endif

#if HAVE_ZLIB || HAVE_BZIP2
static unsigned int clamp(size_t size)
{
	return size < UINT_MAX ? (unsigned int)size : UINT_MAX;
}
#endif

#if HAVE_ZLIB
#define GZIP_ONLY 16 /* added to the window bits: no zlib or raw header, zlib.h */

static bool gzip_member(z_stream *z, struct stream *s, struct err *e)
{
	for (;;) {
		uInt in_size = clamp(s->in.size), out_size;
		int status;

		if (!make_room(s, e))
			return false;
		out_size = clamp(s->room - s->size);
		z->next_in = (Bytef *)s->in.data;
		z->avail_in = in_size;
		z->next_out = s->out + s->size;
		z->avail_out = out_size;
		status = inflate(z, Z_NO_FLUSH);
		consume(s, in_size - z->avail_in, out_size - z->avail_out);
		if (status == Z_STREAM_END)
			return true;
		if (status == Z_MEM_ERROR)
			return fail_memory(s, e);
		if (status != Z_OK && status != Z_BUF_ERROR)
			return fail_damaged(s, z->msg ? z->msg : "not understood", e);
		if (!s->in.size && z->avail_out)
			return fail_truncated(s, e);
	}
}

static bool decode_gzip(struct stream *s, struct err *e)
{
	z_stream z = {};
	bool ok;

	if (inflateInit2(&z, MAX_WBITS + GZIP_ONLY) != Z_OK)
		return fail_memory(s, e);
	do
		ok = gzip_member(&z, s, e);
	while (ok && another_member(s) && inflateReset(&z) == Z_OK);
	inflateEnd(&z);
	return ok;
}
#else
#define decode_gzip NULL
#endif

#if HAVE_LZMA
static const char *xz_words(lzma_ret status)
{
	switch (status) {
	case LZMA_FORMAT_ERROR:
		return "not an xz header";
	case LZMA_OPTIONS_ERROR:
		return "a feature that liblzma does not know";
	case LZMA_UNSUPPORTED_CHECK:
		return "a checksum that liblzma does not know";
	default:
		return "wrong checksum or impossible contents";
	}
}

/* @status: of making the decoder. */
static bool xz_member(lzma_stream *z, lzma_ret status, struct stream *s, struct err *e)
{
	while (status == LZMA_OK) {
		size_t in_size = s->in.size, out_size;

		if (!make_room(s, e))
			return false;
		out_size = s->room - s->size;
		z->next_in = s->in.data;
		z->avail_in = in_size;
		z->next_out = s->out + s->size;
		z->avail_out = out_size;
		status = lzma_code(z, LZMA_FINISH);
		consume(s, in_size - z->avail_in, out_size - z->avail_out);
	}
	if (status == LZMA_STREAM_END)
		return true;
	if (status == LZMA_BUF_ERROR)
		return fail_truncated(s, e);
	if (status == LZMA_MEM_ERROR)
		return fail_memory(s, e);
	if (status == LZMA_MEMLIMIT_ERROR)
		return err_set(e,
			       "%s data needs %" PRIu64
			       " MiB of memory to decompress, at most %u MiB "
			       "are allowed: compress it with a smaller dictionary",
			       s->name, (lzma_memusage(z) >> 20) + 1,
			       (unsigned int)(XZ_MEMORY_MAX >> 20));
	return fail_damaged(s, xz_words(status), e);
}

static bool decode_xz(struct stream *s, struct err *e)
{
	lzma_stream z = LZMA_STREAM_INIT;
	bool ok;

	do
		ok = xz_member(&z,
			       lzma_stream_decoder(&z, XZ_MEMORY_MAX, LZMA_TELL_UNSUPPORTED_CHECK),
			       s, e);
	while (ok && another_member(s));
	lzma_end(&z);
	return ok;
}

/* The older format, which knows no members. */
static bool decode_lzma(struct stream *s, struct err *e)
{
	lzma_stream z = LZMA_STREAM_INIT;
	bool ok = xz_member(&z, lzma_alone_decoder(&z, XZ_MEMORY_MAX), s, e);

	lzma_end(&z);
	another_member(s); /* for the padding */
	return ok;
}
#else
#define decode_xz   NULL
#define decode_lzma NULL
#endif

#if HAVE_ZSTD
static bool zstd_fail(const struct stream *s, size_t status, struct err *e)
{
	switch (ZSTD_getErrorCode(status)) {
	case ZSTD_error_memory_allocation:
		return fail_memory(s, e);
	case ZSTD_error_frameParameter_windowTooLarge:
		return err_set(e,
			       "zstd data needs a window of more than %u MiB to decompress: "
			       "compress it without --long",
			       1u << (ZSTD_WINDOW_LOG_MAX - 20));
	default:
		return fail_damaged(s, ZSTD_getErrorName(status), e);
	}
}

static bool zstd_member(ZSTD_DCtx *z, struct stream *s, struct err *e)
{
	size_t status;

	do {
		ZSTD_inBuffer in = { s->in.data, s->in.size, 0 };
		ZSTD_outBuffer out = {};

		if (!make_room(s, e))
			return false;
		out.dst = s->out + s->size;
		out.size = s->room - s->size;
		status = ZSTD_decompressStream(z, &out, &in);
		consume(s, in.pos, out.pos);
		if (ZSTD_isError(status))
			return zstd_fail(s, status, e);
		if (status && !s->in.size && out.pos < out.size)
			return fail_truncated(s, e);
	} while (status);
	return true;
}

static bool decode_zstd(struct stream *s, struct err *e)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	bool ok;

	if (!z)
		return fail_memory(s, e);
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	do
		ok = zstd_member(z, s, e);
	while (ok && another_member(s));
	ZSTD_freeDCtx(z);
	return ok;
}
#else
#define decode_zstd NULL
#endif

#if HAVE_LZ4
#define LZ4_LEGACY_MAGIC 0x184c2102
#define LZ4_LEGACY_BLOCK (8 << 20) /* what each but the last one decodes to */

static bool lz4_member(LZ4F_dctx *z, struct stream *s, struct err *e)
{
	size_t status;

	do {
		size_t in_size = s->in.size, out_size;

		if (!make_room(s, e))
			return false;
		out_size = s->room - s->size;
		status =
			LZ4F_decompress(z, s->out + s->size, &out_size, s->in.data, &in_size, NULL);
		if (LZ4F_isError(status))
			return fail_damaged(s, "wrong checksum or impossible contents", e);
		consume(s, in_size, out_size);
		if (status && !s->in.size && s->size < s->room)
			return fail_truncated(s, e);
	} while (status);
	return true;
}

static bool decode_lz4(struct stream *s, struct err *e)
{
	LZ4F_dctx *z;
	bool ok;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&z, LZ4F_VERSION)))
		return fail_memory(s, e);
	do
		ok = lz4_member(z, s, e);
	while (ok && another_member(s));
	LZ4F_freeDecompressionContext(z);
	return ok;
}

static bool append(struct stream *s, const uint8_t *data, size_t size, struct err *e)
{
	while (size) {
		size_t piece;

		if (!make_room(s, e))
			return false;
		piece = s->room - s->size < size ? s->room - s->size : size;
		memcpy(s->out + s->size, data, piece);
		consume(s, 0, piece);
		data += piece;
		size -= piece;
	}
	return true;
}

/* @decoded has room for any block: with less, liblz4 might refuse one that fits. */
static bool lz4_block(struct stream *s, uint8_t *decoded, struct err *e)
{
	struct bytes block;
	uint32_t size;
	int got;

	if (!bytes_le32(s->in, 0, &size) || !bytes_sub(s->in, sizeof(size), size, &block))
		return fail_truncated(s, e);
	if (size > LZ4_COMPRESSBOUND(LZ4_LEGACY_BLOCK))
		return fail_damaged(s, "a block is too large", e);
	got = LZ4_decompress_safe((const char *)block.data, (char *)decoded, (int)size,
				  LZ4_LEGACY_BLOCK);
	if (got < 0)
		return fail_damaged(s, "impossible contents", e);
	consume(s, sizeof(size) + size, 0);
	return append(s, decoded, (size_t)got, e);
}

/* Until the end of the data: its start may come again. */
static bool decode_lz4_old(struct stream *s, struct err *e)
{
	uint8_t *decoded = malloc(LZ4_LEGACY_BLOCK);
	bool ok = decoded || fail_memory(s, e);
	uint32_t word;

	while (ok && bytes_le32(s->in, 0, &word) && word) {
		if (word == LZ4_LEGACY_MAGIC)
			consume(s, sizeof(word), 0);
		else
			ok = lz4_block(s, decoded, e);
	}
	free(decoded);
	another_member(s); /* for the padding */
	return ok;
}
#else
#define decode_lz4     NULL
#define decode_lz4_old NULL
#endif

#if HAVE_BZIP2
static bool bzip2_member(bz_stream *z, struct stream *s, struct err *e)
{
	for (;;) {
		unsigned int in_size = clamp(s->in.size), out_size;
		int status;

		if (!make_room(s, e))
			return false;
		out_size = clamp(s->room - s->size);
		z->next_in = (char *)s->in.data;
		z->avail_in = in_size;
		z->next_out = (char *)s->out + s->size;
		z->avail_out = out_size;
		status = BZ2_bzDecompress(z);
		consume(s, in_size - z->avail_in, out_size - z->avail_out);
		if (status == BZ_STREAM_END)
			return true;
		if (status == BZ_MEM_ERROR)
			return fail_memory(s, e);
		if (status != BZ_OK)
			return fail_damaged(s, "wrong checksum or impossible contents", e);
		if (!s->in.size && z->avail_out)
			return fail_truncated(s, e);
	}
}

static bool decode_bzip2(struct stream *s, struct err *e)
{
	bool ok;

	do {
		bz_stream z = {};

		if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
			return fail_memory(s, e);
		ok = bzip2_member(&z, s, e);
		BZ2_bzDecompressEnd(&z);
	} while (ok && another_member(s));
	return ok;
}
#else
#define decode_bzip2 NULL
#endif

/* The size of its blocks, then the first block, or the end. */
static bool is_bzip2(struct bytes in)
{
	static const uint8_t starts[][6] = {
		{ 0x31, 0x41, 0x59, 0x26, 0x53, 0x59 },
		{ 0x17, 0x72, 0x45, 0x38, 0x50, 0x90 },
	};
	struct bytes start;

	return bytes_sub(in, 4, sizeof(starts[0]), &start) && in.data[3] >= '1' &&
	       in.data[3] <= '9' &&
	       (!memcmp(start.data, starts[0], start.size) ||
		!memcmp(start.data, starts[1], start.size));
}

/* No magic number: properties, the dictionary's size (a power of two), and how much it will be. */
static bool is_lzma(struct bytes in)
{
	uint32_t dictionary;
	uint8_t last;

	if (!bytes_le32(in, 1, &dictionary) || !bytes_copy(in, 12, &last, 1))
		return false;
	return dictionary >= 4096 && !(dictionary & (dictionary - 1)) && (!last || last == 0xff);
}

static const struct format {
	const char *name;
	uint8_t magic[6];
	size_t magic_size;
	decode_fn *decode;	     /* NULL: left out of this build */
	bool (*is)(struct bytes in); /* what the magic number alone does not tell; NULL: nothing */
} formats[] = {
	/* RFC 1952, 2.3.1; the third byte is the only method there is */
	[COMPRESSION_GZIP] = { "gzip", { 0x1f, 0x8b, 8 }, 3, decode_gzip, NULL },
	/* xz-file-format.txt, 2.1.1.1 */
	[COMPRESSION_XZ] = { "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, decode_xz, NULL },
	/* RFC 8878, 3.1.1; saved images begin with a skippable frame and stay out */
	[COMPRESSION_ZSTD] = { "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, decode_zstd, NULL },
	[COMPRESSION_LZ4] = { "lz4", { 0x04, 0x22, 0x4d, 0x18 }, 4, decode_lz4, NULL },
	[COMPRESSION_LZ4_LEGACY] = { "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, decode_lz4_old, NULL },
	[COMPRESSION_BZIP2] = { "bzip2", { 'B', 'Z', 'h' }, 3, decode_bzip2, is_bzip2 },
	[COMPRESSION_LZMA] = { "lzma", { 0x5d, 0, 0 }, 3, decode_lzma, is_lzma },
};

enum compression compression_probe(struct bytes in)
{
	for (size_t i = COMPRESSION_GZIP; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct format *f = &formats[i];

		if (in.size >= f->magic_size && !memcmp(in.data, f->magic, f->magic_size) &&
		    (!f->is || f->is(in)))
			return i;
	}
	return COMPRESSION_NONE;
}

static bool run(decode_fn *decode, struct stream *s, struct err *e)
{
	if (!decode)
		return err_set(e, "this program was built without %s: decompress the file first",
			       s->name);
	if (!decode(s, e))
		return false;
	if (s->size == s->room_max)
		return fail_limit(s, e);
	if (s->in.size)
		return err_set(e,
			       "%zu bytes that are not %s data follow the %s data at byte %" PRIu64,
			       s->in.size, s->name, s->name, position(s));
	return true;
}

bool decompress(struct bytes in, uint64_t limit, uint8_t **out, size_t *out_size, struct err *e)
{
	const struct format *f = &formats[compression_probe(in)];
	struct stream s = { .whole = in, .in = in, .name = f->name };

	if (!f->magic_size)
		return err_set(e, "not gzip, xz, zstd, lz4, bzip2 or lzma data");
	s.room_max = limit < PTRDIFF_MAX ? limit + 1 : PTRDIFF_MAX;
	if (!run(f->decode, &s, e)) {
		free(s.out);
		return false;
	}
	*out = realloc(s.out, s.size ? s.size : 1);
	if (!*out)
		*out = s.out;
	*out_size = s.size;
	return true;
}
