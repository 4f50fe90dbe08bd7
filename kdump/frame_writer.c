/* SPDX-License-Identifier: GPL-2.0-only */
#include "frame_writer.h"

#if HAVE_ZSTD

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "grow.h"
#include "sha256.h"

/* Frames in flight for each thread: one being made, one waiting for its turn. */
#define SLOTS_PER_THREAD 2

struct slot {
	uint8_t *in, *out;
	size_t in_size, out_size;
	bool ready;
};

struct pipeline {
	const struct frame_writer *w;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slots;
	size_t slot_count;
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

static bool compress_frame(const struct pipeline *p, ZSTD_CCtx *encoder, struct slot *slot,
			   uint64_t index, struct err *e)
{
	struct frame_bounds b = frame_bounds(p->w->core, index);
	const uint8_t *in = slot->in;
	size_t room = ZSTD_compressBound(b.size);

	if (index) {
		if (!core_writer_read(p->w->core, b.offset, slot->in, b.size, e))
			return false;
	} else {
		in = p->w->core->headers;
		if (room > ZSTD_compressBound(IMAGE_FRAME_SIZE)) {
			free(slot->out);
			slot->out = malloc(room);
			if (!slot->out)
				return err_set(e, "no memory for a frame of %zu bytes", b.size);
		}
	}
	slot->in_size = b.size;
	slot->out_size = ZSTD_compress2(encoder, slot->out, room, in, b.size);
	if (ZSTD_isError(slot->out_size))
		return err_set(e, "zstd: %s", ZSTD_getErrorName(slot->out_size));
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
	ZSTD_CCtx *encoder = ZSTD_createCCtx();
	struct err e;

	pthread_mutex_lock(&p->lock);
	if (!encoder ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(encoder, ZSTD_c_compressionLevel, p->w->level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, 1))) {
		err_set(&e, "zstd does not take level %d", p->w->level);
		fail(p, &e);
	}
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
		ok = compress_frame(p, encoder, slot, index, &e);
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

struct seek_table {
	uint8_t *at;
	size_t size, room;
};

static bool table_add(struct seek_table *t, const void *bytes, size_t size)
{
	if (!grow_array(&t->at, &t->room, t->size + size, 1))
		return false;
	memcpy(t->at + t->size, bytes, size);
	t->size += size;
	return true;
}

static bool table_word(struct seek_table *t, uint32_t word)
{
	uint8_t raw[4] = { word, word >> 8, word >> 16, word >> 24 };

	return table_add(t, raw, sizeof(raw));
}

/* Waits for each frame in its turn and writes it. */
static bool write_frames(struct pipeline *p, struct seek_table *t, struct err *e)
{
	uint64_t done = 0;

	/* The size of the table's own frame is filled in at the end. */
	if (!table_word(t, SEEK_TABLE_FRAME_MAGIC) || !table_word(t, 0))
		return err_set(e, "no memory for the seek table");
	for (uint64_t i = 0; i < p->frames; i++) {
		struct slot *slot = &p->slots[i % p->slot_count];

		pthread_mutex_lock(&p->lock);
		while (!slot->ready && !p->failed)
			pthread_cond_wait(&p->changed, &p->lock);
		pthread_mutex_unlock(&p->lock);
		if (p->failed)
			return false;
		if (!target_write(p->w->target, slot->out, slot->out_size, e))
			return false;
		if (!table_word(t, slot->out_size) || !table_word(t, slot->in_size))
			return err_set(e, "no memory for the seek table");
		done += slot->in_size;
		pthread_mutex_lock(&p->lock);
		slot->ready = false;
		p->written++;
		pthread_cond_broadcast(&p->changed);
		pthread_mutex_unlock(&p->lock);
		if (p->w->progress)
			p->w->progress(p->w->progress_opaque, done, p->w->target->written);
	}
	return true;
}

static bool write_table(struct pipeline *p, struct seek_table *t, struct frame_result *result,
			struct err *e)
{
	struct sha256 s;
	uint32_t size;

	if (!table_word(t, p->frames) || !table_add(t, "", 1) || !table_word(t, SEEK_TABLE_MAGIC))
		return err_set(e, "no memory for the seek table");
	size = t->size - 8;
	t->at[4] = size;
	t->at[5] = size >> 8;
	t->at[6] = size >> 16;
	t->at[7] = size >> 24;
	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, t->at, t->size);
	sha256_final(&s, result->seek_table);
	result->frame_count = p->frames;
	return target_write(p->w->target, t->at, t->size, e);
}

static bool slots_create(struct pipeline *p)
{
	p->slot_count = (size_t)p->w->threads * SLOTS_PER_THREAD;
	p->slots = calloc(p->slot_count, sizeof(*p->slots));
	for (size_t i = 0; p->slots && i < p->slot_count; i++) {
		p->slots[i].in = malloc(IMAGE_FRAME_SIZE);
		p->slots[i].out = malloc(ZSTD_compressBound(IMAGE_FRAME_SIZE));
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

bool frame_writer_run(const struct frame_writer *w, struct frame_result *result, struct err *e)
{
	struct pipeline p = { .w = w };
	struct seek_table table = { 0 };
	pthread_t *threads = calloc(w->threads, sizeof(*threads));
	unsigned started = 0;
	bool ok;

	p.frames = 1 + (w->core->core_size - w->core->headers_size + IMAGE_FRAME_SIZE - 1) /
		   IMAGE_FRAME_SIZE;
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.changed, NULL);
	ok = (threads && slots_create(&p)) || err_set(e, "no memory for %u threads", w->threads);
	while (ok && started < w->threads &&
	       !pthread_create(&threads[started], NULL, compressor, &p))
		started++;
	ok = ok && (started || err_set(e, "no thread could be started"));
	ok = ok && write_frames(&p, &table, e);

	pthread_mutex_lock(&p.lock);
	if (p.failed)
		*e = p.err;
	p.failed = true;
	pthread_cond_broadcast(&p.changed);
	pthread_mutex_unlock(&p.lock);
	while (started)
		pthread_join(threads[--started], NULL);

	ok = ok && write_table(&p, &table, result, e);
	slots_destroy(&p);
	free(table.at);
	free(threads);
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	return ok;
}

#else

bool frame_writer_run(const struct frame_writer *w, struct frame_result *result, struct err *e)
{
	(void)w, (void)result;
	return err_set(e, "this program was built without zstd, which saved images need");
}

#endif
