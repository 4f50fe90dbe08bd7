/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmdline.h"
#include "rsdp_word.h"

/* Where a kernel looks by itself (ACPI specification 5.2.5.1). */
static const struct range bios = { 0xe0000, 0xfffff };

/* Kernels before 5.0, and some up to 5.4, do not find it in boot_params. */
bool rsdp_word_put(char **cmdline, const struct host *h, const struct linux_kernel *image,
		   bool has_efi, struct err *e)
{
	uint64_t rsdp = h->firmware.rsdp;

	if (!rsdp || has_efi || image->protocol >= BOOT_PROTOCOL(2, 15) ||
	    (bios.start <= rsdp && rsdp <= bios.last))
		return true;
	return cmdline_put_address(cmdline, "acpi_rsdp", rsdp) || err_set(e, "out of memory");
}
