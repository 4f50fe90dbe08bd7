/* SPDX-License-Identifier: GPL-2.0-only */
/* Images through pipes and files: writer, reader, stream, save. */
#include <pthread.h>
#include <signal.h>
#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "test.h"

#include "core.h"
#include "stream.h"

static struct err e;

#if HAVE_ZSTD

/* Runs save with standard output on @fd. */
static bool save_to(int fd, struct save_request *r)
{
	int keep = dup(STDOUT_FILENO);
	bool ok;

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	r->target = "-";
	r->report = quiet;
	ok = save_image(r, &e);
	dup2(keep, STDOUT_FILENO);
	close(keep);
	return ok;
}

static struct bytes stream_made;

/* An image as it goes through a pipe, made once. */
static struct bytes stream_image(void)
{
	struct save_request r = { .level = 1, .threads = 3 };
	const char *path, *core;
	struct fake *f;
	int fd;

	if (stream_made.data)
		return stream_made;
	path = in_scratch("stream");
	core = in_scratch("stream.core");
	f = small_kernel(4, true);
	write_core(f, core);
	fake_free(f);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	r.source = core;
	CHECK(save_to(fd, &r));
	close(fd);
	return stream_made = read_file(path);
}

__attribute__((constructor)) static void reader_may_go_first(void)
{
	signal(SIGPIPE, SIG_IGN);
}

__attribute__((destructor)) static void free_stream(void)
{
	free((void *)stream_made.data);
}

struct feed {
	struct bytes data;
	size_t step;
	int fd;
};

static void *feed(void *opaque)
{
	struct feed *f = opaque;

	for (size_t at = 0; at < f->data.size;) {
		size_t part = f->data.size - at < f->step ? f->data.size - at : f->step;
		ssize_t put = write(f->fd, f->data.data + at, part);

		if (put < 0)
			break;
		at += put;
	}
	close(f->fd);
	return NULL;
}

struct taken {
	uint8_t *core; /* NULL: nobody wants it */
	uint64_t size;
};

static bool take_frame(void *opaque, uint64_t offset, const uint8_t *data, size_t size,
		       struct err *err)
{
	struct taken *t = opaque;

	if (offset + size > t->size)
		return err_set(err, "more than there is");
	memcpy(t->core + offset, data, size);
	return true;
}

/* Reads all of a stream that comes in steps of @step bytes. */
static bool read_stream(struct bytes data, size_t step, unsigned threads, struct taken *taken,
			uint64_t *core_bytes)
{
	struct feed f = { data, step, -1 };
	struct image_stream stream;
	struct core_image image;
	pthread_t thread;
	int fds[2];
	bool ok;

	if (pipe2(fds, O_CLOEXEC))
		abort();
	f.fd = fds[1];
	pthread_create(&thread, NULL, feed, &f);
	ok = image_stream_open(&stream, fds[0], NULL, &image, &e);
	if (ok) {
		ok = image_reader_run(&(struct image_reader){ .image = &image,
							      .stream = &stream,
							      .threads = threads,
							      .take = taken ? take_frame : NULL,
							      .opaque = taken },
				      core_bytes, &e);
		core_image_close(&image);
	}
	close(fds[0]);
	pthread_join(thread, NULL);
	return ok;
}

TEST(stream_in_steps_of_any_size)
{
	static const size_t steps[] = { 7, 4096, 65536, 10 * MIB };
	struct bytes image = stream_image();
	struct taken taken = { calloc(1, SMALL_RAM), SMALL_RAM };
	uint8_t *whole = malloc(SMALL_RAM);
	size_t size = ZSTD_decompress(whole, SMALL_RAM, image.data, image.size);
	uint64_t core_bytes, first;

	if (!CHECK(!ZSTD_isError(size)))
		return;
	first = ZSTD_getFrameContentSize(image.data + IMAGE_HEADER_SIZE,
					 image.size - IMAGE_HEADER_SIZE);
	for (size_t i = 0; i < 4; i++) {
		memset(taken.core, 0xee, SMALL_RAM);
		if (!CHECK(read_stream(image, steps[i], i + 1, &taken, &core_bytes))) {
			printf("%s\n", e.text);
			continue;
		}
		CHECK_EQ_U64(core_bytes, size);
		CHECK(!memcmp(taken.core + first, whole + first, size - first));
	}
	free(whole);
	free(taken.core);
}

/* A stream that went into a file is an image like others, as far as its end is known. */
TEST(stream_in_a_file)
{
	const char *path = in_scratch("stream");
	struct core_file f;

	stream_image();
	CHECK(verify_image(path, &e));
	if (!CHECK(core_file_open(&f, path, &e)))
		return;
	CHECK_EQ_U64(f.image.header.state, IMAGE_STREAM);
	CHECK_EQ_U64(f.image.header.image_size, 0);
	CHECK_EQ_U64(f.image.header.kept_pages * PAGE,
		     f.image.core_size - f.image.table.frames[0].out_size);
	core_file_close(&f);
}

/* Cut at every place where something else begins, one before it, one behind it, and in between. */
TEST(stream_cut_short)
{
	struct bytes image = stream_image(), cut = image;
	size_t at = 0;

	for (unsigned piece = 0; at < image.size; piece++) {
		size_t size = ZSTD_findFrameCompressedSize(image.data + at, image.size - at);
		size_t cuts[] = { at - 1,	at,	 at + 1,	at + 3,
				  at + 4,	at + 5,	 at + 7,	at + 8,
				  at + 9,	at + 12, at + size / 2, at + size - 4,
				  at + size - 5 };

		if (!CHECK(!ZSTD_isError(size)))
			break;
		for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
			cut.size = cuts[i];
			if (cut.size >= image.size)
				continue;
			CHECK_FAILS(read_stream(cut, MIB, 2, NULL, NULL), &e,
				    "*cut short after * bytes*");
		}
		at += size;
	}
	CHECK_EQ_U64(at, image.size);
}

TEST(stream_with_flipped_bits)
{
	struct bytes image = stream_image(), copy = { malloc(image.size), image.size };
	uint8_t *data = (uint8_t *)copy.data;
	uint64_t seed = 5;

	memcpy(data, image.data, image.size);
	for (int i = 0; i < 200; i++) {
		/* Half of them in the tables, which are small. */
		size_t from = i & 1 ? 0 : image.size - 600;
		size_t at = from + chance(&seed) % (image.size - from);
		uint8_t bit = 1 << chance(&seed) % 8;

		data[at] ^= bit;
		if (!CHECK_FAILS(read_stream(copy, MIB, 2, NULL, NULL), &e, "*"))
			printf("byte %zu of %zu, bit %#x\n", at, image.size, bit);
		data[at] ^= bit;
	}
	CHECK(read_stream(copy, MIB, 2, NULL, NULL));
	free(data);
}

/* Headers whose frames do not stop where they should. */
TEST(stream_with_oversized_frames)
{
	struct bytes image = stream_image();
	uint8_t data[IMAGE_HEADER_SIZE + 64];
	/* Descriptor: 4 bytes of content size, single segment, checksum. */
	static const uint8_t huge[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa4, 0xff, 0xff, 0xff, 0x7f };
	static const uint8_t no_size[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0,
					   0,	 0,    0,    0,	   0,	 0,    0 };
	static const uint8_t reserved[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x08, 0x07,
					    0,	  0,	0,    0,    0,	  0,	0 };
	static const uint8_t rubbish[] = { 'r', 'u', 'b', 'b', 'i', 's', 'h', '.' };
	static const struct {
		const uint8_t *at;
		size_t size;
		const char *pattern;
	} cases[] = {
		{ huge, sizeof(huge), "zstd frame 0 has 2147483647 bytes, which none of ours has" },
		{ no_size, sizeof(no_size),
		  "zstd frame 0 lacks a content size or a checksum: kdump did not write it" },
		{ reserved, sizeof(reserved), "zstd frame 0 is damaged" },
		{ rubbish, sizeof(rubbish), "no zstd frame at byte 4096 of the stream" },
	};

	memcpy(data, image.data, IMAGE_HEADER_SIZE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes stream = { data, IMAGE_HEADER_SIZE + cases[i].size };

		memcpy(data + IMAGE_HEADER_SIZE, cases[i].at, cases[i].size);
		CHECK_FAILS(read_stream(stream, MIB, 1, NULL, NULL), &e, cases[i].pattern);
	}
}

/* ---- failures of a save ---- */

TEST(save_into_a_full_stream)
{
	struct save_request r = { .level = 1, .threads = 2, .source = in_scratch("stream.core") };
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	stream_image();
	CHECK_FAILS(save_to(full, &r), &e, "standard output: write: No space left on device");
	close(full);
}

/* A source that turns out shorter than its headers say, while threads are at work. */
TEST(save_of_a_source_that_shrinks)
{
	const char *core = in_scratch("short.core"), *target = in_scratch("short.image");
	struct save_request r = { .level = 1,
				  .threads = 4,
				  .keep = KEEP_ALL,
				  .source = core,
				  .target = target,
				  .report = quiet };
	struct fake *f = small_kernel(4, false);
	struct bytes file = fake_core(f);

	write_file(core, file.data, file.size - 3 * MIB);
	CHECK_FAILS(save_image(&r, &e), &e, "*short.core: *beyond the end of the file");
	CHECK(access(target, F_OK));
	free((void *)file.data);
	fake_free(f);
}

TEST(save_of_what_holds_no_image)
{
	const char *path = in_scratch("empty");
	struct save_request r = {
		.level = 1, .source = path, .target = in_scratch("other"), .report = quiet
	};
	struct image_header h = { .state = IMAGE_WRITING };

	image_header_seal(&h);
	write_file(path, &h, sizeof(h));
	CHECK_FAILS(save_image(&r, &e), &e, "*empty: holds no complete image (state: writing)");
	CHECK(access(r.target, F_OK));
}

/* ---- sizes ---- */

static void check_size(uint64_t ram, unsigned threads, bool zero, int level)
{
	const char *core = in_scratch("n.core"), *target = in_scratch("n.image"),
		   *plain = in_scratch("n.plain");
	struct save_request r = { .level = level,
				  .threads = threads,
				  .keep = KEEP_ALL,
				  .force = true,
				  .source = core,
				  .target = target,
				  .report = quiet };
	struct save_request back = {
		.plain = true, .force = true, .source = target, .target = plain, .report = quiet
	};
	struct fake *f = fake_kernel(4, 2 * MIB + ram);
	struct bytes image, whole;
	uint64_t seed = ram;
	uint8_t *memory = f->ram + 2 * MIB;

	for (uint64_t at = 0; !zero && at < ram; at += 8)
		*(uint64_t *)(memory + at) = chance(&seed);
	load(f, 2 * MIB, ram, f->page_offset + 2 * MIB);
	write_core(f, core);
	CHECK(save_image(&r, &e));
	CHECK(verify_image(target, &e));
	CHECK(save_image(&back, &e));
	whole = read_file(plain);
	image = read_file(target);
	CHECK(whole.size > ram && !memcmp(whole.data + whole.size - ram, memory, ram));
	if (zero)
		CHECK(image.size < IMAGE_HEADER_SIZE + 2048 + ram / 4096);
	free((void *)whole.data);
	free((void *)image.data);
	fake_free(f);
}

TEST(sizes_around_a_frame)
{
	static const uint64_t sizes[] = { PAGE,	      MIB - PAGE, MIB,
					  MIB + PAGE, 5 * MIB,	  6 * MIB + 5 * PAGE };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_size(sizes[i], 1 + i % 3, false, 1);
		check_size(sizes[i], 1 + i % 3, true, 3);
	}
	check_size(3 * MIB, 16, false, -100);
	check_size(3 * MIB, 2, false, 9);
}

/* A file with holes gives the same image as one without. */
TEST(holes_are_zeros)
{
	const char *dense = in_scratch("dense"), *sparse = in_scratch("sparse");
	const char *targets[] = { in_scratch("dense.image"), in_scratch("sparse.image") };
	struct save_request r = { .level = 1, .threads = 2, .keep = KEEP_ALL, .report = quiet };
	struct fake *f = fake_kernel(4, 16 * MIB);
	struct bytes core, images[2];
	int fd;

	load(f, 0, f->size, f->page_offset);
	core = fake_core(f);
	write_file(dense, core.data, core.size);
	fd = open(sparse, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (size_t at = 0; at < core.size; at += PAGE) {
		static const uint8_t zero[PAGE];
		size_t part = core.size - at < PAGE ? core.size - at : PAGE;

		if (memcmp(core.data + at, zero, part) &&
		    pwrite(fd, core.data + at, part, at) != (ssize_t)part)
			abort();
	}
	CHECK(!ftruncate(fd, core.size) && !close(fd));
	for (int i = 0; i < 2; i++) {
		r.source = i ? sparse : dense;
		r.target = targets[i];
		CHECK(save_image(&r, &e));
		images[i] = read_file(targets[i]);
	}
	CHECK_EQ_U64(images[0].size, images[1].size);
	CHECK(images[0].size == images[1].size &&
	      !memcmp(images[0].data + IMAGE_HEADER_SIZE, images[1].data + IMAGE_HEADER_SIZE,
		      images[0].size - IMAGE_HEADER_SIZE));
	for (int i = 0; i < 2; i++)
		free((void *)images[i].data);
	free((void *)core.data);
	fake_free(f);
}

/* ---- what is said, and kept ---- */

static char said[4096];

static void hear(const char *line)
{
	strncat(said, line, sizeof(said) - strlen(said) - 2);
	strcat(said, "\n");
}

static struct image_header save_header(enum keep keep, uint32_t content)
{
	const char *core = in_scratch("k.core"), *target = in_scratch("k.image");
	struct save_request r = { .level = 1,
				  .threads = 1,
				  .keep = keep,
				  .force = true,
				  .source = core,
				  .target = target,
				  .report = hear };
	struct fake *f = small_kernel(4, true);
	struct image_header h;
	struct bytes image;

	*said = 0;
	f->record.free_content = content;
	write_core(f, core);
	CHECK(save_image(&r, &e));
	image = read_file(target);
	memcpy(&h, image.data, sizeof(h));
	free((void *)image.data);
	fake_free(f);
	return h;
}

TEST(free_pages_whose_content_matters_are_kept)
{
	CHECK_EQ_U64(save_header(KEEP_NEEDED, FREE_CONTENT_NONE).free_pages, 1985);
	CHECK_MATCH(said, "1985 free pages found; the kernel's own count cannot be read*");
	CHECK_EQ_U64(save_header(KEEP_NEEDED, FREE_CONTENT_UNKNOWN).flags, 0);
	CHECK_MATCH(said, "free pages are kept: *init_on_free*");
	CHECK_EQ_U64(save_header(KEEP_USED, FREE_CONTENT_UNKNOWN).flags, IMAGE_FREE_LEFT_OUT);
	CHECK_EQ_U64(save_header(KEEP_USED, FREE_CONTENT_MATTERS).flags, 0);
	CHECK_EQ_U64(save_header(KEEP_ALL, FREE_CONTENT_NONE).flags, 0);
}

/* A node of one zone that counts @pages free ones. */
static void put_free_count(struct fake *f, uint64_t pages)
{
	info(f, "SYMBOL(contig_page_data)=%" PRIx64 "\n", f->page_offset + 0x160000);
	info(f, "OFFSET(pglist_data.node_zones)=16\nOFFSET(pglist_data.nr_zones)=2048\n"
		"SIZE(zone)=1024\nOFFSET(zone.vm_stat)=128\nNUMBER(NR_FREE_PAGES)=8\n");
	put(f, 0x160800, 1, 4);
	put_word(f, 0x160010 + 0x80 + 64, pages);
}

/* The kernel knows how many pages it has free; when it is not near that many, none is believed. */
TEST(more_free_pages_than_the_kernel_counted)
{
	static const struct {
		uint64_t counted;
		const char *says;
		uint32_t flags;
	} cases[] = {
		{ 8000, "8192 free pages found, the kernel counted 8000*", IMAGE_FREE_LEFT_OUT },
		{ 10000, "8192 free pages found, the kernel counted 10000*", IMAGE_FREE_LEFT_OUT },
		{ 2000, "all pages are kept: 8192 * counted 2000: there cannot be so many*", 0 },
	};
	const char *core = in_scratch("c.core"), *target = in_scratch("c.image");
	struct save_request r = { .level = 1,
				  .threads = 1,
				  .force = true,
				  .source = core,
				  .target = target,
				  .report = hear };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake *f = fake_kernel(4, 64 * MIB);
		struct image_header h;
		struct bytes image;

		make_flatmem(f, 0x180000 + MIB, 0x17f000);
		for (uint64_t pfn = 0x2000; pfn < 0x4000; pfn += 0x400)
			set_buddy(f, pfn, 10);
		put_free_count(f, cases[i].counted);
		load_all(f);
		write_core(f, core);
		*said = 0;
		CHECK(save_image(&r, &e));
		image = read_file(target);
		bytes_copy(image, 0, &h, sizeof(h));
		CHECK_EQ_U64(h.flags, cases[i].flags);
		CHECK_MATCH(said, cases[i].says);
		free((void *)image.data);
		fake_free(f);
	}
}

/* Lent memory may have been free; what is there now in the gate's place is needed all the same. */
TEST(gate_in_frames_that_were_free)
{
	const char *core = in_scratch("g.core"), *target = in_scratch("g.image");
	struct save_request r = {
		.level = 1, .threads = 1, .source = core, .target = target, .report = quiet
	};
	struct fake *f = small_kernel(3, true);
	struct core_file c;
	uint8_t page[PAGE];

	for (uint64_t pfn = SMALL_WINDOW / PAGE; pfn <= f->record.window_last / PAGE; pfn += 0x40)
		set_buddy(f, pfn, 6);
	f->load_count = 0;
	load_all(f);
	write_core(f, core);
	CHECK(save_image(&r, &e));
	if (!CHECK(core_file_open(&c, target, &e)))
		return;
	CHECK_EQ_U64(c.image.header.free_pages, 1985 + SMALL_PAGES);
	for (uint64_t at = f->record.gate_start; at < f->record.gate_last; at += PAGE)
		CHECK(core_memory_read_phys(&c.image.memory, at, page, PAGE, &e) &&
		      !memcmp(page, f->ram + at, PAGE));
	/* What holds the content of free lent pages is not missed; low RAM was in use. */
	CHECK(core_memory_read_phys(&c.image.memory, SMALL_HELD, page, PAGE, &e));
	for (uint64_t i = 1; i <= SMALL_PAGES; i++)
		CHECK(!core_memory_read_phys(&c.image.memory, SMALL_HELD + i * PAGE, page, PAGE,
					     &e));
	core_file_close(&c);
	fake_free(f);
}

TEST(image_for_analysis)
{
	const char *core = in_scratch("a.core"), *target = in_scratch("a.image"),
		   *plain = in_scratch("a.plain");
	struct save_request r = { .level = 1,
				  .threads = 2,
				  .for_analysis = true,
				  .source = core,
				  .target = target,
				  .report = quiet };
	struct fake *f = small_kernel(4, true);
	const char *files[] = { target, plain };

	write_core(f, core);
	CHECK(save_image(&r, &e));
	r.plain = true;
	r.target = plain;
	CHECK(save_image(&r, &e));
	for (int i = 0; i < 2; i++) {
		struct core_file c;
		uint64_t word;

		if (!CHECK(core_file_open(&c, files[i], &e)))
			continue;
		CHECK(core_memory_read_phys(&c.image.memory, SMALL_WINDOW + 0x5040, &word, 8, &e));
		CHECK_EQ_U64(word, SMALL_WINDOW + 0x5040);
		if (c.image.saved)
			CHECK_EQ_U64(c.image.header.flags,
				     IMAGE_FOR_ANALYSIS | IMAGE_FREE_LEFT_OUT);
		core_file_close(&c);
	}
	/* Without the list of lent pages there is nothing to put back. */
	memset(f->ram + f->record.gate_start + GATE_PARAMS, 0, 16);
	write_core(f, core);
	r.force = true;
	CHECK_FAILS(save_image(&r, &e), &e,
		    "lent pages cannot be put back: there is no gate at 0x*");
	fake_free(f);
}

/* ---- reading ---- */

static bool refuse(void *opaque, uint64_t offset, const uint8_t *data, size_t size, struct err *err)
{
	(void)opaque, (void)data, (void)size;
	return offset < 4 * MIB || err_set(err, "refused");
}

TEST(reader_stops_at_a_failure)
{
	struct core_file f;

	stream_image();
	if (!CHECK(core_file_open(&f, in_scratch("stream"), &e)))
		return;
	for (unsigned threads = 1; threads < 10; threads++)
		CHECK_FAILS(image_reader_run(&(struct image_reader){ .image = &f.image,
								     .threads = threads,
								     .take = refuse },
					     NULL, &e),
			    &e, "refused");
	core_file_close(&f);
}

static bool read_whole(struct core_file *f, struct taken *t, unsigned threads)
{
	uint64_t core_bytes;

	memset(t->core, 0xee, t->size);
	return CHECK(image_reader_run(&(struct image_reader){ .image = &f->image,
							      .threads = threads,
							      .take = take_frame,
							      .opaque = t },
				      &core_bytes, &e)) &&
	       CHECK_EQ_U64(core_bytes, f->image.core_size);
}

/* The same through the page cache and past it, whatever lies behind the image, and for a core. */
static void check_direct(const char *path)
{
	struct taken through = { malloc(2 * SMALL_RAM), 2 * SMALL_RAM },
		     past = { malloc(2 * SMALL_RAM), 2 * SMALL_RAM };
	struct core_file f;

	if (CHECK(core_file_open(&f, path, &e))) {
		CHECK(f.direct_fd < 0);
		read_whole(&f, &through, 2);
		core_file_go_direct(&f);
		for (unsigned threads = 1; threads < 4; threads++) {
			read_whole(&f, &past, threads);
			CHECK(!memcmp(through.core, past.core, f.image.core_size));
		}
		/* A way past it that turns out to be none is not taken. */
		if (f.direct_fd >= 0) {
			int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

			dup3(null, f.direct_fd, O_CLOEXEC);
			close(null);
			read_whole(&f, &past, 2);
			CHECK(!memcmp(through.core, past.core, f.image.core_size));
		}
		core_file_close(&f);
	}
	free(through.core);
	free(past.core);
}

static bool whole_pages_read(void *opaque, uint64_t offset, void *to, size_t size, struct err *err)
{
	const struct bytes *b = opaque;

	if (offset % DIRECT_ALIGN || (uintptr_t)to % DIRECT_ALIGN ||
	    (size % DIRECT_ALIGN && offset + size != b->size))
		return err_set(err, "%zu bytes at %#" PRIx64 " are no whole pages", size, offset);
	return read_bytes(opaque, offset, to, size, err);
}

/* What may go past the page cache must be whole pages, but for the end of the file. */
TEST(reader_reads_whole_pages)
{
	struct bytes file = stream_image();
	struct core_image image;

	if (!CHECK(core_image_open(&image, NULL, read_bytes, &file, file.size, &e)))
		return;
	image.pread_fn = whole_pages_read;
	if (!CHECK(image_reader_run(&(struct image_reader){ .image = &image, .threads = 2 }, NULL,
				    &e)))
		printf("%s\n", e.text);
	core_image_close(&image);
}

TEST(reader_past_the_page_cache)
{
	static const size_t more[] = { 0, 1, 511, 4095, 4096, 4097 };
	const char *core = in_scratch("direct.core"), *path = in_scratch("direct.image");
	struct save_request r = {
		.level = 1, .threads = 2, .source = core, .target = path, .report = quiet
	};
	struct fake *f = small_kernel(4, true);
	struct bytes image;
	uint8_t *longer;

	write_core(f, core);
	fake_free(f);
	CHECK(save_image(&r, &e));
	image = read_file(path);
	CHECK(image.size % PAGE);
	longer = calloc(1, image.size + 3 * PAGE);
	memcpy(longer, image.data, image.size);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		write_file(path, longer, image.size + more[i]);
		check_direct(path);
	}
	write_file(path, longer, (image.size / PAGE + 1) * PAGE);
	check_direct(path);
	check_direct(core);
	free(longer);
	free((void *)image.data);
}

#endif

/* What is aligned comes from one file, the rest from the other: here two that are not the same. */
TEST(what_goes_past_the_page_cache)
{
	const char *path = in_scratch("aligned.core"), *zeros = in_scratch("aligned.zeros");
	struct fake *f = small_kernel(4, false);
	struct bytes core = fake_core(f);
	uint8_t *zero = calloc(1, core.size), *to = aligned_alloc(PAGE, 3 * PAGE);
	uint64_t at = core.size - 2 * PAGE;
	struct core_file c;
	int fd;

	write_file(path, core.data, core.size);
	write_file(zeros, zero, core.size);
	if (!CHECK(core_file_open(&c, path, &e)))
		return;
	core_file_go_direct(&c);
	fd = open(zeros, O_RDONLY | O_CLOEXEC);
	if (c.direct_fd >= 0 && dup3(fd, c.direct_fd, O_CLOEXEC) >= 0) {
		CHECK(c.image.pread_fn(c.image.opaque, at, to, PAGE, &e));
		CHECK(!memcmp(to, zero, PAGE));
		CHECK(c.image.pread_fn(c.image.opaque, at, to + 8, PAGE, &e));
		CHECK(!memcmp(to + 8, core.data + at, PAGE));
		CHECK(c.image.pread_fn(c.image.opaque, at + 8, to, PAGE, &e));
		CHECK(!memcmp(to, core.data + at + 8, PAGE));
		CHECK(c.image.pread_fn(c.image.opaque, at, to, PAGE - 1, &e));
		CHECK(!memcmp(to, core.data + at, PAGE - 1));
		CHECK_FAILS(c.image.pread_fn(c.image.opaque, at, to, 3 * PAGE, &e), &e, "*");
	}
	close(fd);
	core_file_close(&c);
	free(to);
	free(zero);
	free((void *)core.data);
	fake_free(f);
}

/* A plain core comes whole, too. */
TEST(reader_of_a_plain_core)
{
	const char *path = in_scratch("plain.core");
	struct fake *f = small_kernel(3, false);
	struct bytes core = fake_core(f);
	struct core_file c;
	uint64_t core_bytes;

	write_file(path, core.data, core.size);
	if (!CHECK(core_file_open(&c, path, &e)))
		return;
	CHECK(image_reader_run(&(struct image_reader){ .image = &c.image }, &core_bytes, &e));
	CHECK_EQ_U64(core_bytes, core.size);
	core_file_close(&c);
	free((void *)core.data);
	fake_free(f);
}

TEST_MAIN
