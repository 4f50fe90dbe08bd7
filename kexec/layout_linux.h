/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places a Linux kernel, its initrd and zero page: one file for i386 and x86_64, for ordinary loads
 * and for jumps (where p->ram is the window and p->next is B's memory map).
 */
#ifndef KEXEC_LAYOUT_LINUX_H
#define KEXEC_LAYOUT_LINUX_H

#include "host.h"
#include "linux_kernel.h"
#include "options.h"
#include "plan.h"

struct layout_linux {
	const struct linux_kernel *image;
	const struct host *host;
	const struct request *request;
	struct bytes initrd; /* all initrd files as one, or none */
	struct bytes dtb;    /* a device tree, or none */
	const char *cmdline; /* complete */
};

/*
 * Adds kernel, initrd and zero page and fills the entry. The command line is complete: the caller
 * has added what a jump needs and checked its length.
 */
bool layout_linux(struct plan *p, const struct layout_linux *in, struct err *e);

/*
 * Bytes of contiguous RAM that a kernel and this initrd need to boot with so many CPUs and to run
 * a small root file system: for the choice of a window.
 */
uint64_t layout_linux_needs(const struct linux_kernel *image, uint64_t initrd_size, unsigned cpus);

#endif
