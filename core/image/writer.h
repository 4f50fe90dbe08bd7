/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compresses a core into the frames of an image: several threads read and compress, one writes, in
 * order. Memory does not depend on the size of the core.
 */
#ifndef CORE_IMAGE_WRITER_H
#define CORE_IMAGE_WRITER_H

#include "core_writer.h"
#include "frame_cipher.h"

struct image_writer {
	const struct core_writer *core;
	/* Appends to what follows the header page: called by one thread at a time. */
	bool (*write)(void *opaque, const void *data, size_t size, struct err *e);
	void *write_opaque;
	uint64_t room;			   /* bytes that may be appended; UINT64_MAX: not known */
	unsigned threads;		   /* > 0 */
	int level;			   /* zstd's */
	const struct frame_cipher *cipher; /* NULL: the image is not encrypted */
	bool adapt;			   /* compress only as much as the target leaves time for */
	/* Called by the writing thread after each frame; may be NULL. */
	void (*progress)(void *opaque, uint64_t core_bytes_done, uint64_t file_bytes_done);
	void *progress_opaque;
};

struct image_result {
	uint32_t frame_count;
	uint8_t tables[32]; /* SHA-256 of digest table and seek table */
};

/* Writes all frames and the tables. */
bool image_writer_run(const struct image_writer *w, struct image_result *result, struct err *e);

#endif
