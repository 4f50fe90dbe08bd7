/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host_file.h"
#include "lines.h"
#include "modules.h"
#include "path.h"
#include "run.h"

/* ---- which kernel ---- */

const char *kernel_version_of(const char *kernel)
{
	const char *name = path_last(kernel), *dash = strchr(name, '-');

	return dash ? dash + 1 : name;
}

bool kernel_release(const struct hibernate *h, char release[PATH_MAX], struct err *e)
{
	const char *version = kernel_version_of(hibernate_value(h, CONF_KERNEL));
	char path[PATH_MAX];
	struct stat st;

	if (!path_set(path, e, "%s/lib/modules/%s", h->root, version))
		return false;
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return path_set(release, e, "%s", version);
	return host_line(h->root, "/proc/sys/kernel/osrelease", release, PATH_MAX, e);
}

/* ---- what modprobe knows ---- */

static bool find_insmod(void *opaque, char *line)
{
	bool *is_file = opaque;

	*is_file |= !strncmp(line, "insmod", 6);
	return true;
}

/* False: the kernel does not have it. @is_file: not built in. */
static bool ask_modprobe(const struct hibernate *h, const char *name, bool *is_file)
{
	char release[PATH_MAX];
	const char *const argv[] = { "modprobe", "-S", release, "--show-depends", name, NULL };
	struct err ignored;
	int status;

	*is_file = false;
	return kernel_release(h, release, &ignored) &&
	       run_lines(argv, find_insmod, is_file, &status, &ignored) && !status;
}

bool has_module(const struct hibernate *h, const char *name)
{
	bool is_file;

	ask_modprobe(h, name, &is_file);
	return is_file;
}

/* ---- MODULES= ---- */

bool modules_name(const struct hibernate *h, const char *name)
{
	const char *modules = hibernate_value(h, CONF_MODULES);
	char file[PATH_MAX];
	struct err ignored;

	return line_has_word((struct line){ modules, strlen(modules) }, name) ||
	       (path_set(file, &ignored, "/%s.ko", name) && strstr(modules, file));
}

bool modules_add(struct hibernate *h, const char *name, struct err *e)
{
	const char *modules = hibernate_value(h, CONF_MODULES);
	char *all;
	bool ok;

	if (asprintf(&all, "%s%s%s", modules, *modules ? " " : "", name) < 0)
		return err_set(e, "out of memory");
	ok = conf_set(&h->conf, CONF_MODULES, all, e);
	free(all);
	return ok;
}

static bool check_module(struct hibernate *h, const char *name, struct err *e)
{
	bool is_file;

	if (strchr(name, '/'))
		return modules_add(h, name, e);
	if (!ask_modprobe(h, name, &is_file))
		return err_set(e, "%s has no module %s, which MODULES= names",
			       hibernate_value(h, CONF_KERNEL), name);
	return !is_file || modules_add(h, name, e);
}

bool modules_check(struct hibernate *h, struct err *e)
{
	struct words names = { 0 };
	bool ok;

	words_split(&names, hibernate_value(h, CONF_MODULES));
	ok = words_check(&names, e) && conf_set(&h->conf, CONF_MODULES, "", e);
	for (size_t i = 0; ok && i < names.count; i++)
		ok = check_module(h, names.at[i], e);
	words_deinit(&names);
	return ok;
}

/* ---- finding them ---- */

static void add_once(struct words *found, const char *name)
{
	for (size_t i = 0; i < found->count; i++)
		if (!strcmp(found->at[i], name))
			return;
	words_format(found, "%s", name);
}

/* Those that drive what this folder of /sys is part of, from the device up. */
static void add_drivers(const struct hibernate *h, const char *path, struct words *found)
{
	char at[PATH_MAX], sys[PATH_MAX], link[PATH_MAX], module[PATH_MAX];
	struct err ignored;

	if (!realpath(path, at) || !path_set(sys, &ignored, "%s/sys/", h->root))
		return;
	while (!strncmp(at, sys, strlen(sys))) {
		if (path_set(link, &ignored, "%s/driver/module", at) && realpath(link, module))
			add_once(found, path_last(module));
		*strrchr(at, '/') = '\0';
	}
}

static void add_device(const struct hibernate *h, const char *device, struct words *found)
{
	char path[PATH_MAX];
	struct err ignored;

	if (path_set(path, &ignored, "%s/sys/class/block/%s/device", h->root, path_last(device)))
		add_drivers(h, path, found);
	if (path_set(path, &ignored, "%s/sys/class/block/%s", h->root, path_last(device)))
		add_drivers(h, path, found);
}

static bool is_net(const struct hibernate *h, const char *name, const char *wanted)
{
	char path[PATH_MAX], address[64];
	struct err ignored;

	if (!strcmp(name, wanted))
		return true;
	return path_set(path, &ignored, "/sys/class/net/%s/address", name) &&
	       host_line(h->root, path, address, sizeof(address), &ignored) &&
	       !strcmp(address, wanted);
}

/* NET= begins with the name of a device, or its hardware address. */
static void add_net(const struct hibernate *h, struct words *found)
{
	const char *net = hibernate_value(h, CONF_NET);
	char path[PATH_MAX], wanted[64];
	struct dirent *entry;
	struct err ignored;
	DIR *all;

	snprintf(wanted, sizeof(wanted), "%.*s", (int)strcspn(net, ","), net);
	if (!*wanted || !path_set(path, &ignored, "%s/sys/class/net", h->root))
		return;
	all = opendir(path);
	while (all && (entry = readdir(all)))
		if (entry->d_name[0] != '.' && is_net(h, entry->d_name, wanted) &&
		    path_set(path, &ignored, "%s/sys/class/net/%s/device", h->root, entry->d_name))
			add_drivers(h, path, found);
	if (all)
		closedir(all);
}

static bool take_name(void *opaque, char *line)
{
	if (*line)
		add_once(opaque, line);
	return true;
}

static void add_file_system(const char *device, struct words *found)
{
	const char *const argv[] = { "blkid", "-s", "TYPE", "-o", "value", device, NULL };
	struct err ignored;

	run_lines(argv, take_name, found, NULL, &ignored);
}

bool modules_find(struct hibernate *h, const char *device, struct err *e)
{
	struct words found = { 0 };
	bool ok = true;

	if (!target_name_is_stream(&h->target))
		add_device(h, device, &found);
	add_net(h, &found);
	if (h->target.kind == TARGET_FILE)
		add_file_system(device, &found);
	/* What a device hangs on is loaded before it. */
	for (size_t i = found.count; ok && i > 0; i--)
		if (has_module(h, found.at[i - 1]))
			ok = modules_add(h, found.at[i - 1], e);
	words_deinit(&found);
	return ok;
}
