/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that may come from anybody: file names, a core, another kernel. */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include <stddef.h>

/*
 * Bytes of the UTF-8 character at @text, of which @size bytes are there; 0 when a terminal might
 * obey it instead of showing it (C0 and C1 controls, DEL) or when it is not UTF-8.
 */
size_t text_printable(const char *text, size_t size);

#endif
