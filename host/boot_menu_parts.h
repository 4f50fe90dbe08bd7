/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sources of a boot menu share (boot_menu.h). */
#ifndef HOST_BOOT_MENU_PARTS_H
#define HOST_BOOT_MENU_PARTS_H

#include "boot_menu.h"
#include "lines.h"

#define BOOT_ENTRIES_MAX 1024
#define BOOT_FILE_MAX	 (1u << 20) /* bytes of a file that describes entries */

/* A new entry at the end, which has its title only when it gets one. */
bool boot_menu_add(struct boot_menu *m, const char *from, struct boot_entry **entry, struct err *e);

/*
 * These take @text over, which is NULL when there was no memory for it. The first value of a field
 * counts; initrds are all added.
 */
bool boot_entry_set(char **field, char *text, struct err *e);
bool boot_entry_add_initrd(struct boot_entry *b, char *text, struct err *e);
/* More words of the command line. */
bool boot_entry_add_options(struct boot_entry *b, char *text, struct err *e);

/*
 * @text with $NAME and ${NAME} replaced by what @env, lines of NAME=VALUE, says, or by nothing;
 * newly allocated; NULL: no memory.
 */
char *boot_expand(struct line text, const char *env);

/* Whether ROOT@before@path is there. */
bool boot_file_exists(const char *root, const char *before, const char *path);
/*
 * A boot loader's variable of the firmware (systemd.io, The Boot Loader Interface), as far as it is
 * ASCII, cut to @room bytes with the NUL; "" where there is none. False: "".
 */
bool boot_variable(const char *root, const char *name, char *to, size_t room);

/*
 * Entries of the specification, in its order, and which the boot loader takes by default: that with
 * @saved as its id or number (GRUB's saved_entry; "": not asked), or what the loader's own
 * configuration or the firmware's variables name, or the first.
 */
bool boot_menu_read_bls(struct boot_menu *m, const char *root, const char *env, const char *saved,
			struct err *e);
/* Of GRUB's menu, likewise. @uses_bls: it shows the entries of the specification instead. */
bool boot_menu_read_grub(struct boot_menu *m, const char *root, const char *env, bool *uses_bls,
			 struct err *e);

#endif
