/* SPDX-License-Identifier: GPL-2.0-only */
/* A saved image from a pipe: frame after frame, each found by its own block headers. */
#ifndef CORE_IMAGE_STREAM_H
#define CORE_IMAGE_STREAM_H

#include "core_image.h"
#include "direct_io.h"

struct frame_buffer {
	uint8_t *at; /* aligned to DIRECT_ALIGN */
	size_t size; /* room */
};

/* Makes room for @size bytes, old content lost. */
bool frame_buffer_fit(struct frame_buffer *b, size_t size, struct err *e);

struct image_stream {
	int fd;			 /* borrowed */
	uint64_t in_offset;	 /* of what comes next, in the stream */
	uint64_t out_offset;	 /* of what comes next, in the core */
	uint64_t headers_size;	 /* of the first frame, in the core */
	struct seek_chain chain; /* of the frames read so far */
	bool ended;		 /* the tables were read and agree */
	bool encrypted;		 /* so is every frame; the last one says that it is */
	bool last;		 /* it came */
};

/*
 * Reads the header page and the first frame. @image gets header and core as core_image_open() would
 * give, by the same @keys, but no frames; free it with core_image_close() after success.
 */
bool image_stream_open(struct image_stream *s, int fd, const struct image_keys *keys,
		       struct core_image *image, struct err *e);
/*
 * Reads the next frame into @in; s->ended is set instead when the tables came and the image
 * is complete.
 */
bool image_stream_next(struct image_stream *s, struct frame_buffer *in, struct image_frame *frame,
		       struct err *e);

#endif
