/* SPDX-License-Identifier: GPL-2.0-only */
/* The zstd frames that were read last, decompressed: structures of a kernel lie close together. */
#ifndef CORE_IMAGE_FRAME_CACHE_H
#define CORE_IMAGE_FRAME_CACHE_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_CACHE_SIZE 8

struct frame_cache {
	struct {
		uint8_t *data; /* NULL: none */
		size_t index;
		uint64_t used; /* the higher, the later */
	} slots[FRAME_CACHE_SIZE];
	uint64_t uses;
	uint64_t loaded; /* how often a frame was put into it */
};

/* NULL: not in it. */
const uint8_t *frame_cache_get(struct frame_cache *c, size_t index);
/* Takes over @data, in place of what was not used for the longest time. */
void frame_cache_put(struct frame_cache *c, size_t index, uint8_t *data);
void frame_cache_empty(struct frame_cache *c);

#endif
