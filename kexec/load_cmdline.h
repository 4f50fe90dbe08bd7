/* SPDX-License-Identifier: GPL-2.0-only */
/* The next kernel's command line. */
#ifndef KEXEC_LOAD_CMDLINE_H
#define KEXEC_LOAD_CMDLINE_H

#include "loading.h"

bool load_make_cmdline(struct load *l, struct err *e);
/* Adds where ACPI's tables are, if a Linux kernel has to be told there; once p->window is known. */
bool load_put_rsdp(struct load *l, struct err *e);
/* Whether the kernel takes it with @more bytes. */
bool load_check_cmdline(const struct load *l, size_t more, struct err *e);

#endif
