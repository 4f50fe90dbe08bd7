/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot_menu_parts.h"
#include "cmdline.h"
#include "grow.h"
#include "host_file.h"

#define EFIVAR_FORMAT "/sys/firmware/efi/efivars/%s-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define ENV_HEAD      "# GRUB Environment Block\n"

static bool no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

/* ---- Entries ---- */

bool boot_menu_add(struct boot_menu *m, const char *from, struct boot_entry **entry, struct err *e)
{
	if (m->count == BOOT_ENTRIES_MAX)
		return err_set(e, "the boot menu has more than %d entries", BOOT_ENTRIES_MAX);
	if (!grow_array(&m->entries, &m->room, m->count + 1, sizeof(*m->entries)))
		return no_memory(e);
	*entry = &m->entries[m->count++];
	**entry = (struct boot_entry){ .from = from };
	return true;
}

bool boot_entry_set(char **field, char *text, struct err *e)
{
	if (!text)
		return no_memory(e);
	if (*field)
		free(text);
	else
		*field = text;
	return true;
}

bool boot_entry_add_initrd(struct boot_entry *b, char *text, struct err *e)
{
	if (!text)
		return no_memory(e);
	if (!*text || b->initrd_count == BOOT_INITRDS_MAX) {
		free(text);
		return true;
	}
	if (!grow_array(&b->initrds, &b->initrd_room, b->initrd_count + 1, sizeof(*b->initrds))) {
		free(text);
		return no_memory(e);
	}
	b->initrds[b->initrd_count++] = text;
	return true;
}

bool boot_entry_add_options(struct boot_entry *b, char *text, struct err *e)
{
	char *joined = text ? cmdline_join(b->options ? b->options : "", text) : NULL;

	free(text);
	if (!joined)
		return no_memory(e);
	free(b->options);
	b->options = joined;
	return true;
}

static void entry_deinit(struct boot_entry *b)
{
	while (b->initrd_count)
		free(b->initrds[--b->initrd_count]);
	free(b->initrds);
	free(b->id);
	free(b->title);
	free(b->kernel);
	free(b->options);
	free(b->sort_key);
	free(b->machine_id);
	free(b->version);
}

void boot_menu_deinit(struct boot_menu *m)
{
	while (m->count)
		entry_deinit(&m->entries[--m->count]);
	free(m->entries);
	*m = (struct boot_menu){ 0 };
}

/* ---- Files and variables ---- */

bool boot_file_exists(const char *root, const char *before, const char *path)
{
	char *full;
	bool is;

	if (asprintf(&full, "%s%s%s", root, before, path) < 0)
		return false;
	is = !access(full, F_OK);
	free(full);
	return is;
}

/* Four bytes of attributes, then UTF-16. */
bool boot_variable(const char *root, const char *name, char *to, size_t room)
{
	struct err ignored;
	char path[128], *text;
	size_t size, n = 0;

	snprintf(path, sizeof(path), EFIVAR_FORMAT, name);
	text = host_file(root, path, HOST_SMALL_FILE, &size, &ignored);
	for (size_t i = 4; text && i + 1 < size && n < room - 1 && text[i] && !text[i + 1]; i += 2)
		to[n++] = text[i];
	to[n] = '\0';
	free(text);
	return n;
}

static char *grub_env(const char *root, struct err *e)
{
	static const char *const paths[] = { "/boot/grub/grubenv", "/boot/grub2/grubenv" };
	char *text = NULL;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		free(text);
		if (!host_optional(root, paths[i], BOOT_FILE_MAX, &text, e))
			return NULL;
		if (!strncmp(text, ENV_HEAD, strlen(ENV_HEAD)))
			return text;
	}
	*text = '\0';
	return text;
}

static char *env_value(const char *env, const char *name, size_t size)
{
	struct line l;

	while (line_next(&env, &l)) {
		if (l.size > size && !memcmp(l.at, name, size) && l.at[size] == '=')
			return strndup(l.at + size + 1, l.size - size - 1);
	}
	return strdup("");
}

static size_t name_length(const char *at, size_t size)
{
	size_t n = 0;

	while (n < size && (at[n] == '_' || (at[n] >= '0' && at[n] <= '9') ||
			    (at[n] >= 'a' && at[n] <= 'z') || (at[n] >= 'A' && at[n] <= 'Z')))
		n++;
	return n;
}

struct text {
	char *at;
	size_t used, room;
};

static bool put(struct text *t, const char *from, size_t size)
{
	if (!grow_array(&t->at, &t->room, t->used + size + 1, 1))
		return false;
	memcpy(t->at + t->used, from, size);
	t->used += size;
	t->at[t->used] = '\0';
	return true;
}

/* The value of what stands at the "$" at @at; *@used: of how many bytes that is. */
static bool put_value(struct text *t, const char *at, size_t size, const char *env, size_t *used)
{
	bool braces = size > 1 && at[1] == '{', ok;
	size_t start = 1 + braces, n = name_length(at + start, size - start);
	char *value;

	*used = 1;
	if (!n || (braces && (start + n >= size || at[start + n] != '}')))
		return put(t, at, 1);
	value = env_value(env, at + start, n);
	ok = value && put(t, value, strlen(value));
	free(value);
	*used = start + n + braces;
	return ok;
}

char *boot_expand(struct line text, const char *env)
{
	struct text t = { 0 };
	bool ok = put(&t, "", 0);

	for (size_t i = 0, used; ok && i < text.size; i += used) {
		const char *at = text.at + i, *next = memchr(at, '$', text.size - i);

		used = next ? (size_t)(next - at) : text.size - i;
		ok = used ? put(&t, at, used) : put_value(&t, at, text.size - i, env, &used);
	}
	if (ok)
		return t.at;
	free(t.at);
	return NULL;
}

/* ---- The running version ---- */

/* A file's name has the version between these. */
struct around {
	const char *before, *after;
};

/* The first of @names that is there; "" when none is. */
static char *find_file(const char *root, const struct around *names, size_t count,
		       const char *release)
{
	for (size_t i = 0; i < count; i++) {
		char *path;

		if (asprintf(&path, "%s%s%s", names[i].before, release, names[i].after) < 0)
			return NULL;
		if (boot_file_exists(root, "", path))
			return path;
		free(path);
	}
	return strdup("");
}

static bool add_running(struct boot_menu *m, const char *root, const char *release, struct err *e)
{
	static const struct around kernels[] = {
		{ "/boot/vmlinuz-", "" },	 { "/boot/kernel-", "" },
		{ "/boot/bzImage-", "" },	 { "/usr/lib/modules/", "/vmlinuz" },
		{ "/lib/modules/", "/vmlinuz" },
	};
	static const struct around initrds[] = {
		{ "/boot/initrd.img-", "" }, { "/boot/initramfs-", ".img" },
		{ "/boot/initrd-", "" },     { "/boot/initramfs-", "" },
		{ "/boot/initrd-", ".img" },
	};
	char *kernel = find_file(root, kernels, sizeof(kernels) / sizeof(*kernels), release);
	struct boot_entry *b;

	if (!kernel)
		return no_memory(e);
	if (!*kernel) {
		free(kernel);
		return true;
	}
	if (!boot_menu_add(m, "the running version", &b, e)) {
		free(kernel);
		return false;
	}
	b->kernel = kernel;
	return boot_entry_set(&b->id, strdup("running"), e) &&
	       boot_entry_set(&b->title, strdup(release), e) &&
	       boot_entry_add_initrd(
		       b, find_file(root, initrds, sizeof(initrds) / sizeof(*initrds), release), e);
}

/* ---- The menu ---- */

static bool is_systemd_boot(const char *root)
{
	static const char name[] = "systemd-boot";
	char loader[64];

	return boot_variable(root, "LoaderInfo", loader, sizeof(loader)) &&
	       !strncmp(loader, name, strlen(name));
}

static bool finish(struct boot_menu *m, struct err *e)
{
	for (size_t i = 0; i < m->count; i++) {
		struct boot_entry *b = &m->entries[i];

		if ((!b->title && !boot_entry_set(&b->title, strdup(b->id ? b->id : "?"), e)) ||
		    (!b->id && !boot_entry_set(&b->id, strdup(b->title), e)))
			return false;
	}
	if (m->chosen >= m->count || !m->entries[m->chosen].kernel)
		m->chosen = m->count;
	return true;
}

/* The menu of the boot loader that started the machine, as far as that is known. */
static bool read_all(struct boot_menu *m, const char *root, const char *env, struct err *e)
{
	char *saved = env_value(env, "saved_entry", strlen("saved_entry"));
	struct boot_menu other = { 0 };
	bool uses_bls = false, ok;

	if (!saved)
		return no_memory(e);
	ok = boot_menu_read_grub(m, root, env, &uses_bls, e);
	if (ok && m->count && !uses_bls && !is_systemd_boot(root)) {
		free(saved);
		return true;
	}
	ok = ok && boot_menu_read_bls(&other, root, env, uses_bls ? saved : "", e);
	if (ok && (other.count || uses_bls)) {
		struct boot_menu grub = *m;

		*m = other;
		other = grub;
	}
	boot_menu_deinit(&other);
	free(saved);
	return ok;
}

bool boot_menu_read(struct boot_menu *m, const char *root, const char *release, struct err *e)
{
	char *env = grub_env(root, e);
	size_t count;
	bool ok;

	*m = (struct boot_menu){ 0 };
	if (!env)
		return false;
	ok = read_all(m, root, env, e);
	count = m->count;
	ok = ok && add_running(m, root, release, e);
	if (ok && !count)
		m->chosen = 0;
	free(env);
	return ok && finish(m, e);
}

static bool has_name(const struct boot_entry *b, const char *name, bool by_title)
{
	return !strcmp(by_title ? b->title : b->id, name);
}

const struct boot_entry *boot_menu_find(const struct boot_menu *m, const char *name, struct err *e)
{
	const struct boot_entry *found = NULL;

	for (int by_title = 0; !found && by_title < 2; by_title++) {
		for (size_t i = 0; i < m->count; i++) {
			if (!has_name(&m->entries[i], name, by_title))
				continue;
			if (found) {
				err_set(e,
					"\"%s\": more than one entry of the boot menu has that "
					"title: name one by its id (kexec --list)",
					name);
				return NULL;
			}
			found = &m->entries[i];
		}
	}
	if (!found)
		err_set(e, "\"%s\": no such entry in the boot menu (kexec --list)", name);
	else if (!found->kernel)
		err_set(e, "\"%s\": this entry boots something that is not Linux", name);
	return found && found->kernel ? found : NULL;
}
