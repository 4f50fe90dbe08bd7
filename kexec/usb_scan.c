/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "usb_scan.h"

#define STEP	100000 /* microseconds between two looks */
#define SETTLES 300000 /* a target is there some time before all of its disks are */

/* Calls @see for the entries of a folder whose names hold @part, until one returns true. */
static bool any_entry(const char *folder, const char *part,
		      bool (*see)(const char *path, const char *name, void *opaque), void *opaque)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(folder);

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		if (strstr(entry->d_name, part) && snprintf(path, sizeof(path), "%s/%s", folder,
							    entry->d_name) < (int)sizeof(path))
			found = see(path, entry->d_name, opaque);
	}
	closedir(dir);
	return found;
}

static bool is_there(const char *path, const char *name, void *opaque)
{
	(void)path, (void)name, (void)opaque;
	return true;
}

static bool has_no_target(const char *host, const char *name, void *opaque)
{
	(void)name, (void)opaque;
	return !any_entry(host, "target", is_there, NULL);
}

/* @opaque: room for the name of a USB interface, as 2-1:1.0. */
static bool is_looked_at(const char *interface, const char *name, void *opaque)
{
	if (!any_entry(interface, "host", has_no_target, NULL))
		return false;
	snprintf(opaque, NAME_MAX + 1, "%s", name);
	return true;
}

static bool any_is_looked_at(const char *root, char name[NAME_MAX + 1])
{
	static const char *const drivers[] = { "usb-storage", "uas" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (snprintf(path, sizeof(path), "%s/sys/bus/usb/drivers/%s", root, drivers[i]) <
			    (int)sizeof(path) &&
		    any_entry(path, ":", is_looked_at, name))
			return true;
	}
	return false;
}

bool usb_scan_wait(const char *root, unsigned int seconds, struct err *e)
{
	unsigned long left = seconds * (1000000ul / STEP);
	char name[NAME_MAX + 1];

	if (!any_is_looked_at(root, name))
		return true;
	while (left-- && any_is_looked_at(root, name))
		usleep(STEP);
	usleep(SETTLES);
	return !any_is_looked_at(root, name) ||
	       err_set(e,
		       "the kernel still looks for the disk of USB device %s: if it comes during "
		       "the jump, the kernel may hang",
		       name);
}
