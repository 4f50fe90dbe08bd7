/* SPDX-License-Identifier: GPL-2.0-only */
/* A core or saved image behind a path: /proc/vmcore, a file, a block device. */
#ifndef KDUMP_CORE_FILE_H
#define KDUMP_CORE_FILE_H

#include "core_image.h"
#include "direct_io.h"

struct core_file {
	int fd;
	int direct_fd;		/* for what is aligned: past the page cache; -1: none */
	struct map_cache *maps; /* of /proc/vmcore: ten times as fast as read; NULL: none */
	uint64_t size;		/* bytes, UINT64_MAX: not known */
	const char *path;	/* borrowed */
	struct core_image image;
};

/* Opens and checks it; errors start with the path. Close with core_file_close() after success. */
bool core_file_open(struct core_file *f, const char *path, struct err *e);
/*
 * From now on reads whose offset, size and memory are all aligned to DIRECT_ALIGN go past the
 * page cache, where that can be: for what is read once, by a kernel with little memory.
 */
void core_file_go_direct(struct core_file *f);
void core_file_close(struct core_file *f);

#endif
