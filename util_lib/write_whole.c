/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <unistd.h>

#include "write_whole.h"

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

bool write_whole(int fd, const void *from, size_t size)
{
	const char *at = from;

	while (size)
		if (!step(write(fd, at, size), &at, &size))
			return false;
	return true;
}

bool write_whole_at(int fd, const void *from, size_t size, uint64_t offset)
{
	const char *at = from;
	const uint64_t end = offset + size;

	while (size)
		if (!step(pwrite(fd, at, size, (off_t)(end - size)), &at, &size))
			return false;
	return true;
}
