/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the next kernel is given of the EFI firmware: efi_info in boot_params, a copy of the runtime
 * map, and a setup_data node of type SETUP_EFI, as the kernel's own loader makes them
 * (arch/x86/kernel/kexec-bzimage64.c setup_efi_state()). Then it calls the runtime services where
 * the first kernel of this boot mapped them, and finds the firmware's tables (ACPI, SMBIOS, MOK).
 */
#ifndef KEXEC_EFI_HANDOVER_H
#define KEXEC_EFI_HANDOVER_H

#include "boot_params.h"
#include "efi.h"
#include "host.h"
#include "linux_kernel.h"

struct efi_handover {
	/* NULL: it is handed over, or there is no EFI. Borrowed from the host. */
	const char *why_not;
	struct bytes
		map; /* struct efi_memory_desc [], borrowed from the host; none: not handed over */
	struct efi_setup_data data; /* of the SETUP_EFI node */
};

/*
 * @confined: the next kernel gets a part of RAM only, by its e820 map. @unwanted: --noefi. The
 * image's own bits say whether its kernel can take EFI over.
 */
struct efi_handover efi_handover(const struct host *h, const struct linux_kernel *image,
				 bool confined, bool unwanted);

/* efi_info and secure_boot of @page; the map will be at physical address @map_at. */
void efi_handover_fill(const struct efi_handover *efi, const struct host *h,
		       struct boot_params *page, uint64_t map_at);

#endif
