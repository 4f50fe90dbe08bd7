/* SPDX-License-Identifier: GPL-2.0-only */
#include "frame_writer.h"

#if HAVE_ZSTD

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "grow.h"
#include "sha256.h"
#include "xxh64.h"

/* Frames in flight for each thread: one being made, one waiting for its turn. */
#define SLOTS_PER_THREAD 2

/* The level for data that do not compress, and how a frame is probed for that. */
#define RANDOM_LEVEL (-50)
#define SAMPLES 256
#define SAMPLE_SIZE 64

struct slot {
	uint8_t *in, *out;
	size_t in_size, out_size;
	uint64_t digest;
	bool ready;
};

struct table {
	uint8_t *at;
	size_t size, room;
};

struct pipeline {
	const struct frame_writer *w;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slots;
	size_t slot_count;
	uint8_t zero[4096];		/* IMAGE_FRAME_SIZE bytes of zeros, compressed */
	size_t zero_size;
	struct table digests, seek;	/* the writing thread's */
	uint64_t frames;		/* in all, the one with the headers included */
	uint64_t next;			/* to be taken by a thread */
	uint64_t written;
	bool failed;
	struct err err;			/* of the first failure */
};

struct frame_bounds {
	uint64_t offset;
	size_t size;
};

/* Frame 0 holds the headers, the others IMAGE_FRAME_SIZE bytes each. */
static struct frame_bounds frame_bounds(const struct core_writer *core, uint64_t index)
{
	struct frame_bounds b = { 0, core->headers_size };

	if (index) {
		b.offset = core->headers_size + (index - 1) * IMAGE_FRAME_SIZE;
		b.size = core->core_size - b.offset < IMAGE_FRAME_SIZE ? core->core_size - b.offset
								       : IMAGE_FRAME_SIZE;
	}
	return b;
}

static ZSTD_CCtx *encoder_create(int level)
{
	ZSTD_CCtx *encoder = ZSTD_createCCtx();

	if (encoder &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(encoder, ZSTD_c_compressionLevel, level)) &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, 1)))
		return encoder;
	ZSTD_freeCCtx(encoder);
	return NULL;
}

/*
 * Whether bytes all over @at occur about equally often, as they do in what is compressed or
 * encrypted already: the sum of the squares of their counts is then close to the smallest that
 * there can be.
 */
static bool looks_random(const uint8_t *at, size_t size)
{
	uint32_t count[256] = { 0 };
	size_t step = size / SAMPLES, total = SAMPLES * SAMPLE_SIZE;
	uint64_t squares = 0;

	if (step < SAMPLE_SIZE)
		return false;
	for (size_t i = 0; i < SAMPLES; i++)
		for (size_t j = 0; j < SAMPLE_SIZE; j++)
			count[at[i * step + j]]++;
	for (size_t i = 0; i < 256; i++)
		squares += (uint64_t)count[i] * count[i];
	return squares < total + total * total / 256 * 11 / 10;
}

static bool is_zero(const uint8_t *at, size_t size)
{
	return !at[0] && !memcmp(at, at + 1, size - 1);
}

/* Memory without content is common: its frame is made once. */
static bool make_zero_frame(struct pipeline *p)
{
	ZSTD_CCtx *encoder = encoder_create(p->w->level);

	memset(p->slots[0].in, 0, IMAGE_FRAME_SIZE);
	p->zero_size = encoder ? ZSTD_compress2(encoder, p->zero, sizeof(p->zero), p->slots[0].in,
						IMAGE_FRAME_SIZE) : 0;
	ZSTD_freeCCtx(encoder);
	return p->zero_size && !ZSTD_isError(p->zero_size);
}

static bool compress(ZSTD_CCtx *encoder, int level, struct slot *slot, const void *in,
		     struct err *e)
{
	/* Nothing is to be gained but time. */
	if (level > RANDOM_LEVEL && looks_random(in, slot->in_size))
		level = RANDOM_LEVEL;
	ZSTD_CCtx_setParameter(encoder, ZSTD_c_compressionLevel, level);
	slot->out_size = ZSTD_compress2(encoder, slot->out, ZSTD_compressBound(slot->in_size), in,
					slot->in_size);
	return !ZSTD_isError(slot->out_size) ||
	       err_set(e, "zstd: %s", ZSTD_getErrorName(slot->out_size));
}

static bool make_frame(const struct pipeline *p, ZSTD_CCtx *encoder, struct slot *slot,
		       uint64_t index, struct err *e)
{
	const struct core_writer *core = p->w->core;
	struct frame_bounds b = frame_bounds(core, index);
	bool whole = b.size == IMAGE_FRAME_SIZE, zero;

	slot->in_size = b.size;
	if (!index)
		return compress(encoder, p->w->level, slot, core->headers, e);
	zero = whole && core_writer_is_hole(core, b.offset, b.size);
	if (!zero && !core_writer_read(core, b.offset, slot->in, b.size, e))
		return false;
	if (!zero && !(whole && is_zero(slot->in, b.size)))
		return compress(encoder, p->w->level, slot, slot->in, e);
	memcpy(slot->out, p->zero, p->zero_size);
	slot->out_size = p->zero_size;
	return true;
}

static void fail(struct pipeline *p, const struct err *e)
{
	if (!p->failed)
		p->err = *e;
	p->failed = true;
	pthread_cond_broadcast(&p->changed);
}

static void *compressor(void *opaque)
{
	struct pipeline *p = opaque;
	ZSTD_CCtx *encoder = encoder_create(p->w->level);
	struct err e;

	pthread_mutex_lock(&p->lock);
	if (!encoder && !err_set(&e, "no memory for a compressor"))
		fail(p, &e);
	while (!p->failed && p->next < p->frames) {
		uint64_t index;
		struct slot *slot;
		bool ok;

		if (p->next - p->written >= p->slot_count) {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}
		index = p->next++;
		slot = &p->slots[index % p->slot_count];
		pthread_mutex_unlock(&p->lock);
		ok = make_frame(p, encoder, slot, index, &e);
		if (ok)
			slot->digest = xxh64(slot->out, slot->out_size, 0);
		pthread_mutex_lock(&p->lock);
		slot->ready = true;
		if (!ok)
			fail(p, &e);
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	ZSTD_freeCCtx(encoder);
	return NULL;
}

static bool table_add(struct table *t, uint64_t value, size_t size)
{
	if (!grow_array(&t->at, &t->room, t->size + size, 1))
		return false;
	for (size_t i = 0; i < size; i++)
		t->at[t->size++] = value >> 8 * i;
	return true;
}

static bool seek_entry(struct pipeline *p, uint64_t in_size, uint64_t out_size)
{
	return table_add(&p->seek, in_size, 4) && table_add(&p->seek, out_size, 4);
}

/* A table starts as a skippable frame, whose size is filled in at the end. */
static bool table_begin(struct table *t, uint32_t magic)
{
	return table_add(t, magic, 4) && table_add(t, 0, 4);
}

static void table_end(struct table *t)
{
	struct table size = { t->at, 4, t->room };

	table_add(&size, t->size - 8, 4);
}

/* Waits for a frame; NULL when a thread has failed. */
static struct slot *wait_frame(struct pipeline *p, uint64_t index)
{
	struct slot *slot = &p->slots[index % p->slot_count];
	bool failed;

	pthread_mutex_lock(&p->lock);
	while (!slot->ready && !p->failed)
		pthread_cond_wait(&p->changed, &p->lock);
	failed = p->failed;
	pthread_mutex_unlock(&p->lock);
	return failed ? NULL : slot;
}

static void release_frame(struct pipeline *p, struct slot *slot)
{
	pthread_mutex_lock(&p->lock);
	slot->ready = false;
	p->written++;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

/* Writes the frames, each in its turn. False without an error text when a thread has failed. */
static bool write_frames(struct pipeline *p, struct err *e)
{
	const struct frame_writer *w = p->w;
	uint64_t done = 0;

	if (!table_begin(&p->digests, DIGEST_TABLE_FRAME_MAGIC) ||
	    !table_begin(&p->seek, SEEK_TABLE_FRAME_MAGIC) || !seek_entry(p, IMAGE_HEADER_SIZE, 0))
		return err_set(e, "no memory for the seek table");
	for (uint64_t i = 0; i < p->frames; i++) {
		struct slot *slot = wait_frame(p, i);

		if (!slot || !target_write(w->target, slot->out, slot->out_size, e))
			return false;
		if (!seek_entry(p, slot->out_size, slot->in_size) ||
		    !table_add(&p->digests, slot->digest, 8))
			return err_set(e, "no memory for the seek table");
		done += slot->in_size;
		release_frame(p, slot);
		if (w->progress)
			w->progress(w->progress_opaque, done, w->target->written);
	}
	return true;
}

static bool write_tables(struct pipeline *p, struct frame_result *result, struct err *e)
{
	struct sha256 s;

	if (!seek_entry(p, p->digests.size, 0) || !table_add(&p->seek, p->frames + 2, 4) ||
	    !table_add(&p->seek, 0, 1) || !table_add(&p->seek, SEEK_TABLE_MAGIC, 4))
		return err_set(e, "no memory for the seek table");
	table_end(&p->digests);
	table_end(&p->seek);
	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, p->digests.at, p->digests.size);
	sha256_update(&s, p->seek.at, p->seek.size);
	sha256_final(&s, result->tables);
	result->frame_count = p->frames;
	return target_write(p->w->target, p->digests.at, p->digests.size, e) &&
	       target_write(p->w->target, p->seek.at, p->seek.size, e);
}

static bool slots_create(struct pipeline *p)
{
	p->slot_count = (size_t)p->w->threads * SLOTS_PER_THREAD;
	p->slots = calloc(p->slot_count, sizeof(*p->slots));
	for (size_t i = 0; p->slots && i < p->slot_count; i++) {
		/* The first frame, which may be larger, is made in slot 0. */
		size_t size = i ? IMAGE_FRAME_SIZE : IMAGE_FRAME_MAX;

		p->slots[i].in = malloc(IMAGE_FRAME_SIZE);
		p->slots[i].out = malloc(ZSTD_compressBound(size));
		if (!p->slots[i].in || !p->slots[i].out)
			return false;
	}
	return p->slots;
}

static void slots_destroy(struct pipeline *p)
{
	for (size_t i = 0; p->slots && i < p->slot_count; i++) {
		free(p->slots[i].in);
		free(p->slots[i].out);
	}
	free(p->slots);
}

/* Starts the threads, writes, and sees all threads end. */
static bool run(struct pipeline *p, pthread_t *threads, struct err *e)
{
	unsigned started = 0;
	bool ok;

	while (started < p->w->threads && !pthread_create(&threads[started], NULL, compressor, p))
		started++;
	ok = started ? write_frames(p, e) : err_set(e, "no thread could be started");
	pthread_mutex_lock(&p->lock);
	if (p->failed)
		*e = p->err;
	p->failed = true;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	while (started)
		pthread_join(threads[--started], NULL);
	return ok;
}

bool frame_writer_run(const struct frame_writer *w, struct frame_result *result, struct err *e)
{
	uint64_t body = w->core->core_size - w->core->headers_size;
	struct pipeline *p = calloc(1, sizeof(*p));
	pthread_t *threads = calloc(w->threads, sizeof(*threads));
	bool ok = p && threads;

	if (p) {
		p->w = w;
		p->frames = 1 + (body + IMAGE_FRAME_SIZE - 1) / IMAGE_FRAME_SIZE;
		pthread_mutex_init(&p->lock, NULL);
		pthread_cond_init(&p->changed, NULL);
	}
	ok = ok && slots_create(p) && make_zero_frame(p);
	if (!ok)
		err_set(e, "no memory for %u threads", w->threads);
	ok = ok && run(p, threads, e) && write_tables(p, result, e);
	if (p) {
		slots_destroy(p);
		free(p->digests.at);
		free(p->seek.at);
		pthread_cond_destroy(&p->changed);
		pthread_mutex_destroy(&p->lock);
	}
	free(threads);
	free(p);
	return ok;
}

#else

bool frame_writer_run(const struct frame_writer *w, struct frame_result *result, struct err *e)
{
	(void)w, (void)result;
	return err_set(e, "this program was built without zstd, which saved images need");
}

#endif
