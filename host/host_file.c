/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grow.h"
#include "host_file.h"

int host_open(const char *root, const char *path, struct err *e)
{
	char *full;
	struct stat st;
	int fd;

	if (asprintf(&full, "%s%s", root, path) < 0)
		return err_set(e, "%s: out of memory", path), -1;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		err_sys(e, errno, "%s", full);
	} else if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		err_set(e, "%s: not a regular file", full);
		close(fd);
		fd = -1;
	}
	free(full);
	return fd;
}

/* Sizes of /proc files are not known beforehand: reads until the end, or one byte beyond @limit. */
static bool read_all(int fd, size_t limit, char **text, size_t *size, struct err *e)
{
	size_t room = 0;

	*text = NULL;
	*size = 0;
	for (;;) {
		ssize_t n;

		if (!grow_array(text, &room, *size + 4096, 1))
			return err_set(e, "out of memory");
		n = read(fd, *text + *size, room - *size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot read");
		if (!n)
			break;
		*size += n;
		if (*size > limit)
			return err_set(e, "larger than %zu bytes", limit);
	}
	(*text)[*size] = '\0';
	return true;
}

char *host_file(const char *root, const char *path, size_t limit, size_t *size, struct err *e)
{
	int fd = host_open(root, path, e);
	char *text;
	size_t length;

	if (fd < 0)
		return NULL;
	if (!read_all(fd, limit, &text, &length, e)) {
		err_prefix(e, "%s%s", root, path);
		free(text);
		text = NULL;
	} else if (size) {
		*size = length;
	}
	close(fd);
	return text;
}

bool host_optional(const char *root, const char *path, size_t limit, char **text, struct err *e)
{
	*text = host_file(root, path, limit, NULL, &(struct err){ 0 });
	if (!*text)
		*text = strdup("");
	return *text || err_set(e, "out of memory");
}

bool host_line(const char *root, const char *path, char *to, size_t size, struct err *e)
{
	char *text;

	if (!host_optional(root, path, HOST_SMALL_FILE, &text, e))
		return false;
	snprintf(to, size, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return true;
}
