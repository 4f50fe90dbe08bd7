/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base.h"

#define NAME_SIZE sizeof(((struct image_pages *)0)->base_name)

static const char *name_in(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool stat_folder(const char *path, struct stat *st)
{
	size_t size = name_in(path) - path;
	char *folder = size ? strndup(path, size) : strdup(".");
	bool ok = folder && !stat(folder, st);

	free(folder);
	return ok;
}

static bool is_beside(const char *a, const char *b)
{
	struct stat x, y;

	return stat_folder(a, &x) && stat_folder(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

bool base_open(struct core_file *base, const char *path, const char *target, struct err *e)
{
	if (!is_beside(path, target))
		return err_set(e, "--base=%s: has to be in the folder of the new image, %s", path,
			       target);
	if (strlen(name_in(path)) >= NAME_SIZE)
		return err_set(e, "--base=%s: its name has more than %zu bytes", path,
			       NAME_SIZE - 1);
	if (!core_file_open(base, path, e))
		return err_prefix(e, "--base");
	return (core_image_complete(&base->image, e) &&
		(base->image.has_pages || err_set(e, "was saved without --pages"))) ||
	       err_prefix(e, "--base=%s", path);
}

/* What the new image says of its base, or of itself for those that will be based on it. */
static bool begin(struct image_pages *p, const struct core_file *base, struct err *e)
{
	if (!base->path)
		return getrandom(&p->seed, sizeof(p->seed), 0) == sizeof(p->seed) ||
		       err_sys(e, errno, "random numbers");
	p->seed = base->image.pages.about.seed;
	memcpy(p->base_id, base->image.header.id, sizeof(p->base_id));
	memcpy(p->base_tables, base->image.header.tables, sizeof(p->base_tables));
	snprintf(p->base_name, sizeof(p->base_name), "%s", name_in(base->path));
	return true;
}

bool base_leave_out(struct core_file *base, struct core_writer *core, unsigned threads,
		    uint64_t *own, struct err *e)
{
	struct page_digests d = { 0 };
	bool ok = begin(&d.about, base, e) &&
		  page_digests_make(&d, core, core_image_page_digest, &base->image, threads, e) &&
		  page_digests_put(&d, core, e);

	*own = d.about.own;
	page_digests_deinit(&d);
	return ok;
}
