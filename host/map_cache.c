/* SPDX-License-Identifier: GPL-2.0-only */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "map_cache.h"
#include "x86.h"

/* Page tables for it take 64 KiB (32 KiB on i386 without PAE). */
#define MAP_SIZE (32ull << 20)
/* Threads work on neighbouring pieces: on one mapping, or on two. */
#define MAPS 4

struct mapping {
	char *at;	    /* NULL: none */
	struct range range; /* of the file */
	unsigned users;
	uint64_t used; /* the higher, the later */
};

struct map_cache {
	int fd, protection;
	pthread_mutex_t lock;
	uint64_t uses;
	struct mapping maps[MAPS];
};

struct map_cache *map_cache_create(int fd, int protection)
{
	struct map_cache *c = calloc(1, sizeof(*c));

	if (c) {
		c->fd = fd;
		c->protection = protection;
		pthread_mutex_init(&c->lock, NULL);
	}
	return c;
}

static void unmap(struct mapping *m)
{
	if (m->at)
		munmap(m->at, range_size(m->range));
	m->at = NULL;
}

void map_cache_destroy(struct map_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < MAPS; i++)
		unmap(&c->maps[i]);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static char *map(const struct map_cache *c, struct range r)
{
	char *at = range_size(r) > SIZE_MAX ? MAP_FAILED
					    : mmap(NULL, range_size(r), c->protection, MAP_SHARED,
						   c->fd, (off_t)r.start);

	return at == MAP_FAILED ? NULL : at;
}

static struct mapping *find(struct map_cache *c, struct range r)
{
	for (size_t i = 0; i < MAPS; i++)
		if (c->maps[i].at && range_contains(c->maps[i].range, r))
			return &c->maps[i];
	return NULL;
}

/* In place of the one that has been unused for longest; NULL: all are in use. */
static struct mapping *add(struct map_cache *c, struct range r, struct range bounds)
{
	struct range around = { r.start & ~(MAP_SIZE - 1), r.last | (MAP_SIZE - 1) };
	struct mapping *m = NULL;

	if (!range_intersect(around, bounds, &around))
		return NULL;
	for (size_t i = 0; i < MAPS; i++)
		if (!c->maps[i].users && (!m || c->maps[i].used < m->used))
			m = &c->maps[i];
	if (!m)
		return NULL;
	unmap(m);
	m->range = around;
	m->at = map(c, around);
	return m->at ? m : NULL;
}

bool map_cache_take(struct map_cache *c, uint64_t offset, size_t size, struct range bounds,
		    struct map_use *u)
{
	struct range r = { offset & PAGE_MASK, (offset + (size - 1)) | ~PAGE_MASK };

	bounds = (struct range){ bounds.start & PAGE_MASK, bounds.last | ~PAGE_MASK };
	*u = (struct map_use){ 0 };
	pthread_mutex_lock(&c->lock);
	u->kept = find(c, r);
	if (!u->kept)
		u->kept = add(c, r, bounds);
	if (u->kept) {
		u->kept->users++;
		u->kept->used = ++c->uses;
		u->at = u->kept->at + (offset - u->kept->range.start);
	}
	pthread_mutex_unlock(&c->lock);
	if (u->kept)
		return true;
	/* All are in use, or what is around it cannot be mapped. */
	u->base = map(c, r);
	if (!u->base)
		return false;
	u->length = range_size(r);
	u->at = u->base + (offset - r.start);
	return true;
}

void map_cache_release(struct map_cache *c, struct map_use *u)
{
	if (!u->kept) {
		munmap(u->base, u->length);
		return;
	}
	pthread_mutex_lock(&c->lock);
	u->kept->users--;
	pthread_mutex_unlock(&c->lock);
}
