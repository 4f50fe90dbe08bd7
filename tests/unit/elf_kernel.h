/* SPDX-License-Identifier: GPL-2.0-only */
/* ELF kernels made by tests/makers/mkelf. */
#ifndef TEST_ELF_KERNEL_H
#define TEST_ELF_KERNEL_H

#include "image_elf.h"
#include "made.h"

static struct bytes elf_kernel(const char *words)
{
	return made("mkelf", words);
}

static inline enum probe elf_probe(struct image_elf *elf, const char *words, struct err *e)
{
	return image_elf_probe(elf, elf_kernel(words), e);
}

#endif
