/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "device.h"
#include "file_io.h"
#include "host_file.h"
#include "lines.h"
#include "number.h"
#include "partuuid.h"
#include "path.h"

#define BLOCK "/sys/class/block"

/* ---- finding ---- */

static uint64_t number_in(const char *root, const char *path, uint64_t otherwise)
{
	struct err ignored;
	char text[32];
	uint64_t value;

	return host_line(root, path, text, sizeof(text), &ignored) &&
			       number_parse(text, &value, &ignored)
		       ? value
		       : otherwise;
}

static bool find_named(const char *root, const char *name, char device[PATH_MAX])
{
	char full[PATH_MAX], real[PATH_MAX], path[PATH_MAX];
	size_t above = strlen(root);
	struct err ignored;

	if (!path_set(full, &ignored, "%s%s", root, name) || !realpath(full, real) ||
	    strncmp(real, root, above))
		return false;
	return path_set(path, &ignored, "%s" BLOCK "/%s/dev", root, path_last(real)) &&
	       path_exists(path) && path_set(device, &ignored, "%s", real + above);
}

/* A partition stands in the folder of its disk. */
static bool disk_of(const char *root, const char *part, char disk[PATH_MAX])
{
	char path[PATH_MAX], real[PATH_MAX];
	struct err ignored;

	if (!path_set(path, &ignored, "%s" BLOCK "/%s/..", root, part) || !realpath(path, real))
		return false;
	return path_set(disk, &ignored, "%s", path_last(real));
}

static bool has_partuuid(const char *root, const char *part, const char *wanted)
{
	char disk[PATH_MAX], path[PATH_MAX], uuid[PARTUUID_SIZE];
	uint64_t number, sector;
	struct err ignored;
	bool same;
	int fd;

	if (!path_set(path, &ignored, BLOCK "/%s/partition", part))
		return false;
	number = number_in(root, path, 0);
	if (!number || number > INT_MAX || !disk_of(root, part, disk) ||
	    !path_set(path, &ignored, BLOCK "/%s/queue/logical_block_size", disk))
		return false;
	sector = number_in(root, path, 512);
	if (sector > INT_MAX || !path_set(path, &ignored, "%s/dev/%s", root, disk))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	same = partuuid_read(fd, (unsigned)sector, (unsigned)number, uuid) &&
	       !strcasecmp(uuid, wanted);
	close(fd);
	return same;
}

static bool find_partuuid(const char *root, const char *wanted, char device[PATH_MAX])
{
	struct dirent **names;
	char path[PATH_MAX];
	struct err ignored;
	bool found = false;
	int count;

	if (!path_set(path, &ignored, "%s" BLOCK, root))
		return false;
	count = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (!found && names[i]->d_name[0] != '.' &&
		    has_partuuid(root, names[i]->d_name, wanted))
			found = path_set(device, &ignored, "/dev/%s", names[i]->d_name);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	return found;
}

bool device_find(const char *root, const char *name, char device[PATH_MAX])
{
	return strncmp(name, "PARTUUID=", 9) ? find_named(root, name, device)
					     : find_partuuid(root, name + 9, device);
}

bool device_wait(const char *root, const char *name, unsigned seconds, char device[PATH_MAX])
{
	while (!device_find(root, name, device)) {
		if (!seconds--)
			return false;
		sleep(1);
	}
	return true;
}

uint64_t device_size(const char *root, const char *device)
{
	char path[PATH_MAX];
	struct err ignored;
	uint64_t bytes;

	if (!path_set(path, &ignored, BLOCK "/%s/size", path_last(device)) ||
	    __builtin_mul_overflow(number_in(root, path, 0), 512, &bytes))
		return 0;
	return bytes;
}

/* ---- in use ---- */

/* Of a line of mountinfo: where a device with this number, or of this name, is mounted. */
static bool mounted_on(struct line l, const char *number, const char *name, struct line *where)
{
	struct line its_number;

	line_take_word(&l);
	line_take_word(&l);
	its_number = line_take_word(&l);
	line_take_word(&l);
	*where = line_take_word(&l);
	if (line_is(its_number, number))
		return true;
	while (l.size)
		if (line_is(line_take_word(&l), "-"))
			break;
	line_take_word(&l);
	return line_is(line_take_word(&l), name);
}

static bool not_mounted(const char *root, const char *number, const char *name, struct err *e)
{
	struct line l, where;
	const char *at;
	char *text;
	bool ok = true;

	if (!host_optional(root, "/proc/self/mountinfo", 16 << 20, &text, e))
		return false;
	for (at = text; ok && line_next(&at, &l);)
		if (mounted_on(l, number, name, &where))
			ok = err_set(e,
				     "%s is mounted on %.*s: it must not be mounted while the "
				     "machine is hibernated",
				     name, (int)where.size, where.at);
	free(text);
	return ok;
}

static bool is_device(const char *root, struct line name, const char *device)
{
	char path[PATH_MAX], real[PATH_MAX], wanted[PATH_MAX];
	struct err ignored;

	return path_set(path, &ignored, "%s%.*s", root, (int)name.size, name.at) &&
	       realpath(path, real) && path_set(wanted, &ignored, "%s%s", root, device) &&
	       !strcmp(real, wanted);
}

static bool not_swap(const char *root, const char *name, struct err *e)
{
	const char *at;
	struct line l;
	char *text;
	bool ok = true;

	if (!host_optional(root, "/proc/swaps", HOST_SMALL_FILE, &text, e))
		return false;
	for (at = text; ok && line_next(&at, &l);) {
		struct line swap = line_take_word(&l);

		if (swap.size && *swap.at == '/' && is_device(root, swap, name))
			ok = err_set(e, "%s is in use as swap", name);
	}
	free(text);
	return ok;
}

static bool not_held(const char *folder, const char *name, struct err *e)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool ok = true;
	DIR *holders;

	if (!path_set(path, e, "%s/holders", folder))
		return false;
	holders = opendir(path);
	while (ok && holders && (entry = readdir(holders)))
		if (entry->d_name[0] != '.')
			ok = err_set(e, "%s is in use by %s", name, entry->d_name);
	if (holders)
		closedir(holders);
	return ok;
}

/* @folder is that of the device in /sys. */
static bool part_free(const char *root, const char *folder, struct err *e)
{
	char name[PATH_MAX], number[32], path[PATH_MAX];

	if (!path_set(path, e, "%s/dev", folder))
		return false;
	if (!path_exists(path))
		return true;
	return host_line("", path, number, sizeof(number), e) &&
	       path_set(name, e, "/dev/%s", path_last(folder)) &&
	       not_mounted(root, number, name, e) && not_swap(root, name, e) &&
	       not_held(folder, name, e);
}

bool device_free(const char *root, const char *device, struct err *e)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct dirent **names;
	bool ok;
	int count;

	if (!path_set(folder, e, "%s" BLOCK "/%s", root, path_last(device)) ||
	    !part_free(root, folder, e))
		return false;
	ok = true;
	count = scandir(folder, &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (ok && names[i]->d_name[0] != '.' &&
		    path_set(path, e, "%s/%s/partition", folder, names[i]->d_name) &&
		    path_exists(path))
			ok = path_set(path, e, "%s/%s", folder, names[i]->d_name) &&
			     part_free(root, path, e);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	return ok;
}
