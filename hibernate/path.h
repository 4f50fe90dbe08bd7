/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of files, and files of a few lines. */
#ifndef HIBERNATE_PATH_H
#define HIBERNATE_PATH_H

#include <limits.h>
#include <stddef.h>

#include "err.h"

/* printf format; false: too long. */
bool path_set(char path[PATH_MAX], struct err *e, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool path_exists(const char *path);
/* What is behind the last slash. */
const char *path_last(const char *path);
/* mkdir -p, for all before the last slash, too. */
bool path_make_folder(const char *path, struct err *e);
/* The same for the folder of a file. */
bool path_make_folder_of(const char *path, struct err *e);

/* Whole files; what does not fit counts as not there. */
bool file_get(const char *path, char *text, size_t size);
bool file_put(const char *path, const char *text, struct err *e);

#endif
