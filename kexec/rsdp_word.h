/* SPDX-License-Identifier: GPL-2.0-only */
/* "acpi_rsdp=", for kernels that would not find ACPI's tables by themselves. */
#ifndef KEXEC_RSDP_WORD_H
#define KEXEC_RSDP_WORD_H

#include "host.h"
#include "linux_kernel.h"

/* Puts it on *@cmdline (reallocated) where it is needed; @has_efi: the kernel is handed EFI. */
bool rsdp_word_put(char **cmdline, const struct host *h, const struct linux_kernel *image,
		   bool has_efi, struct err *e);

#endif
