/* SPDX-License-Identifier: GPL-2.0-only */
/* Images whose level adapts to the target: what is stored, and what is compressed. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "test.h"

#include "core.h"
#include "target.h"
#include "writer.h"
#include "zstd_frame.h"

static struct err e;

#if HAVE_ZSTD

__attribute__((constructor)) static void reader_may_go_first(void)
{
	signal(SIGPIPE, SIG_IGN);
}

#define ADAPT_RAM (16 * MIB)

/* Memory that zstd would make small, but for a part that is zero and one that is random. */
static struct fake *wordy_kernel(void)
{
	struct fake *f = fake_kernel(4, ADAPT_RAM);
	uint64_t seed = 77;

	for (uint64_t at = 2 * MIB; at < ADAPT_RAM; at++)
		f->ram[at] = at >> 20 == 9 ? 0 : "memory of some program "[(at >> 6 ^ at) % 23];
	for (uint64_t at = 12 * MIB; at < 13 * MIB; at += 8)
		put(f, at, chance(&seed), 8);
	load(f, 2 * MIB, ADAPT_RAM - 2 * MIB, f->page_offset + 2 * MIB);
	return f;
}

struct frame_counts {
	unsigned stored, repeated, compressed;
	size_t size; /* of what they hold */
};

/* What the first blocks of the frames behind the headers' are. */
static struct frame_counts count_frames(struct bytes image)
{
	struct frame_counts n = { 0 };
	size_t at = IMAGE_HEADER_SIZE;

	for (unsigned i = 0; at < image.size; i++) {
		size_t size = ZSTD_findFrameCompressedSize(image.data + at, image.size - at);
		uint32_t magic;

		if (!CHECK(!ZSTD_isError(size)) || !bytes_le32(image, at, &magic) ||
		    magic != ZSTD_FRAME_MAGIC)
			break;
		if (i) {
			/* zstd may add a byte to the header, if it is not for a single segment. */
			bool more = !(image.data[at + 4] & 0x20);
			unsigned type = image.data[at + ZSTD_FRAME_HEADER_SIZE + more] >> 1 & 3;

			n.stored += type == ZSTD_BLOCK_RAW;
			n.repeated += type == ZSTD_BLOCK_RLE;
			n.compressed += type == ZSTD_BLOCK_COMPRESSED;
			n.size += ZSTD_getFrameContentSize(image.data + at, image.size - at);
		}
		at += size;
	}
	return n;
}

/* What is in an image as zstd has it, which checks all its sums, ends with this memory. */
static bool holds(struct bytes image, const struct fake *f)
{
	uint8_t *core = malloc(ADAPT_RAM);
	size_t size = ZSTD_decompress(core, ADAPT_RAM, image.data, image.size),
	       want = ADAPT_RAM - 2 * MIB;
	bool same = !ZSTD_isError(size) && size > want &&
		    !memcmp(core + size - want, f->ram + 2 * MIB, want);

	free(core);
	return same;
}

/* One thread writes itself what it has made, so the target is never behind. */
TEST(adapting_with_one_thread_stores)
{
	const char *core = in_scratch("adapt.core"), *target = in_scratch("adapt.image");
	struct save_request r = { .level = 1,
				  .threads = 1,
				  .keep = KEEP_ALL,
				  .force = true,
				  .source = core,
				  .target = target,
				  .report = quiet };
	struct fake *f = wordy_kernel();
	struct bytes image;
	struct frame_counts n;

	write_core(f, core);
	CHECK(save_image(&r, &e));
	image = read_file(target);
	n = count_frames(image);
	CHECK(n.compressed >= 12 && n.stored <= 1 && n.repeated >= 1);
	CHECK(image.size < 3 * MIB && holds(image, f));
	free((void *)image.data);

	r.adapt = true;
	CHECK(save_image(&r, &e));
	CHECK(verify_image(target, &e));
	image = read_file(target);
	n = count_frames(image);
	CHECK_EQ_U64(n.compressed, 0);
	CHECK(n.stored >= 13 && n.repeated >= 1);
	CHECK_EQ_U64(n.size, ADAPT_RAM - 2 * MIB);
	CHECK(image.size > 12 * MIB && image.size < 14 * MIB && holds(image, f));
	free((void *)image.data);
	fake_free(f);
}

/* However much of it is compressed, what comes back is the same. */
TEST(adapting_changes_no_content)
{
	const char *core = in_scratch("same.core"), *target = strdup(in_scratch("same.image")),
		   *plains[] = { strdup(in_scratch("same.plain")),
				 strdup(in_scratch("same.adapt")) };
	struct fake *f = small_kernel(4, true);
	struct save_request back = {
		.plain = true, .force = true, .source = target, .report = quiet
	};
	struct bytes want, got;

	write_core(f, core);
	for (unsigned threads = 0; threads < 5; threads++) {
		struct save_request r = { .level = 1,
					  .threads = threads ? threads : 2,
					  .adapt = threads,
					  .force = true,
					  .source = core,
					  .target = target,
					  .report = quiet };

		CHECK(save_image(&r, &e) && verify_image(target, &e));
		back.target = plains[threads > 0];
		CHECK(save_image(&back, &e));
		want = read_file(plains[0]);
		got = read_file(plains[threads > 0]);
		CHECK_EQ_U64(got.size, want.size);
		CHECK(got.size == want.size && !memcmp(got.data, want.data, want.size));
		free((void *)want.data);
		free((void *)got.data);
	}
	free((void *)target);
	free((void *)plains[0]);
	free((void *)plains[1]);
	fake_free(f);
}

/* A writer of its own, for targets that save_image() would not make. */
struct writing {
	struct fake *f;
	struct bytes file;
	struct core_image image;
	struct core_writer core;
	uint64_t memory; /* where it starts in the file */
	sem_t *seventh;	 /* posted when that piece of memory is read */
};

static bool watch_read(void *opaque, uint64_t offset, void *to, size_t size, struct err *err)
{
	struct writing *w = opaque;

	if (w->seventh && offset == w->memory + 6 * MIB)
		sem_post(w->seventh);
	return read_bytes(&w->file, offset, to, size, err);
}

static void writing_begin(struct writing *w)
{
	struct ranges none = { 0 };

	*w = (struct writing){ .f = wordy_kernel() };
	w->file = fake_core(w->f);
	w->memory = w->file.size - (ADAPT_RAM - 2 * MIB);
	if (!core_image_open(&w->image, NULL, watch_read, w, w->file.size, &e) ||
	    !core_writer_init(&w->core, &w->image.memory, &none, 0, NULL, &e))
		abort();
}

static void writing_end(struct writing *w)
{
	core_writer_deinit(&w->core);
	core_image_close(&w->image);
	free((void *)w->file.data);
	fake_free(w->f);
}

static bool append(void *opaque, const void *data, size_t size, struct err *err)
{
	return target_write(opaque, data, size, err);
}

static bool write_frames(const struct writing *w, struct target *t, unsigned threads)
{
	struct image_writer writer = {
		.core = &w->core,
		.write = append,
		.write_opaque = t,
		.room = t->room - IMAGE_HEADER_SIZE,
		.threads = threads,
		.level = 1,
		.adapt = true,
	};
	struct image_header h = { 0 };
	struct image_result result;

	return target_header(t, &h, IMAGE_STREAM, &e) && image_writer_run(&writer, &result, &e) &&
	       target_end(t, &e);
}

static struct frame_counts write_with_room(const struct writing *w, uint64_t room)
{
	const char *path = in_scratch("room.image");
	struct frame_counts n = { 0 };
	struct bytes image;
	struct target t;

	if (!CHECK(target_open(&t, path, true, &e)))
		return n;
	t.room = room;
	if (!CHECK(write_frames(w, &t, 1)))
		printf("%s\n", e.text);
	target_close(&t);
	image = read_file(path);
	CHECK(image.size <= room && holds(image, w->f) && verify_image(path, &e));
	n = count_frames(image);
	free((void *)image.data);
	return n;
}

/* Also the fastest way must end with an image: nothing is stored when that might not fit. */
TEST(adapting_to_the_room_that_is_left)
{
	struct frame_counts n;
	struct writing w;
	struct target t;

	writing_begin(&w);
	n = write_with_room(&w, 2 * w.core.core_size + 32 * MIB);
	CHECK_EQ_U64(n.compressed, 0);
	n = write_with_room(&w, w.core.core_size);
	CHECK_EQ_U64(n.compressed, 12);
	n = write_with_room(&w, 3 * MIB);
	CHECK_EQ_U64(n.compressed, 12);
	CHECK_EQ_U64(n.stored, 1);
	/* Random memory alone is more than this. */
	if (CHECK(target_open(&t, in_scratch("room.image"), true, &e))) {
		t.room = MIB;
		CHECK_FAILS(write_frames(&w, &t, 1), &e,
			    "*room.image: full: the image needs more than 1048576 bytes");
		target_close(&t);
	}
	writing_end(&w);
}

/* Zeros take no room: what seemed too little in the beginning is enough behind them. */
TEST(adapting_when_there_is_more_room_than_it_seemed)
{
	struct frame_counts before, n;
	struct writing w;

	writing_begin(&w);
	/* Grows in small steps from where all is compressed to where nothing is. */
	before = write_with_room(&w, w.core.core_size);
	for (uint64_t more = 0; more < 32 * MIB; more += MIB) {
		n = write_with_room(&w, w.core.core_size + more);
		CHECK(n.compressed <= before.compressed);
		if (n.compressed && n.compressed < before.compressed)
			break;
		before = n;
	}
	CHECK(n.compressed && n.compressed < 12);
	writing_end(&w);
}

struct late_reader {
	int fd;
	sem_t begin;
	struct bytes got;
};

static void *read_late(void *opaque)
{
	struct late_reader *r = opaque;
	uint8_t *data = malloc(2 * ADAPT_RAM);
	ssize_t got;

	sem_wait(&r->begin);
	while (data && (got = read(r->fd, data + r->got.size, 2 * ADAPT_RAM - r->got.size)) > 0)
		r->got.size += got;
	r->got.data = data;
	return NULL;
}

/*
 * Nobody reads from the pipe before the seventh piece of memory is being made. Of the pieces before
 * it one is stuck in the pipe, at most two are being made by the other threads, and so four or more
 * are waiting: it is compressed. The first was taken when nothing was waiting: it is stored.
 */
TEST(adapting_to_a_slow_target)
{
	struct target t = { .stream = true, .path = "-", .room = UINT64_MAX };
	struct late_reader r = { 0 };
	struct frame_counts n;
	struct writing w;
	pthread_t thread;
	int fds[2];

	writing_begin(&w);
	if (pipe2(fds, O_CLOEXEC) || sem_init(&r.begin, 0, 0))
		abort();
	w.seventh = &r.begin;
	r.fd = fds[0];
	t.fd = fds[1];
	pthread_create(&thread, NULL, read_late, &r);
	CHECK(write_frames(&w, &t, 4));
	sem_post(&r.begin);
	close(fds[1]);
	pthread_join(thread, NULL);
	close(fds[0]);
	CHECK_EQ_U64(r.got.size, t.written);
	n = count_frames(r.got);
	CHECK(n.compressed >= 1 && n.stored >= 1);
	CHECK(r.got.size < 12 * MIB && holds(r.got, w.f));
	free((void *)r.got.data);
	sem_destroy(&r.begin);
	writing_end(&w);
}

#else

TEST(nothing_is_saved_without_zstd)
{
	const char *core = in_scratch("none.core"), *target = in_scratch("none.image");
	struct save_request r = {
		.level = 1, .adapt = true, .source = core, .target = target, .report = quiet
	};
	struct fake *f = small_kernel(3, false);

	write_core(f, core);
	CHECK_FAILS(save_image(&r, &e), &e, "*built without zstd*");
	CHECK(access(target, F_OK));
	fake_free(f);
}

#endif

TEST_MAIN
