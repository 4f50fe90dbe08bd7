/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a whole core or saved image by several threads, each frame decompressed and its checksum
 * verified, in no particular order. Memory: about 2 MiB for each thread.
 */
#ifndef CORE_IMAGE_READER_H
#define CORE_IMAGE_READER_H

#include "core_image.h"
#include "stream.h"

#define IMAGE_READER_THREADS_MAX 8

struct image_reader {
	struct core_image *image;
	struct image_stream
		*stream;  /* where the frames come from when the image is no file, else NULL */
	unsigned threads; /* 0: as many as there are CPUs; at most IMAGE_READER_THREADS_MAX */
	/* Takes @size bytes of the core at @offset, in several threads. NULL: only verify. */
	bool (*take)(void *opaque, uint64_t offset, const uint8_t *data, size_t size,
		     struct err *e);
	void *opaque;
	/* Called under a lock with bytes of core and of file done; may be NULL. */
	void (*progress)(void *opaque, uint64_t core_bytes_done, uint64_t file_bytes_done);
	void *progress_opaque;
};

/* Stops at the first failure and returns it. @core_bytes, if not NULL: how long the core was. */
bool image_reader_run(const struct image_reader *r, uint64_t *core_bytes, struct err *e);

#endif
