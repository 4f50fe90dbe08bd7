/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "page_digests.h"
#include "threads.h"
#include "x86.h"
#include "xxh64.h"

#define WORD_BITS   64
#define PIECE_PAGES 256 /* read at once */

static uint64_t own_words(uint64_t pages)
{
	return (pages + WORD_BITS - 1) / WORD_BITS;
}

static bool has_base(const struct page_digests *d)
{
	return d->about.base_name[0];
}

static bool no_memory(struct err *e)
{
	return err_set(e, "no memory for the digests of pages");
}

uint64_t page_digests_offset(const struct page_digests *d, uint64_t n)
{
	return d->about.headers_size + d->about.own * PAGE_SIZE + n * sizeof(uint64_t);
}

/* ---- reading ---- */

static bool name_is_good(const char name[sizeof(((struct image_pages *)0)->base_name)])
{
	return memchr(name, 0, sizeof(((struct image_pages *)0)->base_name)) &&
	       !strchr(name, '/') && strcmp(name, ".") && strcmp(name, "..");
}

/* Whether all sizes add up to what there is. */
static bool check_sizes(const struct image_pages *p, uint64_t content_size)
{
	uint64_t most = content_size / sizeof(uint64_t);
	bool based = p->base_name[0];

	return p->pages <= most && p->own <= p->pages && p->headers_size <= content_size &&
	       p->own <= content_size / PAGE_SIZE && p->headers_size % PAGE_SIZE == 0 &&
	       (based || p->own == p->pages) &&
	       p->headers_size + p->own * PAGE_SIZE + p->pages * sizeof(uint64_t) +
			       (based ? own_words(p->pages) * sizeof(uint64_t) : 0) + sizeof(*p) ==
		       content_size;
}

/* False when there are not as many own pages as there should be. */
static bool count_own(struct page_digests *d)
{
	uint64_t words = own_words(d->about.pages), own = 0;

	for (uint64_t i = 0; i < words; i++) {
		d->before[i] = own;
		own += __builtin_popcountll(d->own[i]);
	}
	return own == d->about.own && (d->about.pages % WORD_BITS == 0 ||
				       !(d->own[words - 1] >> d->about.pages % WORD_BITS));
}

/* With no page is something, too. */
static bool make_own(struct page_digests *d)
{
	uint64_t words = own_words(d->about.pages) + 1;

	if (words >= SIZE_MAX / sizeof(*d->own))
		return false;
	d->own = calloc(words, sizeof(*d->own));
	d->before = calloc(words, sizeof(*d->before));
	return d->own && d->before;
}

bool page_digests_read(struct page_digests *d, elfcore_pread_fn *read, void *opaque,
		       uint64_t content_size, struct err *e)
{
	struct image_pages *p = &d->about;

	*d = (struct page_digests){ 0 };
	if (content_size < sizeof(*p) ||
	    !read(opaque, content_size - sizeof(*p), p, sizeof(*p), e) ||
	    memcmp(p->magic, IMAGE_PAGES_MAGIC, sizeof(p->magic)))
		return err_set(e, "the digests of its pages are not at its end");
	if (!name_is_good(p->base_name) || !check_sizes(p, content_size))
		return err_set(e, "the digests of its pages are damaged");
	if (!has_base(d))
		return true;
	if (!make_own(d))
		return no_memory(e);
	return read(opaque, page_digests_offset(d, p->pages), d->own,
		    own_words(p->pages) * sizeof(*d->own), e) &&
	       (count_own(d) || err_set(e, "the list of its own pages is damaged"));
}

void page_digests_deinit(struct page_digests *d)
{
	free(d->digests);
	free(d->own);
	free(d->before);
	*d = (struct page_digests){ 0 };
}

bool page_digests_find(const struct page_digests *d, uint64_t n, uint64_t *place)
{
	uint64_t bit = UINT64_C(1) << n % WORD_BITS;

	*place = n;
	if (!d->own)
		return true;
	*place = d->before[n / WORD_BITS] + __builtin_popcountll(d->own[n / WORD_BITS] & (bit - 1));
	return d->own[n / WORD_BITS] & bit;
}

/* ---- making ---- */

struct making {
	struct page_digests *d;
	const struct core_writer *core;
	pthread_mutex_t lock;
	uint64_t next; /* page to be read */
	bool failed;
	struct err err; /* of the first failure */
};

/* Pages @n ... @n + @count - 1 of the body. */
static bool digest_pages(const struct making *m, uint64_t n, uint64_t count, uint8_t *buffer,
			 struct err *e)
{
	const struct core_writer *core = m->core;
	uint64_t offset = core->headers_size + n * PAGE_SIZE;

	if (core_writer_is_hole(core, offset, count * PAGE_SIZE))
		memset(buffer, 0, count * PAGE_SIZE);
	else if (!core_writer_read(core, offset, buffer, count * PAGE_SIZE, e))
		return false;
	for (uint64_t i = 0; i < count; i++)
		m->d->digests[n + i] = xxh64(buffer + i * PAGE_SIZE, PAGE_SIZE, m->d->about.seed);
	return true;
}

static void *digest_some(void *opaque)
{
	uint8_t *buffer = malloc(PIECE_PAGES * PAGE_SIZE);
	struct making *m = opaque;
	struct err e;

	pthread_mutex_lock(&m->lock);
	while (!m->failed && m->next < m->core->pages) {
		uint64_t n = m->next, left = m->core->pages - n;
		uint64_t count = left < PIECE_PAGES ? left : PIECE_PAGES;
		bool ok;

		m->next += count;
		pthread_mutex_unlock(&m->lock);
		ok = (buffer || no_memory(&e)) && digest_pages(m, n, count, buffer, &e);
		pthread_mutex_lock(&m->lock);
		if (!ok && !m->failed)
			m->err = e;
		m->failed |= !ok;
	}
	pthread_mutex_unlock(&m->lock);
	free(buffer);
	return NULL;
}

static bool digest_all(struct page_digests *d, const struct core_writer *core, unsigned threads,
		       struct err *e)
{
	struct making m = { .d = d, .core = core };

	pthread_mutex_init(&m.lock, NULL);
	threads_run(threads, digest_some, &m);
	pthread_mutex_destroy(&m.lock);
	if (m.failed)
		*e = m.err;
	return !m.failed;
}

static void find_own(struct page_digests *d, const struct core_writer *core,
		     page_digest_of_fn *base_digest, void *opaque)
{
	uint64_t n = 0, before;

	for (size_t i = 0; i < core->extents.count; i++) {
		const struct extent *x = &core->extents.at[i];

		for (uint64_t at = 0; at < x->size; at += PAGE_SIZE, n++) {
			if (base_digest(opaque, x->paddr + at, &before) && before == d->digests[n])
				continue;
			d->own[n / WORD_BITS] |= UINT64_C(1) << n % WORD_BITS;
			d->about.own++;
		}
	}
}

/* The size of what follows the pages. */
static uint64_t tail_size(const struct page_digests *d)
{
	uint64_t words = d->about.pages + (d->own ? own_words(d->about.pages) : 0);

	return words * sizeof(uint64_t) + sizeof(d->about);
}

bool page_digests_make(struct page_digests *d, const struct core_writer *core,
		       page_digest_of_fn *base_digest, void *opaque, unsigned threads,
		       struct err *e)
{
	memcpy(d->about.magic, IMAGE_PAGES_MAGIC, sizeof(d->about.magic));
	d->about.headers_size = core->headers_size;
	d->about.pages = core->pages;
	d->about.own = 0;
	if ((has_base(d) && !make_own(d)) || tail_size(d) > SIZE_MAX)
		return no_memory(e);
	d->digests = malloc(tail_size(d));
	if (!d->digests)
		return no_memory(e);
	if (!digest_all(d, core, threads, e))
		return false;
	if (d->own)
		find_own(d, core, base_digest, opaque);
	else
		d->about.own = core->pages;
	return true;
}

bool page_digests_put(struct page_digests *d, struct core_writer *core, struct err *e)
{
	uint8_t *tail = (uint8_t *)d->digests, *end = (uint8_t *)(d->digests + d->about.pages);
	size_t own = d->own ? own_words(d->about.pages) * sizeof(*d->own) : 0;

	if (d->own && !core_writer_keep(core, d->own, e))
		return false;
	if (own)
		memcpy(end, d->own, own);
	memcpy(end + own, &d->about, sizeof(d->about));
	core_writer_set_tail(core, tail, tail_size(d));
	d->digests = NULL;
	return true;
}
