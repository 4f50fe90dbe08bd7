/* SPDX-License-Identifier: GPL-2.0-only */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "reader.h"
#include "threads.h"

struct readers {
	const struct image_reader *r;
	pthread_mutex_t lock;
	uint64_t next, count;
	uint64_t core_done, file_done;
	bool failed;
	struct err err; /* of the first failure */
};

/* Pages may be another image's, and what follows them is not the core's. */
static bool by_frames(const struct core_image *image)
{
	return image->saved && !image->has_pages;
}

static uint64_t pieces(const struct core_image *image)
{
	return (image->core_size + IMAGE_FRAME_SIZE - 1) / IMAGE_FRAME_SIZE;
}

/* Frame @index; a plain core is cut into pieces that look like frames. */
static struct image_frame frame_at(const struct core_image *image, uint64_t index)
{
	uint64_t at = index * IMAGE_FRAME_SIZE, size = image->core_size - at;

	if (by_frames(image))
		return image->table.frames[index];
	if (size > IMAGE_FRAME_SIZE)
		size = IMAGE_FRAME_SIZE;
	return (struct image_frame){
		.in_offset = at, .out_offset = at, .in_size = size, .out_size = size
	};
}

/* The next frame to read and, from a stream, its bytes; false at the end or with @e set. */
static bool next_frame(struct readers *all, struct image_frame *f, struct frame_buffer *in,
		       struct err *e)
{
	struct image_stream *stream = all->r->stream;

	*e->text = 0;
	if (stream)
		return !stream->ended && image_stream_next(stream, in, f, e) && !stream->ended;
	if (all->next == all->count)
		return false;
	*f = frame_at(all->r->image, all->next++);
	return true;
}

/* The pages of the file with a frame, which may be read past the page cache; *@at: the frame. */
static bool read_around(const struct core_image *image, const struct image_frame *f,
			struct frame_buffer *in, const uint8_t **at, struct err *e)
{
	uint64_t start = f->in_offset & ~(uint64_t)(DIRECT_ALIGN - 1);
	uint64_t end = f->in_offset + f->in_size;

	end = (end + DIRECT_ALIGN - 1) & ~(uint64_t)(DIRECT_ALIGN - 1);
	if (end > image->file_size)
		end = image->file_size;
	if (!frame_buffer_fit(in, end - start, e) ||
	    !image->pread_fn(image->opaque, start, in->at, end - start, e))
		return false;
	*at = in->at + (f->in_offset - start);
	return true;
}

static bool read_frame(const struct image_reader *r, const struct image_frame *f,
		       struct decoder *decoder, struct frame_buffer *in, struct frame_buffer *out,
		       struct err *e)
{
	struct core_image *image = r->image;
	const uint8_t *at;

	if (!frame_buffer_fit(out, f->out_size, e))
		return false;
	if (r->stream)
		return decoder_run(decoder, f, in->at, out->at, e) &&
		       (image->cipher || decoder_check_content(f, in->at, out->at, e));
	if (image->has_pages)
		return core_image_read(image, f->out_offset, out->at, f->out_size, e);
	if (!image->saved)
		return image->pread_fn(image->opaque, f->in_offset, out->at, f->in_size, e);
	return read_around(image, f, in, &at, e) && decoder_run(decoder, f, at, out->at, e);
}

static void *reader(void *opaque)
{
	struct readers *all = opaque;
	const struct image_reader *r = all->r;
	struct decoder *decoder = decoder_create(r->image->cipher);
	struct frame_buffer in = { 0 }, out = { 0 };
	struct image_frame f;
	struct err e;

	pthread_mutex_lock(&all->lock);
	while (!all->failed) {
		bool ok = next_frame(all, &f, &in, &e);

		if (!ok && !*e.text)
			break;
		pthread_mutex_unlock(&all->lock);
		ok = ok && (decoder || err_set(&e, "no memory for a decompressor")) &&
		     read_frame(r, &f, decoder, &in, &out, &e) &&
		     (!r->take || r->take(r->opaque, f.out_offset, out.at, f.out_size, &e));
		pthread_mutex_lock(&all->lock);
		if (!ok) {
			if (!all->failed)
				all->err = e;
			all->failed = true;
			break;
		}
		all->core_done += f.out_size;
		all->file_done += f.in_size;
		if (r->progress)
			r->progress(r->progress_opaque, all->core_done, all->file_done);
	}
	pthread_mutex_unlock(&all->lock);
	free(in.at);
	free(out.at);
	decoder_destroy(decoder);
	return NULL;
}

bool image_reader_run(const struct image_reader *r, uint64_t *core_bytes, struct err *e)
{
	struct readers all = { .r = r, .core_done = r->stream ? r->stream->out_offset : 0 };
	unsigned want = r->threads ? r->threads : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);

	if (want > IMAGE_READER_THREADS_MAX)
		want = IMAGE_READER_THREADS_MAX;
	if (!r->stream && r->image->has_pages)
		want = 1; /* core_image_read() */
	if (!r->stream && !r->image->saved && r->image->core_size == UINT64_MAX)
		return err_set(e, "its size is not known");
	if (!r->stream)
		all.count = by_frames(r->image) ? r->image->table.count : pieces(r->image);
	pthread_mutex_init(&all.lock, NULL);
	threads_run(want, reader, &all);
	pthread_mutex_destroy(&all.lock);
	if (core_bytes)
		*core_bytes = all.core_done;
	if (all.failed)
		*e = all.err;
	return !all.failed;
}
