/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical page 0, in ROOT/dev/mem. Linux reserves it for the firmware and we never lend it, so
 * that it survives each jump; STRICT_DEVMEM lets it be mapped.
 */
#ifndef HOST_PAGE_ZERO_H
#define HOST_PAGE_ZERO_H

#include <stddef.h>

#include "err.h"

/* @offset + @size is at most a page. */
bool page_zero_read(const char *root, size_t offset, void *to, size_t size, struct err *e);
bool page_zero_write(const char *root, size_t offset, const void *from, size_t size, struct err *e);

#endif
