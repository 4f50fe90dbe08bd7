/* SPDX-License-Identifier: GPL-2.0-only */
/* A plan as text: stable, so that two loads can be compared, and the same for every run. */
#ifndef KEXEC_PRINT_PLAN_H
#define KEXEC_PRINT_PLAN_H

#include <stdio.h>

#include "backend.h"

/*
 * Everything in the plan, which goes to the kernel by @way, but the contents: digests and random
 * seeds differ from run to run.
 */
void print_plan(FILE *to, const struct plan *p, const struct backend *way);

/* What the kernel will be told where it makes the plan itself. */
void print_file_call(FILE *to, const struct file_call *c);

/* Which call it was in the end. */
void print_result(FILE *to, const struct backend *way, const struct backend_result *result);

/* A drawing of physical memory with the owner of every part. Fails when memory runs out. */
bool print_map(FILE *to, const struct plan *p, struct err *e);

/* A line of the program's own: a warning, or what is still to be done. */
void print_note(FILE *to, const char *text);

#endif
