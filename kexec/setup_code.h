/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The setup code of a bzImage, which is entered in real mode and asks the BIOS what the zero page
 * would tell: with its header filled in, its stack, and the command line
 * (Documentation/arch/x86/boot.rst).
 */
#ifndef KEXEC_SETUP_CODE_H
#define KEXEC_SETUP_CODE_H

#include "linux_kernel.h"
#include "plan.h"

struct setup_code_wants {
	const struct linux_kernel *image;
	const char *cmdline; /* complete; its length was checked */
	uint64_t kernel_at;
	uint64_t initrd_at, initrd_size; /* size 0: none */
};

/*
 * Adds the segment "setup" below 640 KB and the pages for the way there. Sets p->kernel_entry,
 * p->boot_params (the segment that the code runs in) and p->stack (in that segment).
 */
bool setup_code_add(struct plan *p, const struct setup_code_wants *w, struct err *e);

#endif
