/* SPDX-License-Identifier: GPL-2.0-only */
#include "frame_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if HAVE_ZSTD
#include <zstd.h>
#endif

/* zstd_compression_format.md: frame header, then blocks, then the checksum. */
#define ZSTD_FRAME_MAGIC 0xfd2fb528u
#define BLOCK_HEADER_SIZE 3
#define CHECKSUM_SIZE 4
enum { BLOCK_RAW, BLOCK_RLE, BLOCK_COMPRESSED, BLOCK_RESERVED };

bool frame_buffer_fit(struct frame_buffer *b, size_t size, struct err *e)
{
	if (size <= b->size)
		return true;
	free(b->at);
	b->at = malloc(size);
	b->size = b->at ? size : 0;
	return b->at || err_set(e, "no memory for a frame of %zu bytes", size);
}

static bool stream_read(struct frame_stream *s, void *to, size_t size, struct err *e)
{
	char *at = to;

	while (size) {
		ssize_t got = read(s->fd, at, size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, errno, "read");
		if (!got)
			return err_set(e, "the stream was cut short after %llu bytes",
				       (unsigned long long)s->in_offset);
		at += got;
		size -= got;
		s->in_offset += got;
	}
	return true;
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Appends @size bytes of the stream to the frame; a frame larger than its bound is not ours. */
static bool take(struct frame_stream *s, struct frame_buffer *in, struct core_frame *f, size_t size,
		 struct err *e)
{
	if (size > in->size - f->in_size)
		return err_set(e, "frame %llu is larger than frames may be", (unsigned long long)s->frames);
	if (!stream_read(s, in->at + f->in_size, size, e))
		return false;
	f->in_size += size;
	return true;
}

/* The rest of the frame header behind the magic; the content size must be in it, and a checksum. */
static bool take_header(struct frame_stream *s, struct frame_buffer *in, struct core_frame *f,
			struct err *e)
{
	static const uint8_t dictionary_size[] = { 0, 1, 2, 4 };
	static const uint8_t content_size[] = { 0, 2, 4, 8 };
	uint64_t size = 0;
	uint8_t descriptor;
	unsigned skip, width;
	bool single;

	if (!take(s, in, f, 1, e))
		return false;
	descriptor = in->at[4];
	single = descriptor & 0x20;
	skip = !single + dictionary_size[descriptor & 3];
	width = content_size[descriptor >> 6];
	if (!width)
		width = single;
	if (!width || !(descriptor & 0x04))
		return err_set(e, "frame %llu has no content size or no checksum: not ours",
			       (unsigned long long)s->frames);
	if (!take(s, in, f, skip + width, e))
		return false;
	for (unsigned i = 0; i < width; i++)
		size |= (uint64_t)in->at[5 + skip + i] << 8 * i;
	size += width == 2 ? 256 : 0;
	if (!size || size > (s->frames ? IMAGE_FRAME_SIZE : IMAGE_FRAME_MAX))
		return err_set(e, "frame %llu has %llu bytes: not ours", (unsigned long long)s->frames,
			       (unsigned long long)size);
	f->out_size = size;
	return true;
}

static bool take_blocks(struct frame_stream *s, struct frame_buffer *in, struct core_frame *f,
			struct err *e)
{
	bool last = false;

	while (!last) {
		const uint8_t *header = in->at + f->in_size;
		uint32_t word, size;

		if (!take(s, in, f, BLOCK_HEADER_SIZE, e))
			return false;
		word = header[0] | header[1] << 8 | header[2] << 16;
		last = word & 1;
		size = word >> 3;
		if ((word >> 1 & 3) == BLOCK_RESERVED)
			return err_set(e, "frame %llu is damaged", (unsigned long long)s->frames);
		if (!take(s, in, f, (word >> 1 & 3) == BLOCK_RLE ? 1 : size, e))
			return false;
	}
	return take(s, in, f, CHECKSUM_SIZE, e);
}

/* The seek table tells how many frames there should have been. */
static bool take_table(struct frame_stream *s, struct err *e)
{
	uint8_t word[4], tail[SEEK_TABLE_FOOTER_SIZE] = { 0 };
	uint32_t left;

	if (!stream_read(s, word, sizeof(word), e))
		return false;
	left = le32(word);
	if (left < sizeof(tail))
		return err_set(e, "the seek table is damaged");
	while (left > sizeof(tail)) {
		uint8_t skip[4096];
		size_t size = left - sizeof(tail) < sizeof(skip) ? left - sizeof(tail) : sizeof(skip);

		if (!stream_read(s, skip, size, e))
			return false;
		left -= size;
	}
	if (!stream_read(s, tail, sizeof(tail), e))
		return false;
	if (le32(tail + 5) != SEEK_TABLE_MAGIC || le32(tail) != s->frames)
		return err_set(e, "%llu frames came, the seek table tells of %u",
			       (unsigned long long)s->frames, le32(tail));
	s->ended = true;
	return true;
}

bool frame_stream_next(struct frame_stream *s, struct frame_buffer *in, struct core_frame *frame,
		       struct err *e)
{
	struct core_frame f = { .in_offset = s->in_offset, .out_offset = s->out_offset };
	/* What zstd needs at most for so many bytes, and one header more. */
	size_t bound = s->frames ? IMAGE_FRAME_SIZE : IMAGE_FRAME_MAX;

	if (!frame_buffer_fit(in, bound + bound / 128 + 4096, e) || !take(s, in, &f, 4, e))
		return false;
	if (le32(in->at) == SEEK_TABLE_FRAME_MAGIC)
		return take_table(s, e);
	if (le32(in->at) != ZSTD_FRAME_MAGIC)
		return err_set(e, "no frame at byte %llu of the stream", (unsigned long long)f.in_offset);
	if (!take_header(s, in, &f, e) || !take_blocks(s, in, &f, e))
		return false;
	s->out_offset += f.out_size;
	s->frames++;
	*frame = f;
	return true;
}

#if HAVE_ZSTD

static bool read_bytes(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct bytes *b = opaque;

	return bytes_copy(*b, offset, to, size) ||
	       err_set(e, "the headers reach beyond the first frame");
}

static bool parse_first(struct core_image *image, const struct core_frame *f, const uint8_t *in,
			struct err *e)
{
	uint8_t *out = malloc(f->out_size);
	size_t got = out ? ZSTD_decompress(out, f->out_size, in, f->in_size) : 0;
	bool ok;

	if (ZSTD_isError(got) || got != f->out_size)
		ok = err_set(e, "the first frame: %s", ZSTD_isError(got) ? ZSTD_getErrorName(got)
									 : "cannot be read");
	else
		ok = elfcore_read(&image->core, read_bytes, &(struct bytes){ out, f->out_size },
				  UINT64_MAX, e);
	free(out);
	return ok;
}

#else

static bool parse_first(struct core_image *image, const struct core_frame *f, const uint8_t *in,
			struct err *e)
{
	(void)image, (void)f, (void)in;
	return err_set(e, "this program was built without zstd, which saved images need");
}

#endif

bool frame_stream_open(struct frame_stream *s, int fd, struct core_image *image, struct err *e)
{
	struct frame_buffer in = { 0 };
	struct core_frame first;
	bool ok;

	*s = (struct frame_stream){ .fd = fd };
	*image = (struct core_image){ .file_size = UINT64_MAX, .saved = true };
	if (!stream_read(s, &image->header, sizeof(image->header), e) ||
	    !image_header_check(&image->header, e))
		return false;
	ok = frame_stream_next(s, &in, &first, e);
	if (ok && s->ended)
		ok = err_set(e, "the stream holds no memory");
	ok = ok && parse_first(image, &first, in.at, e);
	free(in.at);
	return ok;
}
