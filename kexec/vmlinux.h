/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux as its linker makes it: an ELF file without the boot protocol's header, whose entry is what
 * a bzImage jumps to when it has unpacked it (arch/x86/kernel/head_{32,64}.S).
 */
#ifndef KEXEC_VMLINUX_H
#define KEXEC_VMLINUX_H

#include "image_elf.h"
#include "linux_kernel.h"

/* False: the file is not Linux. @kernel refers to @elf, which must stay. */
bool vmlinux_find(struct linux_kernel *kernel, const struct image_elf *elf);

#endif
