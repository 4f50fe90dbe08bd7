/* SPDX-License-Identifier: GPL-2.0-only */
#include "frame_writer.h"

#if HAVE_ZSTD

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "frame_maker.h"
#include "grow.h"
#include "sha256.h"

/* Pieces in flight for each thread: one being made, one waiting; with few threads more. */
#define SLOTS_PER_THREAD 2
#define SLOTS_MIN	 8

/* More than headers of frames and tables add to a core that is stored. */
#define STORED_ADDS(size) ((size) / 4096 + (16u << 20))

struct slot {
	struct frame_batch batch;
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
	struct table digests, seek; /* of the thread that is writing */
	uint64_t pieces;	    /* of the core: headers, then IMAGE_FRAME_SIZE each */
	uint64_t next;		    /* piece to be taken by a thread */
	uint64_t written;	    /* pieces */
	size_t ready;		    /* pieces made, not yet written */
	uint64_t core_left;	    /* bytes of the core that are not written */
	uint64_t room;		    /* bytes that the target has left */
	uint64_t frames;	    /* written */
	uint64_t core_done;	    /* bytes of the core in what was written */
	bool writing;		    /* a thread is */
	bool failed;
	struct err err; /* of the first failure */
};

struct bounds {
	uint64_t offset;
	size_t size;
};

static struct bounds piece_bounds(const struct core_writer *core, uint64_t index)
{
	struct bounds b = { 0, core->headers_size };

	if (index) {
		b.offset = core->headers_size + (index - 1) * IMAGE_FRAME_SIZE;
		b.size = core->core_size - b.offset < IMAGE_FRAME_SIZE ? core->core_size - b.offset
								       : IMAGE_FRAME_SIZE;
	}
	return b;
}

/* What a thread works with: the bytes of a piece stay in its CPU's cache from one to the next. */
struct tools {
	struct frame_maker *maker;
	uint8_t *in; /* IMAGE_FRAME_SIZE */
};

/* The headers are in one frame, which is all that is needed to know what the others hold. */
static bool make_piece(const struct pipeline *p, const struct tools *t, struct frame_batch *batch,
		       uint64_t index, bool store, struct err *e)
{
	const struct core_writer *core = p->w->core;
	struct bounds b = piece_bounds(core, index);

	if (!index)
		return frame_make_one(t->maker, batch, core->headers, b.size, e);
	if (!core_writer_is_hole(core, b.offset, b.size))
		return core_writer_read(core, b.offset, t->in, b.size, e) &&
		       frame_make(t->maker, batch, t->in, b.size, store, e);
	frame_make_zeros(t->maker, batch, b.size);
	return true;
}

static void fail(struct pipeline *p, const struct err *e)
{
	if (!p->failed)
		p->err = *e;
	p->failed = true;
	pthread_cond_broadcast(&p->changed);
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

static bool begin_tables(struct pipeline *p, struct err *e)
{
	return (table_begin(&p->digests, DIGEST_TABLE_FRAME_MAGIC) &&
		table_begin(&p->seek, SEEK_TABLE_FRAME_MAGIC) &&
		seek_entry(p, IMAGE_HEADER_SIZE, 0)) ||
	       err_set(e, "no memory for the seek table");
}

static bool write_batch(struct pipeline *p, const struct frame_batch *b, struct err *e)
{
	const struct frame_writer *w = p->w;

	if (!target_write(w->target, b->data, b->size, e))
		return false;
	for (unsigned i = 0; i < b->count; i++) {
		const struct frame_part *part = &b->parts[i];

		if (!seek_entry(p, part->out_size, part->in_size) ||
		    !table_add(&p->digests, part->digest, 8))
			return err_set(e, "no memory for the seek table");
		p->core_done += part->in_size;
	}
	p->frames += b->count;
	if (w->progress)
		w->progress(w->progress_opaque, p->core_done, w->target->written);
	return true;
}

/* The caller holds the lock. */
static void note_written(struct pipeline *p)
{
	p->core_left = p->w->core->core_size - p->core_done;
	p->room = p->w->target->room - p->w->target->written;
}

/* Writes what is ready and in its turn. The caller holds the lock, which is free meanwhile. */
static void write_ready(struct pipeline *p)
{
	struct err e;

	p->writing = true;
	while (!p->failed) {
		struct slot *slot = &p->slots[p->written % p->slot_count];
		bool ok;

		if (!slot->ready)
			break;
		pthread_mutex_unlock(&p->lock);
		ok = write_batch(p, &slot->batch, &e);
		pthread_mutex_lock(&p->lock);
		slot->ready = false;
		p->ready--;
		p->written++;
		note_written(p);
		if (!ok)
			fail(p, &e);
		pthread_cond_broadcast(&p->changed);
	}
	p->writing = false;
}

/*
 * Whether the target may have to wait for us: then compressing would only take longer. All that is
 * left must fit even if nothing of it can be compressed.
 */
static bool in_a_hurry(const struct pipeline *p)
{
	return p->w->adapt && p->ready + p->w->threads < p->slot_count &&
	       p->room >= p->core_left + STORED_ADDS(p->core_left);
}

/* Each thread makes frames; whoever has made those whose turn it is also writes. */
static void *worker(void *opaque)
{
	struct pipeline *p = opaque;
	struct tools t = { frame_maker_create(p->w->level), malloc(IMAGE_FRAME_SIZE) };
	struct err e;

	pthread_mutex_lock(&p->lock);
	if ((!t.maker || !t.in) && !err_set(&e, "no memory for a compressor"))
		fail(p, &e);
	while (!p->failed && p->next < p->pieces) {
		uint64_t index;
		struct slot *slot;
		bool store, ok;

		if (p->next - p->written == p->slot_count) {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}
		index = p->next++;
		slot = &p->slots[index % p->slot_count];
		store = in_a_hurry(p);
		pthread_mutex_unlock(&p->lock);
		ok = make_piece(p, &t, &slot->batch, index, store, &e);
		pthread_mutex_lock(&p->lock);
		slot->ready = ok;
		p->ready += ok;
		if (!ok)
			fail(p, &e);
		if (!p->writing)
			write_ready(p);
	}
	pthread_mutex_unlock(&p->lock);
	frame_maker_destroy(t.maker);
	free(t.in);
	return NULL;
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
	if (p->slot_count < SLOTS_MIN)
		p->slot_count = SLOTS_MIN;
	p->slots = calloc(p->slot_count, sizeof(*p->slots));
	for (size_t i = 0; p->slots && i < p->slot_count; i++) {
		/* The headers, which may be larger, come first: in slot 0. */
		struct frame_batch *b = &p->slots[i].batch;

		b->room = frame_maker_room(i ? IMAGE_FRAME_SIZE : IMAGE_FRAME_MAX);
		b->data = malloc(b->room);
		if (!b->data)
			return false;
	}
	return p->slots;
}

static void slots_destroy(struct pipeline *p)
{
	for (size_t i = 0; p->slots && i < p->slot_count; i++)
		free(p->slots[i].batch.data);
	free(p->slots);
}

/* The calling thread is one of them. */
static bool run(struct pipeline *p, pthread_t *threads, struct err *e)
{
	unsigned started = 0;

	while (started + 1 < p->w->threads && !pthread_create(&threads[started], NULL, worker, p))
		started++;
	worker(p);
	while (started)
		pthread_join(threads[--started], NULL);
	if (p->failed)
		*e = p->err;
	return !p->failed;
}

bool frame_writer_run(const struct frame_writer *w, struct frame_result *result, struct err *e)
{
	uint64_t body = w->core->core_size - w->core->headers_size;
	struct pipeline *p = calloc(1, sizeof(*p));
	pthread_t *threads = calloc(w->threads, sizeof(*threads));
	bool ok = p && threads;

	if (p) {
		p->w = w;
		p->pieces = 1 + (body + IMAGE_FRAME_SIZE - 1) / IMAGE_FRAME_SIZE;
		note_written(p);
		pthread_mutex_init(&p->lock, NULL);
		pthread_cond_init(&p->changed, NULL);
	}
	ok = ok && slots_create(p);
	if (!ok)
		err_set(e, "no memory for %u threads", w->threads);
	ok = ok && begin_tables(p, e) && run(p, threads, e) && write_tables(p, result, e);
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
