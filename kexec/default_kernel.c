/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>

#include "default_kernel.h"

static const struct boot_entry *find(const struct boot_menu *m, const char *name, struct err *e)
{
	if (name)
		return boot_menu_find(m, name, e);
	if (m->chosen < m->count)
		return &m->entries[m->chosen];
	err_set(e, m->count ? "the boot loader's default is not Linux: name a kernel, or an entry "
			      "of its menu (--entry-of, --list)"
			    : "no kernel was named, and there is no boot menu in /boot to find the "
			      "default in");
	return NULL;
}

static const char *path_below(struct default_kernel *d, const char *root, const char *path)
{
	char **to = &d->paths[d->path_count];

	if (asprintf(to, "%s%s", root, path) < 0) {
		*to = NULL;
		return NULL;
	}
	d->path_count++;
	return *to;
}

static bool use_initrds(struct default_kernel *d, const struct boot_entry *b, const char *root)
{
	d->initrds = calloc(b->initrd_count + 1, sizeof(*d->initrds));
	for (size_t i = 0; d->initrds && i < b->initrd_count; i++) {
		d->initrds[i] = path_below(d, root, b->initrds[i]);
		if (!d->initrds[i])
			return false;
	}
	d->request.initrds = d->initrds;
	d->request.initrd_count = b->initrd_count;
	return d->initrds;
}

/* What was given by hand is used instead. */
static bool use(struct default_kernel *d, const struct boot_entry *b, const char *root,
		struct err *e)
{
	struct request *r = &d->request;

	r->kernel = path_below(d, root, b->kernel);
	/* A unified kernel image has a command line of its own. */
	if (!r->append && !r->reuse_cmdline) {
		r->append = b->options && *b->options ? b->options : NULL;
		r->reuse_cmdline = !b->options;
	}
	return (r->kernel && (r->initrd_count || use_initrds(d, b, root))) ||
	       err_set(e, "out of memory");
}

bool default_kernel_choose(struct default_kernel *d, const struct request *given,
			   const struct host *h, struct err *note, struct err *e)
{
	const struct boot_entry *b;

	*d = (struct default_kernel){ .request = *given };
	if (!boot_menu_read(&d->menu, h->root, h->release, e))
		return false;
	b = find(&d->menu, given->entry_of, e);
	if (!b || !use(d, b, h->root, e))
		return false;
	err_set(note, "loading \"%s\" (%s): %s", b->title, b->from, d->request.kernel);
	return true;
}

void default_kernel_deinit(struct default_kernel *d)
{
	while (d->path_count)
		free(d->paths[--d->path_count]);
	free(d->initrds);
	boot_menu_deinit(&d->menu);
}
