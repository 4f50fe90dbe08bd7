/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "make.h"
#include "modules.h"
#include "path.h"
#include "run.h"

/* ---- the root file system ---- */

/* Each word of a value, behind an option. */
static void add_each(struct words *w, const char *option, const char *text)
{
	struct words one = { 0 };

	words_split(&one, text);
	for (size_t i = 0; i < one.count; i++) {
		words_add(w, option);
		words_format(w, "%s", one.at[i]);
	}
	w->failed |= one.failed;
	words_deinit(&one);
}

static void add_file(struct words *w, const char *file, const char *there)
{
	words_add(w, "--file");
	words_format(w, "%s:%s", file, there);
}

/* What B and C run, besides kexec and kdump. */
static bool add_programs(const struct hibernate *h, struct words *w, struct err *e)
{
	const char *given = getenv("KRESTORE");
	char hook[PATH_MAX], net[PATH_MAX], restorer[PATH_MAX];

	if (!run_find(given ? given : "krestore", restorer, sizeof(restorer)))
		return err_set(e, "krestore is not in the PATH");
	if (!hibernate_part("hibernate-hook", hook, e))
		return false;
	words_add(w, "--hook");
	words_format(w, "%s", hook);
	add_file(w, restorer, "sbin/krestore");
	if (!*hibernate_value(h, CONF_NET))
		return true;
	if (!hibernate_part("hibernate-net", net, e))
		return false;
	add_file(w, net, "usr/share/kexec-jump/hibernate-net");
	return true;
}

static bool add_modules(const struct hibernate *h, struct words *w, struct err *e)
{
	const char *modules = hibernate_value(h, CONF_MODULES);
	char release[PATH_MAX];

	if (!*modules)
		return true;
	if (!kernel_release(h, release, e))
		return false;
	add_each(w, "--module", modules);
	words_add(w, "--kernel-release");
	words_format(w, "%s", release);
	return true;
}

bool make_initrd(const struct hibernate *h, const char *conf_path, const char *output,
		 struct err *e)
{
	const char *more = getenv("KEXEC_HIBERNATE_MKINITRAMFS");
	char maker[PATH_MAX];
	struct words w = { 0 };
	bool ok;

	if (!hibernate_part("mkinitramfs", maker, e))
		return false;
	words_add(&w, maker);
	words_split(&w, more ? more : "");
	words_add(&w, "-o");
	words_add(&w, output);
	ok = add_programs(h, &w, e) && add_modules(h, &w, e);
	add_file(&w, conf_path, "etc/kexec-hibernate.conf");
	add_each(&w, "--file", hibernate_value(h, CONF_FILES));
	ok = ok && words_check(&w, e) &&
	     (run_shown(w.at, e) ||
	      err_set(e, "the second kernel's root file system cannot be made"));
	words_deinit(&w);
	return ok;
}

/* ---- the configuration ---- */

static bool write_conf(const struct hibernate *h, const char *path, struct err *e)
{
	FILE *f = fopen(path, "we");
	bool ok;

	if (!f)
		return err_sys(e, errno, "%s", path);
	conf_write(&h->conf, f);
	ok = !ferror(f);
	return (!fclose(f) && ok) || err_sys(e, errno, "%s: write", path);
}

bool new_conf_begin(struct hibernate *h, struct new_conf *n, struct err *e)
{
	if (!path_set(n->path, e, "%s.new", h->conf_path) || !path_make_folder_of(n->path, e) ||
	    !write_conf(h, n->path, e))
		return false;
	conf_deinit(&h->conf);
	return conf_read(&h->conf, n->path, e);
}

bool new_conf_initrd(const struct hibernate *h, const struct new_conf *n, struct err *e)
{
	const char *initrd = hibernate_value(h, CONF_INITRD);
	char new[PATH_MAX], path[PATH_MAX];

	if (!path_set(path, e, "%s%s", h->root, initrd) ||
	    !path_set(new, e, "%s%s.new", h->root, initrd) || !make_initrd(h, n->path, new, e))
		return false;
	return !rename(new, path) || err_sys(e, errno, "%s: cannot rename it to %s", new, path);
}

bool new_conf_commit(const struct hibernate *h, const struct new_conf *n, struct err *e)
{
	return !rename(n->path, h->conf_path) ||
	       err_sys(e, errno, "%s: cannot rename it to %s", n->path, h->conf_path);
}

void new_conf_end(const struct new_conf *n)
{
	if (*n->path)
		unlink(n->path);
}
