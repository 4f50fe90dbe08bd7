/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "file_io.h"

int file_reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC);
}

bool file_read_at(int fd, uint64_t offset, void *to, size_t size, struct err *e)
{
	uint64_t end = offset + size;
	char *at = to;

	if (offset > (uint64_t)INT64_MAX - size)
		return err_set(e, "offset %#" PRIx64 " is beyond any file", offset);
	while (offset < end) {
		ssize_t got = pread(fd, at, end - offset, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, errno, "read at %#" PRIx64, offset);
		if (!got)
			return err_set(e, "ends before offset %#" PRIx64, end);
		at += got;
		offset += (uint64_t)got;
	}
	return true;
}

/* Takes off what was written; false with errno when there is no point in going on. */
static bool step(ssize_t put, const char **from, size_t *size)
{
	if (put < 0)
		return errno == EINTR;
	if (!put)
		errno = EIO;
	*from += put;
	*size -= (size_t)put;
	return put;
}

bool file_write(int fd, const void *from, size_t size)
{
	const char *at = from;

	while (size)
		if (!step(write(fd, at, size), &at, &size))
			return false;
	return true;
}

bool file_write_at(int fd, uint64_t offset, const void *from, size_t size)
{
	const uint64_t end = offset + size;
	const char *at = from;

	while (size)
		if (!step(pwrite(fd, at, size, (off_t)(end - size)), &at, &size))
			return false;
	return true;
}
