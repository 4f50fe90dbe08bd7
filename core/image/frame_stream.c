/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame_stream.h"
#include "xxh64.h"
#include "zstd_format.h"

bool frame_buffer_fit(struct frame_buffer *b, size_t size, struct err *e)
{
	if (size <= b->size)
		return true;
	free(b->at);
	size = (size + DIRECT_ALIGN - 1) / DIRECT_ALIGN * DIRECT_ALIGN;
	b->at = aligned_alloc(DIRECT_ALIGN, size);
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
			return err_set(e, "the stream was cut short after %" PRIu64 " bytes",
				       s->in_offset);
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
		return err_set(e, "frame %" PRIu64 " is larger than frames may be", s->frames);
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
		return err_set(e, "frame %" PRIu64 " has no content size or no checksum: not ours",
			       s->frames);
	if (!take(s, in, f, skip + width, e))
		return false;
	for (unsigned i = 0; i < width; i++)
		size |= (uint64_t)in->at[5 + skip + i] << 8 * i;
	size += width == 2 ? 256 : 0;
	if (!size || size > core_frame_out_max(s->frames))
		return err_set(e, "frame %" PRIu64 " has %" PRIu64 " bytes: not ours", s->frames,
			       size);
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

		if (!take(s, in, f, ZSTD_BLOCK_HEADER_SIZE, e))
			return false;
		word = header[0] | header[1] << 8 | header[2] << 16;
		last = word & 1;
		size = word >> 3;
		if ((word >> 1 & 3) == ZSTD_BLOCK_RESERVED)
			return err_set(e, "frame %" PRIu64 " is damaged", s->frames);
		if (!take(s, in, f, (word >> 1 & 3) == ZSTD_BLOCK_RLE ? 1 : size, e))
			return false;
	}
	return take(s, in, f, ZSTD_CHECKSUM_SIZE, e);
}

/* One more link; a chain takes no memory and depends on all that was put into it. */
static uint64_t chain(uint64_t before, uint64_t word)
{
	return xxh64(&word, sizeof(word), before);
}

/* What the seek table has to say of a frame, as it lies there. */
static uint64_t seek_entry(uint32_t in_size, uint32_t out_size)
{
	return in_size | (uint64_t)out_size << 32;
}

/* @count words of the stream, chained. */
static bool stream_chain(struct frame_stream *s, uint64_t count, uint64_t *sum, struct err *e)
{
	*sum = 0;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t word;

		if (!stream_read(s, &word, sizeof(word), e))
			return false;
		*sum = chain(*sum, word);
	}
	return true;
}

/* The tables must tell of the frames that came, no more and no fewer. */
static bool take_digests(struct frame_stream *s, struct err *e)
{
	uint64_t sum;
	uint8_t size[4];

	if (!stream_read(s, size, sizeof(size), e))
		return false;
	if (le32(size) != s->frames * 8)
		return err_set(e, "%" PRIu64 " frames came, the tables tell of %u", s->frames,
			       le32(size) / 8);
	if (!stream_chain(s, s->frames, &sum, e))
		return false;
	s->sizes = chain(s->sizes, seek_entry(8 + le32(size), 0));
	return sum == s->digests ||
	       err_set(e, "a frame, or the table of their checksums, is damaged");
}

static bool take_seek_table(struct frame_stream *s, struct err *e)
{
	uint64_t entries = s->frames + 2, sum;
	uint8_t head[8], tail[SEEK_TABLE_FOOTER_SIZE];

	if (!stream_read(s, head, sizeof(head), e))
		return false;
	if (le32(head) != SEEK_TABLE_FRAME_MAGIC || le32(head + 4) != entries * 8 + sizeof(tail))
		return err_set(e, "the seek table is damaged");
	if (!stream_chain(s, entries, &sum, e) || !stream_read(s, tail, sizeof(tail), e))
		return false;
	if (sum != s->sizes || le32(tail + 5) != SEEK_TABLE_MAGIC || tail[4] ||
	    le32(tail) != entries)
		return err_set(e, "the seek table is damaged");
	s->ended = true;
	return true;
}

bool frame_stream_next(struct frame_stream *s, struct frame_buffer *in, struct core_frame *frame,
		       struct err *e)
{
	struct core_frame f = { .in_offset = s->in_offset, .out_offset = s->out_offset };

	if (!frame_buffer_fit(in, core_frame_in_max(s->frames), e) || !take(s, in, &f, 4, e))
		return false;
	if (le32(in->at) == DIGEST_TABLE_FRAME_MAGIC)
		return take_digests(s, e) && take_seek_table(s, e);
	if (le32(in->at) != ZSTD_FRAME_MAGIC)
		return err_set(e, "no frame at byte %" PRIu64 " of the stream", f.in_offset);
	if (!take_header(s, in, &f, e) || !take_blocks(s, in, &f, e))
		return false;
	f.digest = xxh64(in->at, f.in_size, 0);
	s->digests = chain(s->digests, f.digest);
	s->sizes = chain(s->sizes, seek_entry(f.in_size, f.out_size));
	s->out_offset += f.out_size;
	s->frames++;
	*frame = f;
	return true;
}

static bool read_bytes(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct bytes *b = opaque;

	return bytes_copy(*b, offset, to, size) ||
	       err_set(e, "the headers reach beyond the first frame");
}

static bool parse_first(struct core_image *image, const struct core_frame *f, const uint8_t *in,
			struct err *e)
{
	struct bytes headers = { NULL, f->out_size };
	uint8_t *out = malloc(f->out_size);
	void *decoder = core_decoder_create();
	bool ok = (out && decoder) || err_set(e, "no memory for the first frame");

	headers.data = out;
	ok = ok && core_frame_unpack(f, decoder, in, out, e) &&
	     elfcore_read(&image->core, read_bytes, &headers, UINT64_MAX, e);
	free(out);
	core_decoder_destroy(decoder);
	return ok;
}

bool frame_stream_open(struct frame_stream *s, int fd, struct core_image *image, struct err *e)
{
	struct frame_buffer in = { 0 };
	struct core_frame first;
	bool ok;

	*s = (struct frame_stream){ .fd = fd, .sizes = chain(0, seek_entry(IMAGE_HEADER_SIZE, 0)) };
	*image = (struct core_image){ .file_size = UINT64_MAX, .saved = true };
	if (!stream_read(s, &image->header, sizeof(image->header), e) ||
	    !image_header_check(&image->header, e))
		return false;
	ok = frame_stream_next(s, &in, &first, e);
	if (ok && s->ended)
		ok = err_set(e, "the stream holds no memory");
	ok = ok && parse_first(image, &first, in.at, e) &&
	     extents_of_core(&image->memory, &image->core, e);
	free(in.at);
	if (!ok)
		core_image_close(image);
	return ok;
}
