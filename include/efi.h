/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an EFI firmware leaves to a kernel that another kernel starts: the runtime services as the
 * first kernel of this boot mapped them. Facts: UEFI specification 7.2 (EFI_MEMORY_DESCRIPTOR),
 * arch/x86/include/asm/efi.h (struct efi_setup_data), arch/x86/platform/efi/efi.c
 * (kexec_enter_virtual_mode()).
 */
#ifndef EFI_H
#define EFI_H

#include <stddef.h>
#include <stdint.h>

#define EFI_LOADER_SIGNATURE_32 0x32334c45u /* "EL32": the firmware is a 32-bit one */
#define EFI_LOADER_SIGNATURE_64 0x34364c45u /* "EL64" */
#define EFI_MEMORY_DESC_VERSION 1

struct efi_memory_desc {
	uint32_t type;
	uint32_t pad;
	uint64_t phys_addr; /* whole pages of 4 KiB */
	uint64_t virt_addr; /* fixed by the first kernel: firmware is told only once */
	uint64_t num_pages;
	uint64_t attribute;
};

/* The content of a setup_data node of type SETUP_EFI: what the firmware's table has no more. */
struct efi_setup_data {
	uint64_t fw_vendor; /* physical addresses: the table has virtual ones by now */
	uint64_t runtime;   /* not read since Linux 5.8 */
	uint64_t tables;
	uint64_t smbios; /* 0: as the table says */
	uint64_t reserved[8];
};

_Static_assert(sizeof(struct efi_memory_desc) == 40, "efi_memory_desc");
_Static_assert(offsetof(struct efi_memory_desc, attribute) == 32, "efi_memory_desc.attribute");
_Static_assert(sizeof(struct efi_setup_data) == 96, "efi_setup_data");

#endif
