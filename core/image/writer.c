/* SPDX-License-Identifier: GPL-2.0-only */
#include "writer.h"

#if HAVE_ZSTD

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "seek_table.h"
#include "threads.h"

/* Pieces in flight for each thread: one being made, one waiting; with few threads more. */
#define SLOTS_PER_THREAD 2
#define SLOTS_MIN	 8

/* More than headers of frames and tables add to a core that is stored. */
#define STORED_ADDS(size) ((size) / 4096 + (16u << 20))

struct slot {
	struct frame_batch batch;
	bool ready;
};

struct pipeline {
	const struct image_writer *w;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slots;
	size_t slot_count;
	struct table_maker tables; /* of the thread that is writing */
	uint64_t pieces;	   /* of the core: headers, then IMAGE_FRAME_SIZE each */
	uint64_t next;		   /* piece to be taken by a thread */
	uint64_t written;	   /* pieces */
	size_t ready;		   /* pieces made, not yet written */
	uint64_t core_left;	   /* bytes of the core that are not written */
	uint64_t room;		   /* bytes that the target has left */
	uint64_t core_done;	   /* bytes of the core in what was written ... */
	uint64_t file_done;	   /* ... and of the file */
	bool writing;		   /* a thread is */
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
	struct encoder *maker;
	uint8_t *in; /* IMAGE_FRAME_SIZE */
};

/* The headers are in one frame, which is all that is needed to know what the others hold. */
static bool make_piece(const struct pipeline *p, const struct tools *t, struct frame_batch *batch,
		       uint64_t index, bool store, struct err *e)
{
	const struct core_writer *core = p->w->core;
	struct bounds b = piece_bounds(core, index);

	batch->offset = b.offset;
	if (!index)
		return encode_one(t->maker, batch, core->headers, b.size, e);
	if (!core_writer_is_hole(core, b.offset, b.size))
		return core_writer_read(core, b.offset, t->in, b.size, e) &&
		       encode(t->maker, batch, t->in, b.size, store, e);
	encode_zeros(t->maker, batch, b.size);
	return true;
}

static void fail(struct pipeline *p, const struct err *e)
{
	if (!p->failed)
		p->err = *e;
	p->failed = true;
	pthread_cond_broadcast(&p->changed);
}

static bool append(struct pipeline *p, const void *data, size_t size, struct err *e)
{
	p->file_done += size;
	return p->w->write(p->w->write_opaque, data, size, e);
}

static bool write_batch(struct pipeline *p, const struct frame_batch *b, struct err *e)
{
	const struct image_writer *w = p->w;

	if (!append(p, b->data, b->size, e))
		return false;
	for (unsigned i = 0; i < b->count; i++) {
		const struct frame_part *part = &b->parts[i];

		if (!table_maker_add(&p->tables, part->out_size, part->in_size, part->digest))
			return err_set(e, "no memory for the seek table");
		p->core_done += part->in_size;
	}
	if (w->progress)
		w->progress(w->progress_opaque, p->core_done, IMAGE_HEADER_SIZE + p->file_done);
	return true;
}

/* The caller holds the lock. */
static void note_written(struct pipeline *p)
{
	p->core_left = p->w->core->core_size - p->core_done;
	p->room = p->w->room - p->file_done;
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
	struct tools t = { encoder_create(p->w->level, p->w->cipher), malloc(IMAGE_FRAME_SIZE) };
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
	encoder_destroy(t.maker);
	free(t.in);
	return NULL;
}

static bool write_tables(struct pipeline *p, struct image_result *result, struct err *e)
{
	struct table_maker *t = &p->tables;

	if (!table_maker_end(t))
		return err_set(e, "no memory for the seek table");
	memcpy(result->tables, t->sum, sizeof(t->sum));
	result->frame_count = t->frame_count;
	return append(p, t->digests.at, t->digests.size, e) &&
	       append(p, t->seek.at, t->seek.size, e);
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

		b->room = encoder_room(i ? IMAGE_FRAME_SIZE : IMAGE_FRAME_MAX);
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

static bool run(struct pipeline *p, struct err *e)
{
	threads_run(p->w->threads, worker, p);
	if (p->failed)
		*e = p->err;
	return !p->failed;
}

bool image_writer_run(const struct image_writer *w, struct image_result *result, struct err *e)
{
	uint64_t body = w->core->core_size - w->core->headers_size;
	struct pipeline *p = calloc(1, sizeof(*p));
	bool ok = p;

	if (p) {
		p->w = w;
		p->pieces = 1 + (body + IMAGE_FRAME_SIZE - 1) / IMAGE_FRAME_SIZE;
		note_written(p);
		pthread_mutex_init(&p->lock, NULL);
		pthread_cond_init(&p->changed, NULL);
	}
	ok = ok && slots_create(p) && table_maker_begin(&p->tables);
	if (!ok)
		err_set(e, "no memory for %u threads", w->threads);
	ok = ok && run(p, e) && write_tables(p, result, e);
	if (p) {
		slots_destroy(p);
		table_maker_deinit(&p->tables);
		pthread_cond_destroy(&p->changed);
		pthread_mutex_destroy(&p->lock);
	}
	free(p);
	return ok;
}

#else

bool image_writer_run(const struct image_writer *w, struct image_result *result, struct err *e)
{
	(void)w, (void)result;
	return err_set(e, "this program was built without zstd, which saved images need");
}

#endif
