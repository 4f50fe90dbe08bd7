/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a bzImage for tests: valid, with the header of a kernel 6.12 for x86_64. */
#ifndef TEST_BZIMAGE_H
#define TEST_BZIMAGE_H

#include <string.h>

#include "boot_params.h"

#define BZIMAGE_SETUP	0x1000
#define BZIMAGE_KERNEL	0x2000
#define BZIMAGE_TEXT_AT 0x800
#define BZIMAGE_VERSION "6.12.0 (test)"

struct bzimage {
	uint8_t data[BZIMAGE_SETUP + BZIMAGE_KERNEL];
};

static struct setup_header *bzimage_header(struct bzimage *b)
{
	return (struct setup_header *)(b->data + SETUP_HEADER_AT);
}

static void bzimage_init(struct bzimage *b)
{
	memset(b->data, 0x5a, sizeof(b->data));
	strcpy((char *)b->data + BZIMAGE_TEXT_AT, BZIMAGE_VERSION);
	*bzimage_header(b) = (struct setup_header){
		.setup_sects = BZIMAGE_SETUP / 512 - 1,
		.root_flags = 1,
		.syssize = BZIMAGE_KERNEL / 16,
		.vid_mode = 0xffff,
		.boot_flag = BOOT_FLAG,
		.jump = 0x6aeb,
		.header = BOOT_HEADER_MAGIC,
		.version = BOOT_PROTOCOL(2, 15),
		.kernel_version = BZIMAGE_TEXT_AT - 0x200,
		.loadflags = LOADED_HIGH | KASLR_FLAG | CAN_USE_HEAP,
		.code32_start = 0x100000,
		.heap_end_ptr = 0x5320,
		.initrd_addr_max = 0x7fffffff,
		.kernel_alignment = 0x200000,
		.relocatable_kernel = 1,
		.min_alignment = 21,
		.xloadflags = XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G | XLF_5LEVEL,
		.cmdline_size = 2047,
		.setup_data = 0xdeadbeef,
		.pref_address = 0x1000000,
		.init_size = 0x1e00000,
	};
}

/* As a kernel for i386 has it. */
static inline void bzimage_init_i386(struct bzimage *b)
{
	bzimage_init(b);
	bzimage_header(b)->xloadflags = 0;
}

#endif
