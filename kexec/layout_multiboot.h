/* SPDX-License-Identifier: GPL-2.0-only */
/* Places a multiboot kernel, its modules and what it is handed. */
#ifndef KEXEC_LAYOUT_MULTIBOOT_H
#define KEXEC_LAYOUT_MULTIBOOT_H

#include "host.h"
#include "image_multiboot.h"
#include "options.h"
#include "plan.h"

#define MODULES_MAX 32

struct layout_module {
	const char *words; /* "FILE ARGUMENTS", as --module has it */
	struct bytes data;
};

struct layout_multiboot {
	const struct image_multiboot *image;
	const struct host *host;
	const struct request *request;
	const char *cmdline; /* complete, without the kernel's name */
	const struct layout_module *modules;
	size_t module_count; /* at most MODULES_MAX */
};

/*
 * Adds all segments but the purgatory and fills the entry; the kernel gets p->next as its memory
 * map. What the kernel cannot do without and cannot have is refused.
 */
bool layout_multiboot(struct plan *p, const struct layout_multiboot *in, struct err *e);

#endif
