/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>

#include "decoder.h"
#include "grow.h"

#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "xxh64.h"
#include "zstd_frame.h"

/* A frame on its way: what the stage before has left, and where the last one has to leave it. */
struct passing {
	const struct image_frame *frame;
	struct bytes data;
	uint8_t *to; /* frame->out_size bytes */
};

/*
 * One step. It replaces @p->data by what it makes of it, in memory of its own; the last one fills
 * @p->to. What it needs for that is its own from create() to destroy().
 */
struct stage {
	void *(*create)(const struct frame_cipher *cipher); /* NULL: it needs nothing */
	void (*destroy)(void *own);
	bool (*run)(void *own, struct passing *p, struct err *e);
};

bool decoder_check(const struct image_frame *frame, const void *in, struct err *e)
{
	return xxh64(in, frame->in_size, 0) == frame->digest ||
	       err_set(e, "zstd frame at %#" PRIx64 ": damaged (its checksum does not match)",
		       frame->in_offset);
}

bool decoder_check_content(const struct image_frame *frame, const void *in, const void *content,
			   struct err *e)
{
	const struct bytes stored = { in, frame->in_size };
	uint32_t sum;

	return (bytes_le32(stored, (uint64_t)frame->in_size - ZSTD_CHECKSUM_SIZE, &sum) &&
		(uint32_t)xxh64(content, frame->out_size, 0) == sum) ||
	       err_set(e,
		       "zstd frame at %#" PRIx64 ": damaged (its content's checksum does not "
		       "match)",
		       frame->in_offset);
}

/* zstd skips over some bits of what it reads; none of ours may differ from what was written. */
static bool check_digest(void *own, struct passing *p, struct err *e)
{
	(void)own;
	return decoder_check(p->frame, p->data.data, e);
}

/* ---- what was encrypted ---- */

struct opener {
	const struct frame_cipher *cipher; /* NULL: nothing was */
	uint8_t *out;
	size_t room;
};

static void *opener_create(const struct frame_cipher *cipher)
{
	struct opener *o = calloc(1, sizeof(*o));

	if (o)
		o->cipher = cipher;
	return o;
}

static void opener_destroy(void *own)
{
	struct opener *o = own;

	free(o->out);
	free(o);
}

static bool open_sealed(void *own, struct passing *p, struct err *e)
{
	struct opener *o = own;

	if (!o->cipher)
		return true;
	if (!grow_array(&o->out, &o->room, p->data.size, 1))
		return err_set(e, "no memory for a zstd frame of %zu bytes", p->data.size);
	if (!frame_cipher_open(o->cipher, p->frame, p->data, o->out, e))
		return false;
	p->data = (struct bytes){ o->out, p->data.size - SEALED_FRAME_ADDS };
	return true;
}

/* ---- what was compressed ---- */

#if HAVE_ZSTD

static void *zstd_create(const struct frame_cipher *cipher)
{
	(void)cipher;
	return ZSTD_createDCtx();
}

static void zstd_destroy(void *own)
{
	ZSTD_freeDCtx(own);
}

static bool zstd_run(void *own, struct passing *p, struct err *e)
{
	size_t size = p->frame->out_size, got;

	if (zstd_frame_unpack_plain(p->data, p->to, size))
		return true;
	got = ZSTD_decompressDCtx(own, p->to, size, p->data.data, p->data.size);
	if (!ZSTD_isError(got) && got == size)
		return true;
	return err_set(e, "zstd frame at %#" PRIx64 ": %s", p->frame->in_offset,
		       ZSTD_isError(got) ? ZSTD_getErrorName(got) : "its size is wrong");
}

#else

static void *zstd_create(const struct frame_cipher *cipher)
{
	(void)cipher;
	return malloc(1);
}

static void zstd_destroy(void *own)
{
	free(own);
}

static bool zstd_run(void *own, struct passing *p, struct err *e)
{
	(void)own;
	return zstd_frame_unpack_plain(p->data, p->to, p->frame->out_size) ||
	       err_set(e, "this program was built without zstd, which saved images need");
}

#endif

/* In the order in which a frame goes through them, what is stored first. */
static const struct stage stages[] = {
	{ NULL, NULL, check_digest },
	{ opener_create, opener_destroy, open_sealed },
	{ zstd_create, zstd_destroy, zstd_run },
};

#define STAGES (sizeof(stages) / sizeof(stages[0]))

struct decoder {
	void *own[STAGES];
};

struct decoder *decoder_create(const struct frame_cipher *cipher)
{
	struct decoder *d = calloc(1, sizeof(*d));

	for (size_t i = 0; d && i < STAGES; i++) {
		if (!stages[i].create)
			continue;
		d->own[i] = stages[i].create(cipher);
		if (!d->own[i]) {
			decoder_destroy(d);
			d = NULL;
		}
	}
	return d;
}

void decoder_destroy(struct decoder *d)
{
	for (size_t i = 0; d && i < STAGES; i++)
		if (d->own[i])
			stages[i].destroy(d->own[i]);
	free(d);
}

bool decoder_run(struct decoder *d, const struct image_frame *frame, const void *in, void *to,
		 struct err *e)
{
	struct passing p = { frame, { in, frame->in_size }, to };

	for (size_t i = 0; i < STAGES; i++)
		if (!stages[i].run(d->own[i], &p, e))
			return false;
	return true;
}
