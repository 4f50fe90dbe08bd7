/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host_file.h"
#include "path.h"
#include "run.h"
#include "say.h"
#include "second.h"

#define BOOT_ID_SIZE 64
#define KEY_SIZE     512

/* ---- what it was made of ---- */

bool second_files_there(const struct hibernate *h, struct err *e)
{
	const char *kernel = hibernate_value(h, CONF_KERNEL),
		   *initrd = hibernate_value(h, CONF_INITRD);
	char path[PATH_MAX];

	if (!path_set(path, e, "%s%s", h->root, kernel))
		return false;
	if (!path_exists(path))
		return err_set(e, "KERNEL=%s: no such file", kernel);
	if (!path_set(path, e, "%s%s", h->root, initrd))
		return false;
	return path_exists(path) ||
	       err_set(e, "INITRD=%s: no such file; kexec-hibernate setup makes it", initrd);
}

static bool add_file(char *key, const char *root, const char *name, struct err *e)
{
	size_t size = strlen(key);
	char path[PATH_MAX];
	struct stat st;

	if (!path_set(path, e, "%s%s", root, name))
		return false;
	if (stat(path, &st))
		return err_sys(e, errno, "%s", path);
	snprintf(key + size, KEY_SIZE - size, "%ju %ju %jd %jd\n", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino, (intmax_t)st.st_size, (intmax_t)st.st_ctime);
	return true;
}

/* Its files are there, unchanged. To read them all takes long on a slow machine. */
static bool add_files(const struct hibernate *h, char *key, struct err *e)
{
	return add_file(key, "", h->conf_path, e) &&
	       add_file(key, h->root, hibernate_value(h, CONF_KERNEL), e) &&
	       add_file(key, h->root, hibernate_value(h, CONF_INITRD), e);
}

static bool files_key(const struct hibernate *h, char key[KEY_SIZE], struct err *e)
{
	*key = '\0';
	return add_files(h, key, e);
}

static bool boot_id(const struct hibernate *h, char id[BOOT_ID_SIZE], struct err *e)
{
	return host_line(h->root, "/proc/sys/kernel/random/boot_id", id, BOOT_ID_SIZE, e);
}

static bool warm_key(const struct hibernate *h, char key[KEY_SIZE], struct err *e)
{
	char id[BOOT_ID_SIZE];

	if (!boot_id(h, id, e))
		return false;
	snprintf(key, KEY_SIZE, "%s\n", id);
	return add_files(h, key, e);
}

/* The same, whatever newlines are at the ends. */
static bool file_says(const char *path, const char *text)
{
	char there[KEY_SIZE];
	size_t a, b = strlen(text);

	if (!file_get(path, there, sizeof(there)))
		return false;
	a = strlen(there);
	while (a && there[a - 1] == '\n')
		a--;
	while (b && text[b - 1] == '\n')
		b--;
	return a == b && !memcmp(there, text, a);
}

/* ---- names ---- */

static bool run_file(const struct hibernate *h, const char *name, char path[PATH_MAX],
		     struct err *e)
{
	return path_set(path, e, "%s/%s", h->run, name);
}

static bool keep_file(const struct hibernate *h, const char *ending, char path[PATH_MAX],
		      struct err *e)
{
	return path_set(path, e, "%s%s%s", h->root, hibernate_value(h, CONF_KEEP), ending);
}

static void remove_run_file(const struct hibernate *h, const char *name)
{
	char path[PATH_MAX];
	struct err ignored;

	if (run_file(h, name, path, &ignored))
		unlink(path);
}

static bool rename_kept(const struct hibernate *h, const char *from, const char *to, struct err *e)
{
	char old[PATH_MAX], new[PATH_MAX];

	if (!keep_file(h, from, old, e) || !keep_file(h, to, new, e))
		return false;
	return !rename(old, new) || err_sys(e, errno, "%s: cannot rename it to %s", old, new);
}

/* ---- warm and kept ---- */

static bool find_text(void *opaque, char *line)
{
	const char **text = opaque;

	if (*text && strstr(line, *text))
		*text = NULL;
	return true;
}

/* @fact: as kexec's JSON has it. */
static bool kexec_tells(const char *fact)
{
	static const char *const argv[] = { "kexec", "--status", "--load", "--json", NULL };
	struct err ignored;

	return run_lines(argv, find_text, &fact, NULL, &ignored) && !fact;
}

static bool jump_is_loaded(void)
{
	return kexec_tells("\"jump\": true");
}

bool second_is_warm(const struct hibernate *h)
{
	char path[PATH_MAX], key[KEY_SIZE];
	struct err ignored;

	return run_file(h, "warm", path, &ignored) && path_exists(path) &&
	       warm_key(h, key, &ignored) && file_says(path, key) && jump_is_loaded();
}

bool second_set_warm(const struct hibernate *h, struct err *e)
{
	char path[PATH_MAX], key[KEY_SIZE];

	return run_file(h, "warm", path, e) && warm_key(h, key, e) && file_put(path, key, e);
}

static bool keeps(const struct hibernate *h)
{
	return strcmp(hibernate_value(h, CONF_KEEP), "no") != 0;
}

bool second_is_kept(const struct hibernate *h)
{
	char path[PATH_MAX], key[KEY_SIZE];
	struct err ignored;

	return keeps(h) && keep_file(h, ".of", path, &ignored) && path_exists(path) &&
	       files_key(h, key, &ignored) && file_says(path, key);
}

void second_works(const struct hibernate *h)
{
	char path[PATH_MAX];
	struct err ignored;

	if (!run_file(h, "kept", path, &ignored))
		return;
	if (path_exists(path))
		rename_kept(h, ".tried", ".of", &ignored);
	unlink(path);
}

static bool save_second(const char *new, struct err *e)
{
	if (!run_kept((const char *const[]){ "kimgcore", "save", "--compress", new, NULL }, false,
		      e))
		return false;
	sync();
	return true;
}

bool second_keep(const struct hibernate *h, struct err *e)
{
	char kept[PATH_MAX], of[PATH_MAX], tried[PATH_MAX], new[PATH_MAX], key[KEY_SIZE];

	if (!keep_file(h, "", kept, e) || !keep_file(h, ".of", of, e) ||
	    !keep_file(h, ".tried", tried, e) || !keep_file(h, ".new", new, e))
		return false;
	unlink(of);
	unlink(tried);
	if (path_make_folder_of(kept, e) && save_second(new, e) && rename_kept(h, ".new", "", e) &&
	    files_key(h, key, e) && file_put(of, key, e))
		return true;
	unlink(new);
	return false;
}

/* ---- loading ---- */

static void add_append(const struct hibernate *h, struct words *w)
{
	const char *words = hibernate_value(h, CONF_APPEND);

	/* Its own panic= counts. */
	if (!strncmp(words, "panic=", 6) || strstr(words, " panic="))
		words_format(w, "--append=%s", words);
	else
		words_format(w, "--append=%s%spanic=10", words, *words ? " " : "");
}

bool second_load_anew(const struct hibernate *h, bool dry_run, struct err *e)
{
	const char *size = hibernate_value(h, CONF_WINDOW_SIZE);
	struct words w = { .at = { "kexec", "--load-preserve-context" }, .count = 2 };
	bool ok;

	words_add(&w, hibernate_value(h, CONF_KERNEL));
	/* It runs at once: nothing can have damaged it, and a digest takes long on a slow CPU. */
	words_add(&w, "--no-checks");
	add_append(h, &w);
	if (*size)
		words_format(&w, "--window-size=%s", size);
	words_format(&w, "--initrd=%s", hibernate_value(h, CONF_INITRD));
	if (dry_run)
		words_add(&w, "--dry-run");
	/* It tells itself why it fails. */
	ok = words_check(&w, e) && run_told(w.at, e);
	words_deinit(&w);
	return ok;
}

/* Until it has answered it does not count as kept: one that hangs is tried once. */
static bool load_kept(const struct hibernate *h)
{
	char kept[PATH_MAX], mark[PATH_MAX];
	struct err e;

	if (!second_is_kept(h) || !keep_file(h, "", kept, &e) || !run_file(h, "kept", mark, &e))
		return false;
	if (!run_kept((const char *const[]){ "kexec", "--load-preserve-context", kept, NULL },
		      false, &e)) {
		say("the second kernel is booted anew: %s", e.text);
		return false;
	}
	return rename_kept(h, ".of", ".tried", &e) && file_put(mark, "", &e) &&
	       second_set_warm(h, &e);
}

/* What is loaded there is ours, of this boot. */
static bool loaded_by_us(const char *path, const char *id)
{
	return file_says(path, id) && jump_is_loaded();
}

bool second_load(const struct hibernate *h, struct err *e)
{
	char path[PATH_MAX], id[BOOT_ID_SIZE];

	if (second_is_warm(h))
		return true;
	remove_run_file(h, "warm");
	if (!run_file(h, "loaded", path, e) || !boot_id(h, id, e))
		return false;
	if (kexec_tells("\"loaded\": true") && !h->force && !loaded_by_us(path, id))
		return err_set(e, "another kernel is loaded already: kexec --unload it, or use "
				  "--force");
	if (!load_kept(h) && !second_load_anew(h, false, e))
		return false;
	return file_put(path, id, e);
}

void second_forget(const struct hibernate *h)
{
	struct err ignored;

	remove_run_file(h, "warm");
	remove_run_file(h, "loaded");
	remove_run_file(h, "kept");
	run_shown((const char *const[]){ "kexec", "--unload", NULL }, &ignored);
}
