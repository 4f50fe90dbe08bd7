/* SPDX-License-Identifier: GPL-2.0-only */
/* An ELF core that is in memory, read as one that is in a file. */
#ifndef TEST_ELF_BYTES_H
#define TEST_ELF_BYTES_H

#include "elfcore.h"

static inline bool pread_bytes(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct bytes *file = opaque;

	return bytes_copy(*file, offset, to, size) || err_set(e, "beyond the end of the file");
}

static inline bool elfcore_of_bytes(struct elfcore *core, struct bytes file, struct err *e)
{
	return elfcore_read(core, pread_bytes, &file, file.size, e);
}

#endif
