/* SPDX-License-Identifier: GPL-2.0-only */
/* What the firmware and the boot loader told this kernel. */
#ifndef HOST_FIRMWARE_H
#define HOST_FIRMWARE_H

#include "bytes.h"
#include "err.h"
#include "firmware_efi.h"
#include "memmap.h"
#include "setup_data.h"

struct firmware {
	struct memmap map; /* /sys/firmware/memmap; may be empty */
	/* Over a line "%llx-%llx %x\n" (start, last, type) each; page 0 counts as reserved. */
	uint8_t map_sha256[32];
	struct bytes boot_params; /* /sys/kernel/boot_params/data: 4096 bytes or none */
	uint8_t *boot_params_data;
	struct setup_nodes setup;
	struct firmware_efi efi;
	uint64_t rsdp; /* physical address of ACPI's RSDP, 0: not known */
};

/* @f is to be freed only after success. */
bool firmware_read(struct firmware *f, const char *root, struct err *e);
void firmware_deinit(struct firmware *f);

#endif
