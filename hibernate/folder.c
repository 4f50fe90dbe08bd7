/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "header.h"
#include "header_page.h"
#include "path.h"

/* 0: a name of something else. */
static unsigned number_of(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return *name == '0' || name[digits] || digits > 9 ? 0 : (unsigned)strtoul(name, NULL, 10);
}

static bool is_whole(const char *folder, const char *name)
{
	struct image_header header;
	char path[PATH_MAX];
	struct err ignored;

	return path_set(path, &ignored, "%s/%s", folder, name) &&
	       header_page_read(path, &header, &ignored) && image_header_check(&header, &ignored) &&
	       header.state == IMAGE_VALID;
}

bool folder_read(struct folder *f, const char *path, struct err *e)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	*f = (struct folder){ 0 };
	if (!dir)
		return errno == ENOENT || err_sys(e, errno, "%s", path);
	while ((entry = readdir(dir))) {
		unsigned n = number_of(entry->d_name);

		if (n > f->last)
			f->last = n;
		if (n > f->whole && is_whole(path, entry->d_name))
			f->whole = n;
	}
	closedir(dir);
	return true;
}

bool folder_empty(const char *path, struct err *e)
{
	char name[PATH_MAX];
	struct folder f;

	while (folder_read(&f, path, e)) {
		if (!f.last)
			return true;
		if (!path_set(name, e, "%s/%u", path, f.last))
			return false;
		if (unlink(name))
			return err_sys(e, errno, "%s", name);
	}
	return false;
}
