/* SPDX-License-Identifier: GPL-2.0-only */
/* All of what is asked for, whatever read(2) and write(2) take at a time. */
#ifndef UTIL_FILE_IO_H
#define UTIL_FILE_IO_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * The same file or device once more, whatever its name says by now: another open file, with @flags
 * of open(2); -1 with errno. Needs /proc.
 */
int file_reopen(int fd, int flags);

/* Exactly @size bytes at @offset. Errors do not name the file. */
bool file_read_at(int fd, uint64_t offset, void *to, size_t size, struct err *e);

/* Where the file is, or at @offset. False with errno; EIO when no more was taken. */
bool file_write(int fd, const void *from, size_t size);
bool file_write_at(int fd, uint64_t offset, const void *from, size_t size);

#endif
