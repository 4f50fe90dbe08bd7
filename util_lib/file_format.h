/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for files that are something else than what was asked for: well-known formats by their
 * magic numbers, in one table, each with what to do instead.
 */
#ifndef UTIL_FILE_FORMAT_H
#define UTIL_FILE_FORMAT_H

#include "bytes.h"
#include "err.h"

#define FILE_FORMAT_REACH 0x10048 /* bytes from the start that are looked at: btrfs has the last */

struct file_format {
	const char *name;   /* "an initial RAM disk (cpio)" */
	const char *kernel; /* what to do who wanted a kernel; NULL: name the kernel itself */
	const char *core;   /* the same for the memory of a kernel; NULL: name a core or an image */
};

/* @head: the first bytes of a file, FILE_FORMAT_REACH if it has so many. NULL: not known. */
const struct file_format *file_format_find(struct bytes head);

/* "an initial RAM disk (cpio): give it with --initrd, and name the kernel itself" */
void file_format_append_for_kernel(const struct file_format *f, struct err *e);
void file_format_append_for_core(const struct file_format *f, struct err *e);

#endif
