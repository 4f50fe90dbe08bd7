/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernels that the machine's boot loader offers: entries of the Boot Loader Specification
 * (UAPI.1, types 1 and 2), of GRUB's menu, and the running version's files in /boot. All of it is
 * read from files, which anybody may have written.
 */
#ifndef HOST_BOOT_MENU_H
#define HOST_BOOT_MENU_H

#include <stddef.h>

#include "err.h"

#define BOOT_INITRDS_MAX 64 /* of an entry; what is beyond is left out */

struct boot_entry {
	char *id;	/* a file's name without its end, or GRUB's id, or else the title */
	char *title;	/* for people; never NULL */
	char *kernel;	/* path below the root; NULL: what it boots is not Linux */
	char **initrds; /* paths, in order */
	size_t initrd_count, initrd_room;
	char *options; /* the command line; NULL: the running kernel's */
	const char *from;

	/* For the order of the specification's entries: NULL where not given. */
	char *sort_key, *machine_id, *version;
	bool is_bad; /* it was tried, and never booted: no tries are left */
};

struct boot_menu {
	struct boot_entry *entries; /* in the menu's order */
	size_t count, room;
	size_t chosen; /* what would be booted; @count: nothing that is Linux */
};

/*
 * All below @root; @release: of the running kernel. False: no memory. What cannot be read is not in
 * the menu. To be freed with boot_menu_deinit() in every case.
 */
bool boot_menu_read(struct boot_menu *m, const char *root, const char *release, struct err *e);
void boot_menu_deinit(struct boot_menu *m);

/*
 * By its id, else its title. NULL with @e set when there is none, or more than one, or what it
 * boots is not Linux.
 */
const struct boot_entry *boot_menu_find(const struct boot_menu *m, const char *name, struct err *e);

#endif
