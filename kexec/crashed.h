/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel that was jumped to, and crashed, said last. */
#ifndef KEXEC_CRASHED_H
#define KEXEC_CRASHED_H

#include <stddef.h>

#include "err.h"

/*
 * The last line of the log in the loaded image, without its time; printable, cut to @size with the
 * NUL. False when it cannot be read.
 */
bool crashed_last_line(char *line, size_t size, struct err *e);

#endif
