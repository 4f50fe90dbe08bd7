/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Linux kernel to be booted: facts about its bytes, no placement. It came as a bzImage
 * (image_bzimage.h) or as an ELF file (vmlinux.h).
 */
#ifndef KEXEC_LINUX_KERNEL_H
#define KEXEC_LINUX_KERNEL_H

#include "boot_params.h"
#include "bytes.h"

struct image_elf;

struct linux_kernel {
	struct bytes file;	     /* borrowed */
	const struct image_elf *elf; /* its memory is what that loads; NULL: a bzImage */
	uint16_t protocol;	     /* 0x020f for 2.15 */
	struct setup_header header;  /* fields beyond header_size bytes are zero */
	size_t header_size;	     /* bytes of setup_header that a bzImage has */
	struct bytes setup;	     /* of a bzImage: its part for real mode, with the header ... */
	struct bytes kernel;	     /* ... and the one for protected mode */
	char version[128];	     /* printable kernel version, "" when none */

	bool has_64bit_entry; /* XLF_KERNEL_64 */
	bool has_32bit_entry; /* by the boot protocol */
	bool can_be_above_4g; /* XLF_CAN_BE_LOADED_ABOVE_4G: kernel, initrd, boot_params */
	bool has_5level;      /* XLF_5LEVEL: may be entered with 5-level paging on */
	bool has_efi_kexec;   /* XLF_EFI_KEXEC: takes EFI over from another kernel */
	bool relocatable;
	uint64_t align;		     /* for loading, > 0, power of two */
	uint64_t preferred;	     /* pref_address, or 1 MiB before protocol 2.10 */
	uint64_t init_size;	     /* bytes of linear memory needed at the load address */
	uint64_t entry_32, entry_64; /* from the load address */
	uint64_t pvh_entry;	     /* in 32-bit mode, if it is not moved; 0: none */
	uint32_t cmdline_max;	     /* bytes, without the NUL */
	uint64_t initrd_max;	     /* highest address of an initrd's last byte, inclusive */
};

#endif
