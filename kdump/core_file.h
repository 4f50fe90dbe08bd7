/* SPDX-License-Identifier: GPL-2.0-only */
/* A core or saved image behind a path: /proc/vmcore, a file, a block device. */
#ifndef KDUMP_CORE_FILE_H
#define KDUMP_CORE_FILE_H

#include "core_image.h"

struct core_file {
	int fd;
	bool mapped; /* /proc/vmcore: long reads go through mmap, ten times as fast as read */
	uint64_t size;			/* bytes, UINT64_MAX: not known */
	const char *path;		/* borrowed */
	struct core_image image;
};

/* Opens and checks it; errors start with the path. Close with core_file_close() after success. */
bool core_file_open(struct core_file *f, const char *path, struct err *e);
void core_file_close(struct core_file *f);

#endif
