/* SPDX-License-Identifier: GPL-2.0-only */
#include "real_mode.h"
#include "x86.h"

#define REAL_PAGES 2 /* with the stack of a program that is called */

const struct range real_mode_memory = { PAGE_SIZE, 0x9ffff };

/*
 * A kernel that was started with noefi says nothing of EFI. But a BIOS puts the RSDP below 1 MiB,
 * where ACPI has it looked for (ACPI specification 5.2.5).
 */
bool real_mode_check(const struct host *h, struct err *e)
{
	return (!h->firmware.efi.bits && h->firmware.rsdp < MIB) ||
	       err_set(e, "--real-mode: this machine was booted by EFI firmware, so there is no "
			  "BIOS to be called");
}

bool real_mode_place(struct plan *p, struct err *e)
{
	const struct place want = {
		.name = "real mode",
		.memsz = REAL_PAGES * PAGE_SIZE,
		.within = real_mode_memory,
	};
	struct segment *pages;

	if (!plan_place(p, &want, &pages, e))
		return false;
	p->real_page = (uint32_t)pages->paddr;
	return true;
}
