/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"
#include "xxh64.h"
#include "zstd_frame.h"

/* Of a frame header: magic, descriptor, window, dictionary, content size. */
#define HEADER_MAX 18

bool frame_buffer_fit(struct frame_buffer *b, size_t size, struct err *e)
{
	if (size <= b->size)
		return true;
	free(b->at);
	size = (size + DIRECT_ALIGN - 1) / DIRECT_ALIGN * DIRECT_ALIGN;
	b->at = aligned_alloc(DIRECT_ALIGN, size);
	b->size = b->at ? size : 0;
	return b->at || err_set(e, "no memory for a zstd frame of %zu bytes", size);
}

static bool stream_read(struct image_stream *s, void *to, size_t size, struct err *e)
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

/* Appends @size bytes of the stream to the frame; a frame larger than its bound is not ours. */
static bool take(struct image_stream *s, struct frame_buffer *in, struct image_frame *f,
		 size_t size, struct err *e)
{
	if (size > in->size - f->in_size)
		return err_set(e, "zstd frame %" PRIu64 " is larger than any of ours",
			       s->chain.frames);
	if (!stream_read(s, in->at + f->in_size, size, e))
		return false;
	f->in_size += size;
	return true;
}

/* The rest of the frame header after the magic; the content size must be in it, and a checksum. */
static bool take_header(struct image_stream *s, struct frame_buffer *in, struct image_frame *f,
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
		return err_set(e,
			       "zstd frame %" PRIu64
			       " lacks a content size or a checksum: kdump did not write it",
			       s->chain.frames);
	if (!take(s, in, f, skip + width, e))
		return false;
	for (unsigned i = 0; i < width; i++)
		size |= (uint64_t)in->at[5 + skip + i] << 8 * i;
	size += width == 2 ? 256 : 0;
	if (!size || size > image_frame_out_max(s->chain.frames))
		return err_set(e,
			       "zstd frame %" PRIu64 " has %" PRIu64
			       " bytes, which none of ours has",
			       s->chain.frames, size);
	f->out_size = size;
	return true;
}

/* For all of it, now that its size is known; what came so far is kept. */
static bool make_room(struct frame_buffer *in, const struct image_frame *f, struct err *e)
{
	uint8_t header[HEADER_MAX];

	memcpy(header, in->at, f->in_size);
	if (!frame_buffer_fit(in, image_frame_in_max(f->out_size), e))
		return false;
	memcpy(in->at, header, f->in_size);
	return true;
}

static bool take_blocks(struct image_stream *s, struct frame_buffer *in, struct image_frame *f,
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
			return err_set(e, "zstd frame %" PRIu64 " is damaged", s->chain.frames);
		if (!take(s, in, f, (word >> 1 & 3) == ZSTD_BLOCK_RLE ? 1 : size, e))
			return false;
	}
	return take(s, in, f, ZSTD_CHECKSUM_SIZE, e);
}

/* Of an encrypted frame; what it says of itself is believed when its tag is found to be right. */
static bool take_sealed(struct image_stream *s, struct frame_buffer *in, struct image_frame *f,
			struct err *e)
{
	struct sealed_frame head;

	if (!take(s, in, f, sizeof(head) - f->in_size, e))
		return false;
	memcpy(&head, in->at, sizeof(head));
	f->out_size = head.content & ~SEALED_FRAME_LAST;
	if (s->last)
		return err_set(e, "a frame follows the one that is marked as the last");
	s->last = head.content & SEALED_FRAME_LAST;
	if (!f->out_size || f->out_size > image_frame_out_max(s->chain.frames) ||
	    head.size < SEALED_FRAME_ADDS - 8 || head.size > image_frame_in_max(f->out_size) - 8)
		return err_set(e, "encrypted frame %" PRIu64 " has a size that none of ours has",
			       s->chain.frames);
	return make_room(in, f, e) && take(s, in, f, head.size - (sizeof(head) - 8), e);
}

static bool take_frame(struct image_stream *s, struct frame_buffer *in, struct image_frame *f,
		       uint32_t magic, struct err *e)
{
	if (magic != (s->encrypted ? SEALED_FRAME_MAGIC : ZSTD_FRAME_MAGIC))
		return err_set(e, "no %s at byte %" PRIu64 " of the stream",
			       s->encrypted ? "encrypted frame" : "zstd frame", f->in_offset);
	if (s->encrypted)
		return take_sealed(s, in, f, e);
	return take_header(s, in, f, e) && make_room(in, f, e) && take_blocks(s, in, f, e);
}

static bool read_next(void *opaque, void *to, size_t size, struct err *e)
{
	return stream_read(opaque, to, size, e);
}

bool image_stream_next(struct image_stream *s, struct frame_buffer *in, struct image_frame *frame,
		       struct err *e)
{
	struct image_frame f = { .in_offset = s->in_offset, .out_offset = s->out_offset };
	uint32_t magic;

	if (!frame_buffer_fit(in, HEADER_MAX, e) || !take(s, in, &f, 4, e))
		return false;
	bytes_le32((struct bytes){ in->at, f.in_size }, 0, &magic);
	if (magic == DIGEST_TABLE_FRAME_MAGIC) {
		if (s->encrypted && !s->last)
			return err_set(e, "the stream was cut short: its last frame did not come");
		s->ended = seek_chain_end(&s->chain, read_next, s, e);
		return s->ended;
	}
	if (!take_frame(s, in, &f, magic, e))
		return false;
	f.digest = xxh64(in->at, f.in_size, 0);
	seek_chain_add(&s->chain, &f);
	s->out_offset += f.out_size;
	*frame = f;
	return true;
}

static bool read_bytes(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct bytes *b = opaque;

	return bytes_copy(*b, offset, to, size) ||
	       err_set(e, "the headers reach beyond the first frame");
}

static bool parse_first(struct core_image *image, const struct image_frame *f, const uint8_t *in,
			struct err *e)
{
	struct bytes headers = { NULL, f->out_size };
	uint8_t *out = malloc(f->out_size);
	struct decoder *decoder = decoder_create(image->cipher);
	bool ok = (out && decoder) || err_set(e, "no memory for the first frame");

	headers.data = out;
	core_image_bind_memory(image);
	ok = ok && decoder_run(decoder, f, in, out, e) &&
	     (image->cipher || decoder_check_content(f, in, out, e)) &&
	     elfcore_read(&image->memory.core, read_bytes, &headers, UINT64_MAX, e);
	free(out);
	decoder_destroy(decoder);
	return ok;
}

bool image_stream_open(struct image_stream *s, int fd, const struct image_keys *keys,
		       struct core_image *image, struct err *e)
{
	struct frame_buffer in = { 0 };
	struct image_frame first;
	bool ok;

	*s = (struct image_stream){ .fd = fd };
	seek_chain_begin(&s->chain);
	*image = (struct core_image){ .file_size = UINT64_MAX, .saved = true };
	if (!stream_read(s, &image->header, sizeof(image->header), e) ||
	    !image_header_check(&image->header, e) || !image_header_complete(&image->header, e) ||
	    !image_unseal(&image->header, keys, &image->cipher, e))
		return false;
	s->encrypted = image->cipher;
	ok = image_stream_next(s, &in, &first, e);
	if (ok && s->ended)
		ok = err_set(e, "the stream holds no memory");
	s->headers_size = s->out_offset;
	ok = ok && parse_first(image, &first, in.at, e) &&
	     extents_of_core(&image->memory.extents, &image->memory.core, e);
	free(in.at);
	if (!ok)
		core_image_close(image);
	return ok;
}
