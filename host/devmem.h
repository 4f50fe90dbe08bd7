/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical memory that this kernel does not use, through mmap of /dev/mem: works with
 * STRICT_DEVMEM for memory that is not RAM of this kernel (drivers/char/mem.c), where read and
 * write do not.
 */
#ifndef HOST_DEVMEM_H
#define HOST_DEVMEM_H

#include "iomem.h"

struct devmem {
	int fd;
	struct map_cache *maps; /* for writing; NULL: each write is mapped for itself */
	struct iomem iomem;	/* its own memory is never to be touched */
};

/* ROOT/dev/mem alone; -1 with @e set. */
int devmem_open_device(const char *root, bool writable, struct err *e);
/* ROOT/dev/mem, as ROOT/proc/iomem explains it. To be closed only after success. */
bool devmem_open(struct devmem *m, const char *root, bool writable, struct err *e);
void devmem_close(struct devmem *m);
/*
 * Copies; thread-safe. The range must be outside this kernel's RAM. @around holds it: where more
 * will be written, memory of one kind throughout, as a mapping has one caching mode (x86 PAT).
 */
bool devmem_write(const struct devmem *m, uint64_t paddr, const void *from, size_t size,
		  struct range around, struct err *e);
bool devmem_read(const struct devmem *m, uint64_t paddr, void *to, size_t size, struct err *e);

#endif
