/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel command lines: words separated by blanks, double quotes protect blanks (the rule of
 * the kernel's next_arg(), lib/cmdline.c).
 */
#ifndef UTIL_CMDLINE_H
#define UTIL_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The value of the last word "NAME=VALUE" (without surrounding quotes), newly allocated, to be
 * freed by the caller; NULL when there is none or memory ran out. A word NAME alone gives "".
 */
char *cmdline_value(const char *line, const char *name);
/* A copy of @line without the words NAME and NAME=...; to be freed; NULL when memory ran out. */
char *cmdline_without(const char *line, const char *name);
/* "@a @b", with no blank when either is empty; to be freed; NULL when memory ran out. */
char *cmdline_join(const char *a, const char *b);
/*
 * The same with @words where the kernel still reads them: before a word "--" of @line, behind which
 * all is its first process's (kernel/params.c parse_args()).
 */
char *cmdline_insert(const char *line, const char *words);
/* The same in place; *@line may be NULL. False: no memory, and *@line is NULL. */
bool cmdline_add(char **line, const char *words);
/* The word NAME=0xADDRESS there, and no other of that name. */
bool cmdline_put_address(char **line, const char *name, uint64_t address);

#endif
