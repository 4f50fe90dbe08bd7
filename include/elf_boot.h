/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot notes of kexec-tools' --args-elf, which Etherboot had first: a header, then ELF notes
 * without a name, each padded to 4 bytes. All fields are little-endian.
 */
#ifndef ELF_BOOT_H
#define ELF_BOOT_H

#include <stdint.h>

#define ELF_BOOT_MAGIC 0x0e1fb007

struct elf_boot_header {
	uint32_t signature; /* ELF_BOOT_MAGIC */
	uint32_t size;	    /* bytes of all, with this header */
	uint16_t checksum;  /* that of IP over all of it, which makes the sum 0 */
	uint16_t records;   /* notes */
};

#define EBN_BOOTLOADER_NAME    2
#define EBN_BOOTLOADER_VERSION 3
#define EBN_COMMAND_LINE       4

_Static_assert(sizeof(struct elf_boot_header) == 12, "elf_boot_header");

#endif
