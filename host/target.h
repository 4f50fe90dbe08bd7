/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an image is written: a file, a block device, or a pipe. A header page holds its state; each
 * change of the state is on the medium before the next step begins.
 */
#ifndef HOST_TARGET_H
#define HOST_TARGET_H

#include "err.h"
#include "image_header.h"

struct target {
	int fd;
	const char *path; /* borrowed; "-": standard output */
	bool stream;	  /* cannot be written twice: state IMAGE_STREAM */
	bool created;	  /* we made the file */
	bool file;	  /* a regular file, which may have to become shorter */
	bool direct;	  /* writes go past the page cache */
	uint64_t room;	  /* bytes that fit, UINT64_MAX: not known */
	uint64_t written; /* bytes so far, header page included */
	uint64_t started; /* of them, on their way to the medium */
	uint8_t *gather;  /* page-aligned, what is not worth a write yet; NULL for streams */
	size_t gathered;
};

/*
 * Opens it and refuses what must not be overwritten: a device that is in use (mounted, swap), and,
 * unless @force, anything but an image of ours or zeros, and a valid image that was not resumed
 * yet. Nothing is written. A file that is not there is made.
 */
bool target_open(struct target *t, const char *path, bool force, struct err *e);
/* Whether it is the file or device behind @fd. */
bool target_is(const struct target *t, int fd);
/* Writes @header as the header page at the start, with @state, sealed, and flushes it. */
bool target_header(struct target *t, struct image_header *header, uint32_t state, struct err *e);
/* Appends. */
bool target_write(struct target *t, const void *data, size_t size, struct err *e);
/* Nothing more comes: what a file held beyond it goes, and all is on the medium on return. */
bool target_end(struct target *t, struct err *e);
void target_close(struct target *t);

#endif
