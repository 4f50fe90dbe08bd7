/* SPDX-License-Identifier: GPL-2.0-only */
/* ELF kernels made by tests/makers/mkelf. */
#ifndef TEST_ELF_KERNEL_H
#define TEST_ELF_KERNEL_H

#include <stdlib.h>

#include "hosts.h"
#include "image_elf.h"
#include "test.h"

/* What mkelf makes of these words, until the next call; without bytes if it failed. */
static struct bytes elf_kernel(const char *words)
{
	static uint8_t data[1 << 17];
	const char *src = getenv("SRC");
	char path[128], command[512];
	struct bytes b = { data, 0 };
	FILE *f;

	snprintf(path, sizeof(path), "%s/elf-of-test", host_root(""));
	snprintf(command, sizeof(command), "'%s/tests/makers/mkelf' '%s' %s", src ? src : ".", path,
		 words);
	if (!CHECK(!system(command)))
		return b;
	f = fopen(path, "r");
	if (CHECK(f != NULL)) {
		b.size = fread(data, 1, sizeof(data), f);
		CHECK(b.size < sizeof(data));
		fclose(f);
	}
	return b;
}

static inline enum probe elf_probe(struct image_elf *elf, const char *words, struct err *e)
{
	return image_elf_probe(elf, elf_kernel(words), e);
}

#endif
