/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "pci_segments.h"

#define FIRST "0000:" /* how names in segment 0 begin */

static bool is_elsewhere(const char *name)
{
	return *name != '.' && strchr(name, ':') && strncmp(name, FIRST, strlen(FIRST)) != 0 &&
	       strlen(name) < PCI_NAME_SIZE;
}

bool pci_has_segments(const char *root, char name[PCI_NAME_SIZE])
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	if (snprintf(path, sizeof(path), "%s/sys/bus/pci/devices", root) >= (int)sizeof(path))
		return false;
	dir = opendir(path);
	if (!dir)
		return false;
	while ((entry = readdir(dir)) && !is_elsewhere(entry->d_name))
		continue;
	if (entry)
		snprintf(name, PCI_NAME_SIZE, "%.*s", PCI_NAME_SIZE - 1, entry->d_name);
	closedir(dir);
	return entry != NULL;
}
