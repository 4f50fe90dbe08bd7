/* SPDX-License-Identifier: GPL-2.0-only */
#include <pthread.h>
#include <sys/mman.h>

#include "core.h"
#include "map_cache.h"
#include "test.h"

#define STEP	  (32u * MIB) /* what a mapping covers, where it may */
#define SLOTS	  4	      /* how many of them are kept */
#define FILE_SIZE (200u * MIB)

static const struct range anywhere = { 0, INT64_MAX };

/* A sparse file with content around each multiple of STEP, and here and there between. */
static int sparse_file(void)
{
	int fd = memfd_create("map-cache", MFD_CLOEXEC);
	uint64_t seed = 42, words[PAGE / 8];

	if (fd < 0 || ftruncate(fd, FILE_SIZE))
		abort();
	for (unsigned i = 0; i < 200; i++) {
		uint64_t at = i < 56 ? i / 8 * STEP + (i % 8) * PAGE : chance(&seed) % FILE_SIZE;

		at = (at < 4 * PAGE ? at : at - 4 * PAGE) / PAGE * PAGE;
		for (size_t j = 0; j < PAGE / 8; j++)
			words[j] = chance(&seed);
		if (at < FILE_SIZE && pwrite(fd, words, sizeof(words), at) != sizeof(words))
			abort();
	}
	return fd;
}

/* Whether what is mapped at @u is what read(2) gives. */
static bool is_file(int fd, const struct map_use *u, uint64_t offset, size_t size)
{
	char *there = malloc(size);
	bool same;

	if (!there || pread(fd, there, size, offset) != (ssize_t)size)
		abort();
	same = !memcmp(u->at, there, size);
	free(there);
	return same;
}

/* How many bytes of the file are mapped; @offset: and how many of them from there on. */
static uint64_t mapped(const uint64_t *offset)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	uint64_t sum = 0;

	if (!f)
		abort();
	while (fgets(line, sizeof(line), f)) {
		uint64_t start, end, at;

		if (!strstr(line, "memfd:map-cache") ||
		    sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start, &end, &at) != 3)
			continue;
		if (!offset)
			sum += end - start;
		else if (*offset >= at && *offset - at < end - start)
			sum = end - start - (*offset - at);
	}
	fclose(f);
	return sum;
}

static uint64_t mapped_at(uint64_t offset)
{
	return mapped(&offset);
}

TEST(content_at_any_offset_and_size)
{
	static const size_t sizes[] = {
		1, 8, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 5, MIB + 12345, STEP, STEP + 1, 70 * MIB
	};
	static const uint64_t offsets[] = {
		0,
		1,
		PAGE - 1,
		PAGE,
		STEP - MIB,
		STEP - PAGE,
		STEP - 1,
		STEP,
		STEP + 1,
		2 * STEP - 3 * PAGE - 7,
		3 * STEP + 9,
		FILE_SIZE - PAGE,
		FILE_SIZE - 1,
	};
	int fd = sparse_file();
	struct map_cache *c = map_cache_create(fd, PROT_READ);

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			struct map_use u;

			if (sizes[j] > FILE_SIZE - offsets[i])
				continue;
			if (!CHECK(map_cache_take(c, offsets[i], sizes[j], anywhere, &u)))
				continue;
			if (!CHECK(is_file(fd, &u, offsets[i], sizes[j])))
				printf("%zu bytes at %#" PRIx64 "\n", sizes[j], offsets[i]);
			map_cache_release(c, &u);
		}
	}
	map_cache_destroy(c);
	CHECK_EQ_U64(mapped(NULL), 0);
	close(fd);
}

TEST(neighbours_share_a_mapping)
{
	int fd = sparse_file();
	struct map_cache *c = map_cache_create(fd, PROT_READ);
	struct map_use a, b, across;

	if (!CHECK(map_cache_take(c, STEP + 5, 100, anywhere, &a)))
		return;
	CHECK_EQ_U64(mapped(NULL), STEP);
	CHECK_EQ_U64(mapped_at(STEP), STEP);
	CHECK(map_cache_take(c, 2 * STEP - MIB, MIB, anywhere, &b));
	CHECK(a.kept && a.kept == b.kept);
	CHECK_EQ_U64(b.at - a.at, STEP - MIB - 5);
	CHECK_EQ_U64(mapped(NULL), STEP);
	/* What lies on both sides of an edge is one piece. */
	CHECK(map_cache_take(c, 2 * STEP - PAGE, 2 * PAGE, anywhere, &across));
	CHECK(across.kept && across.kept != a.kept);
	CHECK_EQ_U64(mapped(NULL), 3 * STEP);
	map_cache_release(c, &a);
	map_cache_release(c, &b);
	map_cache_release(c, &across);
	CHECK(map_cache_take(c, STEP, 1, anywhere, &a));
	CHECK_EQ_U64(mapped(NULL), 3 * STEP);
	map_cache_release(c, &a);
	map_cache_destroy(c);
	CHECK_EQ_U64(mapped(NULL), 0);
	close(fd);
}

TEST(nothing_outside_the_bounds)
{
	static const struct {
		struct range bounds;
		uint64_t start, end; /* of what is mapped */
	} cases[] = {
		{ { 40 * MIB, 44 * MIB - 1 }, 40 * MIB, 44 * MIB },
		{ { 40 * MIB + 5, 44 * MIB + 7 }, 40 * MIB, 44 * MIB + PAGE },
		{ { 43 * MIB, 43 * MIB + 99 }, 43 * MIB, 43 * MIB + PAGE },
		{ { 0, 43 * MIB + 99 }, STEP, 43 * MIB + PAGE },
		{ { 43 * MIB, UINT64_MAX }, 43 * MIB, 2 * STEP },
		{ { 0, UINT64_MAX }, STEP, 2 * STEP },
	};
	int fd = sparse_file();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct map_cache *c = map_cache_create(fd, PROT_READ);
		struct map_use u;

		if (CHECK(map_cache_take(c, 43 * MIB, 100, cases[i].bounds, &u))) {
			CHECK(is_file(fd, &u, 43 * MIB, 100));
			CHECK_EQ_U64(mapped(NULL), cases[i].end - cases[i].start);
			CHECK_EQ_U64(mapped_at(cases[i].start), cases[i].end - cases[i].start);
			map_cache_release(c, &u);
		}
		map_cache_destroy(c);
	}
	close(fd);
}

TEST(more_uses_than_are_kept)
{
	int fd = sparse_file();
	struct map_cache *c = map_cache_create(fd, PROT_READ);
	struct map_use u[SLOTS + 2], again;

	/* In the order of steps 0, 2, 4, 1, 3, 5: none lies next to the one before. */
	for (unsigned i = 0; i < SLOTS + 2; i++) {
		uint64_t at = (uint64_t)(i * 2 % 6 + i / 3) * STEP + PAGE;

		if (!CHECK(map_cache_take(c, at, 3 * PAGE, anywhere, &u[i])))
			return;
		CHECK_EQ_U64(u[i].kept != NULL, i < SLOTS);
	}
	CHECK_EQ_U64(mapped(NULL), SLOTS * STEP + 2 * 3 * PAGE);
	for (unsigned i = 0; i < SLOTS + 2; i++) {
		uint64_t at = (uint64_t)(i * 2 % 6 + i / 3) * STEP + PAGE;

		CHECK(is_file(fd, &u[i], at, 3 * PAGE));
	}
	/* A second use of what is there needs no place. */
	CHECK(map_cache_take(c, 10, 10, anywhere, &again) && again.kept == u[0].kept);
	map_cache_release(c, &again);
	for (unsigned i = 0; i < SLOTS + 2; i++)
		map_cache_release(c, &u[i]);
	CHECK_EQ_U64(mapped(NULL), SLOTS * STEP);
	CHECK(map_cache_take(c, 5 * STEP, 10, anywhere, &again) && again.kept);
	CHECK_EQ_U64(mapped(NULL), SLOTS * STEP);
	map_cache_release(c, &again);
	map_cache_destroy(c);
	CHECK_EQ_U64(mapped(NULL), 0);
	close(fd);
}

static void touch(struct map_cache *c, uint64_t offset)
{
	struct map_use u;

	if (CHECK(map_cache_take(c, offset, 1, anywhere, &u)))
		map_cache_release(c, &u);
}

TEST(what_was_not_used_for_longest_goes)
{
	int fd = sparse_file();
	struct map_cache *c = map_cache_create(fd, PROT_READ);
	struct map_use held;

	for (unsigned i = 0; i < SLOTS; i++)
		touch(c, (uint64_t)i * STEP);
	CHECK(map_cache_take(c, STEP, 1, anywhere, &held));
	touch(c, 0);
	touch(c, 3ull * STEP);
	touch(c, 2ull * STEP);
	/* The one in use is the oldest, and stays. */
	touch(c, 4ull * STEP);
	CHECK(!mapped_at(0) && mapped_at(STEP) && mapped_at(2 * STEP) && mapped_at(3ull * STEP));
	touch(c, 5ull * STEP);
	CHECK(mapped_at(STEP) && mapped_at(2 * STEP) && !mapped_at(3ull * STEP));
	map_cache_release(c, &held);
	touch(c, 0);
	CHECK(mapped_at(0) && !mapped_at(STEP) && mapped_at(2 * STEP) && mapped_at(4ull * STEP));
	map_cache_destroy(c);
	close(fd);
}

TEST(writes_reach_the_file)
{
	int fd = sparse_file();
	struct map_cache *c = map_cache_create(fd, PROT_READ | PROT_WRITE);
	static const uint64_t offsets[] = { 77, STEP - 3, 3ull * STEP - PAGE, FILE_SIZE - 6 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		char got[6] = "";
		struct map_use u;

		if (!CHECK(map_cache_take(c, offsets[i], 6, anywhere, &u)))
			continue;
		memcpy(u.at, "abcdef", 6);
		CHECK(pread(fd, got, 6, offsets[i]) == 6 && !memcmp(got, "abcdef", 6));
		map_cache_release(c, &u);
	}
	map_cache_destroy(c);
	close(fd);
}

TEST(failure_has_its_reason)
{
	int fd = sparse_file(), read_only;
	struct map_cache *c;
	struct map_use u;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_only = open(path, O_RDONLY | O_CLOEXEC);
	c = map_cache_create(read_only, PROT_READ | PROT_WRITE);
	for (int i = 0; i < 2 * SLOTS; i++) {
		errno = 0;
		CHECK(!map_cache_take(c, (uint64_t)i * MIB, 10, anywhere, &u));
		CHECK_EQ_U64(errno, EACCES);
	}
	map_cache_destroy(c);
	c = map_cache_create(read_only, PROT_READ);
	CHECK(map_cache_take(c, 0, 10, anywhere, &u));
	map_cache_release(c, &u);
	map_cache_destroy(c);
	CHECK_EQ_U64(mapped(NULL), 0);
	map_cache_destroy(NULL);
	close(read_only);
	close(fd);
}

/* The last page of all cannot be mapped, so neither can what lies around the one before it. */
TEST(alone_when_not_with_its_neighbours)
{
	uint64_t last = INT64_MAX / PAGE * PAGE, at = last - PAGE;
	int fd = memfd_create("map-cache", MFD_CLOEXEC);
	struct map_cache *c = map_cache_create(fd, PROT_READ);
	struct map_use u;

	/* What a 32-bit program can map ends before. */
	if (sizeof(void *) == 8 && !ftruncate(fd, last) && pwrite(fd, "here", 4, at) == 4) {
		if (CHECK(map_cache_take(c, at, 4, anywhere, &u))) {
			CHECK(!u.kept && !memcmp(u.at, "here", 4));
			map_cache_release(c, &u);
		}
		CHECK_EQ_U64(mapped(NULL), 0);
		errno = 0;
		CHECK(!map_cache_take(c, last, 4, anywhere, &u));
		CHECK_EQ_U64(errno, EOVERFLOW);
	}
	map_cache_destroy(c);
	close(fd);
}

struct walker {
	struct map_cache *cache;
	const uint8_t *content; /* of all of the file */
	uint64_t seed;
	unsigned wrong;
};

static void *walk(void *opaque)
{
	struct walker *w = opaque;

	for (unsigned i = 0; i < 1500; i++) {
		uint64_t word = chance(&w->seed);
		/* Mostly where there is content. */
		uint64_t at = i % 3 ? word % 7 * STEP + (word >> 32) % PAGE : word % FILE_SIZE;
		size_t size = 1 + chance(&w->seed) % (i % 16 ? 3 * PAGE : MIB);
		struct range bounds = i % 4 ? anywhere : (struct range){ at, FILE_SIZE - 1 };
		struct map_use u;

		if (size > FILE_SIZE - at)
			size = FILE_SIZE - at;
		if (!map_cache_take(w->cache, at, size, bounds, &u)) {
			w->wrong++;
			continue;
		}
		w->wrong += !!memcmp(u.at, w->content + at, size);
		map_cache_release(w->cache, &u);
	}
	return NULL;
}

TEST(many_threads)
{
	int fd = sparse_file();
	struct map_cache *c = map_cache_create(fd, PROT_READ);
	const uint8_t *content = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	struct walker w[8];
	pthread_t threads[8];

	if (!CHECK(content != MAP_FAILED))
		return;
	for (unsigned i = 0; i < 8; i++) {
		w[i] = (struct walker){ c, content, i + 1, 0 };
		if (pthread_create(&threads[i], NULL, walk, &w[i]))
			abort();
	}
	for (unsigned i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		CHECK_EQ_U64(w[i].wrong, 0);
	}
	munmap((void *)content, FILE_SIZE);
	CHECK(mapped(NULL) <= SLOTS * (STEP + STEP));
	map_cache_destroy(c);
	CHECK_EQ_U64(mapped(NULL), 0);
	close(fd);
}

TEST_MAIN
