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

struct firmware_efi {
	unsigned bits;	    /* of the firmware, 32 or 64; 0: no EFI, and nothing below */
	uint64_t fw_vendor; /* physical addresses, 0: not published */
	uint64_t tables;
	uint64_t smbios;
	struct efi_memory_desc *map; /* the regions of the runtime services, as they are mapped */
	size_t map_count;	     /* 0: not published (CONFIG_EFI_RUNTIME_MAP, efi=noruntime) */
	struct err why;		     /* ... or it makes no sense, and this is why; else "" */
};

/*
 * Reads /sys/firmware/efi below @root; @boot_params tell whether there is EFI at all. To be freed
 * with firmware_efi_deinit().
 */
void firmware_efi_read(struct firmware_efi *efi, const char *root, struct bytes boot_params);
void firmware_efi_deinit(struct firmware_efi *efi);

#endif
