/* SPDX-License-Identifier: GPL-2.0-only */
/* A plan as text: stable, so that two loads can be compared, and the same for every run. */
#ifndef KEXEC_PRINT_PLAN_H
#define KEXEC_PRINT_PLAN_H

#include <stdio.h>

#include "plan.h"

/* Everything in the plan but the contents: digests and random seeds differ from run to run. */
void print_plan(FILE *to, const struct plan *p);

/* What kexec_file_load(2) will be told, where the kernel itself makes the plan. */
struct file_call {
	const char *kernel;
	uint64_t kernel_size;
	uint64_t initrd_size; /* 0: none */
	const char *cmdline;
	unsigned long flags;
};

void print_file_call(FILE *to, const struct file_call *c);

/* A drawing of physical memory with the owner of every part. Fails when memory runs out. */
bool print_map(FILE *to, const struct plan *p, struct err *e);

#endif
