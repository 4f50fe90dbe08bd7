/* SPDX-License-Identifier: GPL-2.0-only */
/* A core or saved image behind a path: /proc/vmcore, a file, a block device. */
#ifndef HOST_CORE_FILE_H
#define HOST_CORE_FILE_H

#include "core_image.h"
#include "direct_io.h"

struct core_file {
	int fd;
	int direct_fd;		       /* for what is aligned: past the page cache; -1: none */
	struct map_cache *maps;	       /* of /proc/vmcore: ten times as fast as read; NULL: none */
	uint64_t size;		       /* bytes, UINT64_MAX: not known */
	const char *path;	       /* borrowed; NULL: not open */
	const struct image_keys *keys; /* borrowed; see core_image_open() */
	struct core_image image;
	struct core_file *base; /* of the image; owned; NULL: it has none */
};

#define CORE_FILE_BASES_MAX 256 /* that one image may need, each the base of the one before */

/* Opens and checks it; errors start with the path. Close with core_file_close() after success. */
bool core_file_open(struct core_file *f, const char *path, struct err *e);
bool core_file_open_with(struct core_file *f, const char *path, const struct image_keys *keys,
			 struct err *e);

/*
 * The two steps of that, for a caller that has to look first: opens a file or block device, looking
 * at nothing in it; then the core or image in it. Errors do not name the path. @f must not be moved
 * in between, and is to be closed when the first has succeeded.
 */
bool core_file_find(struct core_file *f, const char *path, struct err *e);
/* The first of a file that is open: @fd stays the caller's. */
bool core_file_find_fd(struct core_file *f, int fd, const char *path, struct err *e);
bool core_file_read_image(struct core_file *f, struct err *e); /* and those that it is based on */
/* Exactly @size bytes of the file; @opaque is the struct core_file. Safe from several threads. */
bool core_file_pread(void *opaque, uint64_t offset, void *to, size_t size, struct err *e);

/*
 * From now on reads whose offset, size and memory are all aligned to DIRECT_ALIGN go past the
 * page cache, where that can be: for what is read once, by a kernel with little memory.
 */
void core_file_go_direct(struct core_file *f);
/* Also of one that is not open, all of it zero. */
void core_file_close(struct core_file *f);

#endif
