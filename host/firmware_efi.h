/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The EFI firmware that this machine was booted by, as the running kernel publishes it: what a
 * kernel that is started without the firmware needs in order to call it.
 */
#ifndef HOST_FIRMWARE_EFI_H
#define HOST_FIRMWARE_EFI_H

#include "bytes.h"
#include "efi.h"
#include "err.h"

/* Physical addresses, 0: not known. */
struct efi_systab {
	uint64_t rsdp; /* ACPI's; of version 2 if there is one */
	uint64_t smbios;
};

struct firmware_efi {
	struct efi_systab systab;
	unsigned bits;	    /* of the firmware, 32 or 64; 0: no EFI, and nothing below */
	uint64_t fw_vendor; /* physical addresses, 0: not published */
	uint64_t tables;
	struct efi_memory_desc *map; /* the regions of the runtime services, as they are mapped */
	size_t map_count;	     /* 0: not published (CONFIG_EFI_RUNTIME_MAP, efi=noruntime) */
	struct err why;		     /* ... or it makes no sense, and this is why; else "" */
};

/* Lines "NAME=0x..." (drivers/firmware/efi/efi.c systab_show()). */
void firmware_efi_parse_systab(struct efi_systab *s, const char *text);
/*
 * Reads /sys/firmware/efi below @root; @boot_params tell whether there is EFI at all. To be freed
 * with firmware_efi_deinit().
 */
void firmware_efi_read(struct firmware_efi *efi, const char *root, struct bytes boot_params);
void firmware_efi_deinit(struct firmware_efi *efi);

#endif
