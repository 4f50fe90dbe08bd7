/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_WRITE_WHOLE_H
#define UTIL_WRITE_WHOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes all of it, whatever write(2) takes at a time: where the file is, or at @offset. False with
 * errno; EIO when no more was taken.
 */
bool write_whole(int fd, const void *from, size_t size);
bool write_whole_at(int fd, const void *from, size_t size, uint64_t offset);

#endif
