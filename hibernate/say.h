/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user is told besides an error: one line each, no byte of which may steer a terminal. */
#ifndef HIBERNATE_SAY_H
#define HIBERNATE_SAY_H

#include "err.h"

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/*
 * For whoever looks at the machine: on standard error and in the kernel's log, unless @root is the
 * folder of another machine.
 */
void loud(const char *root, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The error that ends the program; nothing when a program that was run has told it already. */
void complain(const struct err *e);

#endif
