/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KEXEC_PRINT_MENU_H
#define KEXEC_PRINT_MENU_H

#include <stdio.h>

#include "boot_menu.h"

/* --list: a line an entry, with "*" before the default; or, with @json, an array of objects. */
void print_menu(FILE *to, const struct boot_menu *m, bool json);

#endif
