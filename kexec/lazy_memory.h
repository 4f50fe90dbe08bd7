/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory whose content is made when it is read: kexec_load(2) copies an image from the caller's
 * memory page by page, in order, and no page is needed again once it was copied. With
 * userfaultfd(2) the image is never resident as a whole; where the kernel has no such call, it is.
 */
#ifndef KEXEC_LAZY_MEMORY_H
#define KEXEC_LAZY_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define LAZY_BLOCK  ((size_t)1 << 20) /* bytes that are made at once ... */
#define LAZY_BLOCKS 4		      /* ... and how many of them are resident at most */

struct lazy_memory;

/*
 * Makes the @size bytes at @offset of the memory: at most LAZY_BLOCK, from a multiple of it. Called
 * by a thread of the lazy memory, one call at a time.
 */
typedef bool lazy_fill_fn(void *opaque, uint64_t offset, uint8_t *to, size_t size, struct err *e);

/* Takes @size > 0 bytes of address space and no memory. */
bool lazy_memory_create(struct lazy_memory **out, uint64_t size, lazy_fill_fn *fill, void *opaque,
			struct err *e);
void lazy_memory_destroy(struct lazy_memory *m); /* NULL is allowed; stops it first */

/* What may be read from lazy_memory_start() to lazy_memory_stop(), and only by other threads. */
const uint8_t *lazy_memory_data(const struct lazy_memory *m);

/*
 * @spare: bytes of memory that may be used when there is no userfaultfd; with less than the whole
 * size that is an error. *@lazy says which way was taken.
 */
bool lazy_memory_start(struct lazy_memory *m, uint64_t spare, bool *lazy, struct err *e);
/*
 * False, with the reason, when a part could not be made: whoever tried to read it got EFAULT from
 * its system call. From now on nothing may be read.
 */
bool lazy_memory_stop(struct lazy_memory *m, struct err *e);

#endif
