/* SPDX-License-Identifier: GPL-2.0-only */
/* Which system a unified kernel image is of: os-release(5) in its section .osrel (UAPI.5). */
#ifndef HOST_UKI_RELEASE_H
#define HOST_UKI_RELEASE_H

#include "err.h"
#include "lines.h"

/*
 * The text of the section of ROOT@path, NUL added, freed by the caller; "" where there is none, or
 * no such file. Only the headers of the file and this section are read. False: no memory.
 */
bool uki_release_read(const char *root, const char *path, char **text, struct err *e);
/* The value of a key, without its quotes, newly allocated; "": it has none; NULL: no memory. */
char *uki_release_value(const char *text, const char *key);

#endif
