/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel that was jumped to, and crashed, said last, and why. */
#ifndef KEXEC_CRASHED_H
#define KEXEC_CRASHED_H

#include <stddef.h>

#include "err.h"

/*
 * The line in the loaded image's log that says why it panicked, or else the last one, without its
 * time; printable, cut to @size with the NUL. False when it cannot be read.
 */
bool crashed_last_words(char *line, size_t size, struct err *e);

#endif
