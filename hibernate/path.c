/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_io.h"
#include "path.h"

bool path_set(char path[PATH_MAX], struct err *e, const char *format, ...)
{
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(path, PATH_MAX, format, args);
	va_end(args);
	return (size >= 0 && size < PATH_MAX) || err_set(e, "%.60s...: the name is too long", path);
}

bool path_exists(const char *path)
{
	return !access(path, F_OK);
}

const char *path_last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool path_make_folder(const char *path, struct err *e)
{
	char part[PATH_MAX];

	if (!path_set(part, e, "%s/", path))
		return false;
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0777) && errno != EEXIST)
			return err_sys(e, errno, "%s: cannot create the directory", part);
		*slash = '/';
	}
	return true;
}

bool path_make_folder_of(const char *path, struct err *e)
{
	char folder[PATH_MAX];

	return path_set(folder, e, "%.*s", (int)(path_last(path) - path), path) &&
	       path_make_folder(folder, e);
}

bool file_get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, text, size);
	close(fd);
	if (got < 0 || (size_t)got == size)
		return false;
	text[got] = '\0';
	return true;
}

bool file_put(const char *path, const char *text, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return err_sys(e, errno, "%s", path);
	ok = file_write(fd, text, strlen(text)) || err_sys(e, errno, "%s: write", path);
	if (close(fd) && ok)
		ok = err_sys(e, errno, "%s: write", path);
	return ok;
}
