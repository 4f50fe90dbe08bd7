/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The zero page, struct boot_params: what a Linux kernel is told of its memory, its command line
 * and initrd, and of what only the firmware could tell again (Documentation/arch/x86/boot.rst).
 */
#ifndef KEXEC_ZERO_PAGE_H
#define KEXEC_ZERO_PAGE_H

#include "efi_handover.h"
#include "host.h"
#include "linux_kernel.h"
#include "plan.h"

struct zero_page_wants {
	const struct linux_kernel *image;
	const struct host *host;
	const struct efi_handover *efi;
	const char *cmdline; /* complete; its length was checked */
	struct bytes dtb;    /* a device tree, or none */
	uint64_t kernel_at;
	uint64_t initrd_at, initrd_size; /* size 0: none */
	uint64_t last;			 /* highest address that the kernel's entry allows */
};

/*
 * Adds the segment "boot_params": the page, with p->next as its e820 map, then the command line,
 * the EFI runtime map and the nodes of setup_data. Sets p->boot_params.
 */
bool zero_page_add(struct plan *p, const struct zero_page_wants *w, struct err *e);

#endif
