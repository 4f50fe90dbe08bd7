/* SPDX-License-Identifier: GPL-2.0-only */
/* A bzImage: facts about its bytes, no placement (Documentation/arch/x86/boot.rst). */
#ifndef KEXEC_IMAGE_BZIMAGE_H
#define KEXEC_IMAGE_BZIMAGE_H

#include "boot_params.h"
#include "bytes.h"
#include "err.h"
#include "probe.h"

struct image_bzimage {
	struct bytes file;	    /* borrowed */
	uint16_t protocol;	    /* 0x020f for 2.15 */
	struct setup_header header; /* fields beyond header_size bytes are zero */
	size_t header_size;	    /* bytes of setup_header that the file has */
	struct bytes kernel;	    /* the protected-mode part */
	char version[128];	    /* printable kernel version, "" when none */

	bool has_64bit_entry; /* XLF_KERNEL_64 */
	bool can_be_above_4g; /* XLF_CAN_BE_LOADED_ABOVE_4G: kernel, initrd, boot_params */
	bool has_5level;      /* XLF_5LEVEL: may be entered with 5-level paging on */
	bool has_efi_kexec;   /* XLF_EFI_KEXEC: takes EFI over from another kernel */
	bool relocatable;
	uint64_t align;	      /* for loading, > 0, power of two */
	uint64_t preferred;   /* pref_address, or 1 MiB before protocol 2.10 */
	uint64_t init_size;   /* bytes of linear memory needed at the load address */
	uint32_t cmdline_max; /* bytes, without the NUL */
	uint64_t initrd_max;  /* highest address of an initrd's last byte, inclusive */
};

enum probe image_bzimage_probe(struct image_bzimage *image, struct bytes file, struct err *e);

#endif
