/* SPDX-License-Identifier: GPL-2.0-only */
/* UAPI.1, Boot Loader Specification. */
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_menu_parts.h"
#include "host_file.h"
#include "uki_release.h"

#define FROM "Boot Loader Specification"

/* Where the partition may be mounted. */
static const char *const places[] = { "/efi", "/boot", "/boot/efi" };

struct source {
	const char *root, *place, *env;
	struct boot_menu *menu;
};

static bool ends_with(const char *name, const char *end)
{
	size_t size = strlen(name), tail = strlen(end);

	return size > tail && !strcmp(name + size - tail, end);
}

/* "foo+2-1" has two tries left after one; the id is without that. */
static void take_tries(struct boot_entry *b)
{
	char *plus = strrchr(b->id, '+'), *end;
	unsigned long left;

	if (!plus || plus[1] < '0' || plus[1] > '9')
		return;
	left = strtoul(plus + 1, &end, 10);
	if (*end == '-')
		strtoul(end + 1, &end, 10);
	if (*end)
		return;
	b->is_bad = !left;
	*plus = '\0';
}

/* Paths are the partition's. */
static char *path_of(const struct source *s, struct line value)
{
	char *path, *text = boot_expand(value, s->env);

	if (!text || !*text)
		return text;
	if (asprintf(&path, "%s%s%s", s->place, *text == '/' ? "" : "/", text) < 0)
		path = NULL;
	free(text);
	return path;
}

static bool add_paths(const struct source *s, struct boot_entry *b, struct line value,
		      struct err *e)
{
	struct line word;

	while ((word = line_take_word(&value)).size)
		if (!boot_entry_add_initrd(b, path_of(s, word), e))
			return false;
	return true;
}

static bool take_line(const struct source *s, struct boot_entry *b, struct line l, struct err *e)
{
	struct line key = line_take_word(&l);
	const struct {
		const char *key;
		char **field;
	} texts[] = {
		{ "title", &b->title },
		{ "version", &b->version },
		{ "sort-key", &b->sort_key },
		{ "machine-id", &b->machine_id },
	};

	line_take_blanks(&l);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (line_is(key, texts[i].key))
			return boot_entry_set(texts[i].field, strndup(l.at, l.size), e);
	if (line_is(key, "linux") || line_is(key, "uki"))
		return boot_entry_set(&b->kernel, path_of(s, l), e);
	if (line_is(key, "initrd"))
		return add_paths(s, b, l, e);
	if (line_is(key, "options"))
		return boot_entry_add_options(b, boot_expand(l, s->env), e);
	return true;
}

static bool read_entry(const struct source *s, const char *name, struct err *e)
{
	struct boot_entry *b;
	char *path, *text;
	const char *at;
	struct line l;
	bool ok;

	if (asprintf(&path, "%s/loader/entries/%s", s->place, name) < 0)
		return err_set(e, "out of memory");
	ok = host_optional(s->root, path, BOOT_FILE_MAX, &text, e);
	free(path);
	if (!ok || !*text) {
		if (ok)
			free(text);
		return ok;
	}
	ok = boot_menu_add(s->menu, FROM, &b, e) &&
	     boot_entry_set(&b->id, strndup(name, strlen(name) - strlen(".conf")), e);
	if (ok)
		take_tries(b);
	at = text;
	while (ok && line_next(&at, &l))
		ok = !l.size || *l.at == '#' || take_line(s, b, l, e);
	free(text);
	return ok && boot_entry_add_options(b, strdup(""), e);
}

/* Sets it to the value of the first of these keys that has one. */
static bool set_from_release(char **field, const char *release, const char *const keys[],
			     struct err *e)
{
	for (; *keys; keys++) {
		char *value = uki_release_value(release, *keys);

		if (!value || *value)
			return boot_entry_set(field, value, e);
		free(value);
	}
	return true;
}

/* By the keys that systemd-boot goes by (systemd 257, src/fundamental/bootspec.c). */
static bool take_release(const struct source *s, struct boot_entry *b, struct err *e)
{
	static const char *const title[] = { "PRETTY_NAME", "IMAGE_ID", "NAME", "ID", NULL };
	static const char *const version[] = { "IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID",
					       NULL };
	static const char *const sort_key[] = { "IMAGE_ID", "ID", NULL };
	char *release;
	bool ok;

	if (!uki_release_read(s->root, b->kernel, &release, e))
		return false;
	ok = set_from_release(&b->title, release, title, e) &&
	     set_from_release(&b->version, release, version, e) &&
	     set_from_release(&b->sort_key, release, sort_key, e);
	free(release);
	return ok;
}

/* Type 2: a unified kernel image has its command line and initrd in it. */
static bool read_image(const struct source *s, const char *name, struct err *e)
{
	struct boot_entry *b;
	char *path;

	if (!boot_menu_add(s->menu, FROM, &b, e) ||
	    !boot_entry_set(&b->id, strndup(name, strlen(name) - strlen(".efi")), e))
		return false;
	take_tries(b);
	if (asprintf(&path, "%s/EFI/Linux/%s", s->place, name) < 0)
		path = NULL;
	return boot_entry_set(&b->kernel, path, e) && take_release(s, b, e) &&
	       boot_entry_set(&b->version, strdup(b->id), e) &&
	       boot_entry_add_options(b, strdup(""), e);
}

static bool read_folder(const struct source *s, const char *folder, const char *end,
			bool (*read)(const struct source *s, const char *name, struct err *e),
			struct err *e)
{
	char *path;
	struct dirent *entry;
	DIR *dir;
	bool ok = true;

	if (asprintf(&path, "%s%s%s", s->root, s->place, folder) < 0)
		return err_set(e, "out of memory");
	dir = opendir(path);
	free(path);
	if (!dir)
		return true;
	while (ok && (entry = readdir(dir)))
		if (*entry->d_name != '.' && ends_with(entry->d_name, end))
			ok = read(s, entry->d_name, e);
	closedir(dir);
	return ok;
}

/* ---- Order: the first is what is booted unless somebody says otherwise ---- */

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_rank(const void *x, const void *y)
{
	const struct boot_entry *a = x, *b = y;
	int order = a->is_bad - b->is_bad;

	if (!order)
		order = !a->sort_key - !b->sort_key;
	if (!order && a->sort_key) {
		order = compare_texts(a->sort_key, b->sort_key);
		if (!order)
			order = compare_texts(a->machine_id, b->machine_id);
		if (!order)
			order = strverscmp(b->version ? b->version : "",
					   a->version ? a->version : "");
	}
	return order ? order : strverscmp(b->id, a->id);
}

/* ---- The default ---- */

/* The loader's own configuration: "default PATTERN"; of several the last one counts. */
static bool read_conf(const struct source *s, char *to, size_t room, struct err *e)
{
	char *path, *text;
	const char *at;
	struct line l, key;
	bool ok;

	if (asprintf(&path, "%s/loader/loader.conf", s->place) < 0)
		return err_set(e, "out of memory");
	ok = host_optional(s->root, path, BOOT_FILE_MAX, &text, e);
	free(path);
	if (!ok)
		return false;
	for (at = text; line_next(&at, &l);) {
		key = line_take_word(&l);
		line_take_blanks(&l);
		if (line_is(key, "default") && l.size < room)
			snprintf(to, room, "%.*s", (int)l.size, l.at);
	}
	free(text);
	return true;
}

static void choose(struct boot_menu *m, const char *pattern)
{
	for (size_t i = 0; i < m->count; i++) {
		char *file;
		bool is = !fnmatch(pattern, m->entries[i].id, FNM_CASEFOLD);

		if (!is && asprintf(&file, "%s.conf", m->entries[i].id) >= 0) {
			is = !fnmatch(pattern, file, FNM_CASEFOLD);
			free(file);
		}
		if (is) {
			m->chosen = i;
			return;
		}
	}
}

/* GRUB says it by id or number. */
static void choose_saved(struct boot_menu *m, const char *saved)
{
	char *end;
	unsigned long n = strtoul(saved, &end, 10);

	if (!*end && n < m->count)
		m->chosen = n;
	for (size_t i = 0; i < m->count; i++)
		if (!strcmp(m->entries[i].id, saved))
			m->chosen = i;
}

bool boot_menu_read_bls(struct boot_menu *m, const char *root, const char *env, const char *saved,
			struct err *e)
{
	struct source s = { .root = root, .env = env, .menu = m };
	char pattern[256] = "", variable[256];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		s.place = places[i];
		if (!read_folder(&s, "/loader/entries", ".conf", read_entry, e) ||
		    !read_folder(&s, "/EFI/Linux", ".efi", read_image, e) ||
		    (!*pattern && !read_conf(&s, pattern, sizeof(pattern), e)))
			return false;
	}
	if (m->count)
		qsort(m->entries, m->count, sizeof(*m->entries), by_rank);
	m->chosen = 0;
	if (*saved)
		choose_saved(m, saved);
	else if (boot_variable(root, "LoaderEntryDefault", variable, sizeof(variable)))
		choose(m, variable);
	else if (*pattern)
		choose(m, pattern);
	return true;
}
