/* SPDX-License-Identifier: GPL-2.0-only */
/* Files below the root of a host: "" for the running one, or the folder of a recorded one. */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include "err.h"

#include <stddef.h>

#define HOST_SMALL_FILE (64u << 10) /* bytes: more than any file of /sys has */

/* Opens ROOT@path, a regular file as all of /proc and /sys are, for reading; -1 with @e set. */
int host_open(const char *root, const char *path, struct err *e);
/*
 * A whole file, NUL added, freed by the caller; at most @limit bytes. NULL with @e set
 * ("ROOT/proc/iomem: ...") when it cannot be read.
 */
char *host_file(const char *root, const char *path, size_t limit, size_t *size, struct err *e);
/* The same of a file that may be missing or unreadable: "" then. False: no memory. */
bool host_optional(const char *root, const char *path, size_t limit, char **text, struct err *e);
/* Its first line, cut to @size bytes with the NUL. */
bool host_line(const char *root, const char *path, char *to, size_t size, struct err *e);

#endif
