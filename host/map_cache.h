/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Some large mappings of a file that is too large to be mapped as a whole, for several threads.
 * Each new mapping of /dev/mem or /proc/vmcore costs a system call, and its end a TLB flush on all
 * CPUs.
 */
#ifndef HOST_MAP_CACHE_H
#define HOST_MAP_CACHE_H

#include "range.h"

struct map_cache;

/* A part of the file, until it is released. */
struct map_use {
	char *at;
	struct mapping *kept; /* NULL: mapped for this use alone */
	char *base;
	size_t length;
};

/* @fd is borrowed; @protection as of mmap(2). NULL: no memory. */
struct map_cache *map_cache_create(int fd, int protection);
void map_cache_destroy(struct map_cache *c);
/*
 * Maps @size bytes, not 0, at @offset, and more around them; a new mapping has nothing outside the
 * pages of @bounds, which hold them. False with errno. Thread-safe.
 */
bool map_cache_take(struct map_cache *c, uint64_t offset, size_t size, struct range bounds,
		    struct map_use *u);
void map_cache_release(struct map_cache *c, struct map_use *u);

#endif
