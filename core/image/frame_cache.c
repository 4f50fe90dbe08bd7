/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "frame_cache.h"

const uint8_t *frame_cache_get(struct frame_cache *c, size_t index)
{
	for (size_t i = 0; i < FRAME_CACHE_SIZE; i++) {
		if (!c->slots[i].data || c->slots[i].index != index)
			continue;
		c->slots[i].used = ++c->uses;
		return c->slots[i].data;
	}
	return NULL;
}

void frame_cache_put(struct frame_cache *c, size_t index, uint8_t *data)
{
	size_t oldest = 0;

	for (size_t i = 1; i < FRAME_CACHE_SIZE; i++)
		if (c->slots[i].used < c->slots[oldest].used)
			oldest = i;
	free(c->slots[oldest].data);
	c->slots[oldest].data = data;
	c->slots[oldest].index = index;
	c->slots[oldest].used = ++c->uses;
	c->loaded++;
}

void frame_cache_empty(struct frame_cache *c)
{
	for (size_t i = 0; i < FRAME_CACHE_SIZE; i++)
		free(c->slots[i].data);
	*c = (struct frame_cache){ 0 };
}
