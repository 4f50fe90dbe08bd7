/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the module for everything but a jump, in every wrong way, and now and then in a right one,
 * of which the result is checked.
 *
 *	misuse calls COUNT SEED	  one request after the other; prints how often each answer came
 *	misuse race SECONDS	  four processes at once load, look and unload; the module may be
 *				  removed meanwhile
 *	misuse faults		  lets one allocation after the other fail, in loading and in
 *				  jumping to code that only returns (CONFIG_FAULT_INJECTION)
 *	misuse load MIB...	  loads so much, of zeros, and prints the milliseconds of each
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kexec_jump.h"

#define PAGE	  4096u
#define SEGMENTS  32
#define DATA_SIZE (64 * PAGE)
#define ERRORS	  200
#define RETURN	  0xc3

static uint64_t ram_start, ram_end;	    /* of the largest piece of RAM */
static uint8_t *data;			    /* DATA_SIZE bytes; what follows is not mapped */
static uint8_t *scratch;		    /* the same, for answers */
static struct kexec_jump_segment *segments; /* SEGMENTS of them; the same */
static uint64_t state;

static void die(const char *what)
{
	fprintf(stderr, "misuse: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* xorshift64 */
static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t below(uint64_t n)
{
	return next() % n;
}

static bool mostly(void)
{
	return below(4) != 0;
}

/* Memory of whole pages that ends where nothing is mapped. */
static void *guarded(size_t size)
{
	uint8_t *at =
		mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || munmap(at + size, PAGE))
		die("mmap");
	return at;
}

/* That starts below @limit. */
static void find_ram(uint64_t limit)
{
	FILE *f = fopen("/proc/iomem", "r");
	char line[200];
	uint64_t start, last;

	while (f && fgets(line, sizeof(line), f)) {
		if (*line != ' ' && strstr(line, "System RAM") &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &last) == 2 && start < limit &&
		    last - start > ram_end - ram_start) {
			ram_start = start;
			ram_end = last + 1;
		}
	}
	if (!ram_end)
		die("/proc/iomem has no RAM");
	fclose(f);
}

static uint64_t odd(void)
{
	static const uint64_t values[] = {
		0,
		1,
		PAGE - 1,
		PAGE,
		PAGE + 1,
		UINT32_MAX,
		UINT64_C(1) << 32,
		INT64_MAX,
		UINT64_MAX,
		UINT64_MAX - PAGE + 1,
		UINT64_MAX / PAGE,
		UINT64_C(1) << 52,
		0xf0000,
	};

	switch (below(4)) {
	case 0:
		return next();
	case 1:
		return ram_start + below(ram_end - ram_start);
	default:
		return values[below(sizeof(values) / sizeof(values[0]))];
	}
}

static uint64_t pointer(void)
{
	switch (below(6)) {
	case 0:
		return odd();
	case 1:
		return (uintptr_t)scratch + DATA_SIZE - below(64);
	case 2:
		return UINT64_C(0xffff888000000000) + below(UINT32_MAX);
	default:
		return (uintptr_t)scratch + below(DATA_SIZE);
	}
}

static struct kexec_jump_segment good_segment(void)
{
	uint64_t pages = 1 + below(DATA_SIZE / PAGE);

	return (struct kexec_jump_segment){
		.paddr = ram_start + PAGE * below((ram_end - ram_start) / PAGE - pages),
		.size = pages * PAGE,
		.data = (uintptr_t)data,
		.data_size = below(pages * PAGE + 1),
	};
}

static void spoil(__u64 *field)
{
	if (!below(8))
		*field = odd();
}

static struct kexec_jump_load any_load(bool good)
{
	static const uint32_t counts[] = { 0, SEGMENTS, SEGMENTS + 1, 65536, 65537, UINT32_MAX };
	struct kexec_jump_load l = {
		.version = KEXEC_JUMP_VERSION,
		.flags = below(2) ? KEXEC_JUMP_PRESERVE : 0,
		.segments = (uintptr_t)segments,
		.segment_count = (uint32_t)(1 + below(3)),
	};

	for (unsigned i = 0; i < SEGMENTS; i++) {
		segments[i] = good_segment();
		if (good)
			continue;
		spoil(&segments[i].paddr);
		spoil(&segments[i].size);
		spoil(&segments[i].data_size);
		if (!below(8))
			segments[i].data = pointer();
	}
	l.entry = segments[0].paddr + below(segments[0].size | 1);
	if (good)
		return l;
	spoil(&l.entry);
	if (!below(8))
		l.segment_count = counts[below(sizeof(counts) / sizeof(counts[0]))];
	if (!below(16))
		l.segments = pointer();
	if (!below(16))
		l.version = (uint32_t)next();
	if (!below(16))
		l.flags = (uint32_t)next();
	if (!below(16))
		l.reserved = (uint32_t)next();
	return l;
}

/* What was loaded is what stands there: all data, then zeros; and it can be changed. */
static void check_loaded(int fd, const struct kexec_jump_load *l)
{
	static uint8_t seen[DATA_SIZE], word[8];
	struct kexec_jump_info info = { .version = KEXEC_JUMP_VERSION };
	uint64_t pages = 0;

	for (unsigned i = 0; i < l->segment_count; i++) {
		const struct kexec_jump_segment *s = &segments[i];
		uint64_t size = s->size < DATA_SIZE ? s->size : DATA_SIZE;
		struct kexec_jump_access all = { s->paddr, (uintptr_t)seen, size };
		struct kexec_jump_access some = { s->paddr + below(s->size - 7), (uintptr_t)word,
						  8 };

		pages += s->size / PAGE;
		if (ioctl(fd, KEXEC_JUMP_READ, &all))
			die("READ of what was loaded");
		if (memcmp(seen, (void *)(uintptr_t)s->data,
			   s->data_size < size ? s->data_size : size))
			die("another content than was loaded");
		for (uint64_t j = s->data_size; j < size; j++)
			if (seen[j])
				die("no zeros after the data");
		memset(word, 0xa5, sizeof(word));
		if (ioctl(fd, KEXEC_JUMP_WRITE, &some))
			die("WRITE to what was loaded");
		memset(word, 0, sizeof(word));
		if (ioctl(fd, KEXEC_JUMP_READ, &some) || word[0] != 0xa5 || word[7] != 0xa5)
			die("what was written cannot be read");
	}
	if (ioctl(fd, KEXEC_JUMP_INFO, &info) || info.pages != pages || info.entry != l->entry ||
	    info.flags != l->flags || info.rounds)
		die("INFO says something else");
}

/* A jump only when there is nothing to jump to. */
static int one_call(int fd)
{
	struct kexec_jump_access a = { odd(), pointer(), below(2) ? below(DATA_SIZE) : odd() };
	struct kexec_jump_info info = { .version = below(8) ? KEXEC_JUMP_VERSION
							    : (uint32_t)next() };
	struct kexec_jump_load l;

	switch (below(12)) {
	case 0:
		return ioctl(fd, KEXEC_JUMP_UNLOAD, 0);
	case 1:
		return ioctl(fd, KEXEC_JUMP_UNLOAD, 0) ? -1 : ioctl(fd, KEXEC_JUMP_EXEC, 0);
	case 2:
		return ioctl(fd, KEXEC_JUMP_INFO,
			     mostly() ? (void *)&info : (void *)(uintptr_t)pointer());
	case 3:
		return ioctl(fd, KEXEC_JUMP_READ,
			     mostly() ? (void *)&a : (void *)(uintptr_t)pointer());
	case 4:
		return ioctl(fd, KEXEC_JUMP_WRITE, &a);
	case 5:
		return ioctl(fd, (unsigned)next() & ~0xffu, (void *)(uintptr_t)pointer());
	case 6:
		return ioctl(fd, KEXEC_JUMP_LOAD, (void *)(uintptr_t)pointer());
	default:
		l = any_load(!below(3));
		if (ioctl(fd, KEXEC_JUMP_LOAD, &l))
			return -1;
		check_loaded(fd, &l);
		return 0;
	}
}

static void fill_data(void)
{
	for (unsigned i = 0; i < DATA_SIZE; i++)
		data[i] = (uint8_t)(i * 31 + i / PAGE + 1);
}

static int calls(unsigned long count)
{
	unsigned long answers[ERRORS] = {};
	int fd = open(KEXEC_JUMP_DEVICE, O_RDWR);

	if (fd < 0)
		die(KEXEC_JUMP_DEVICE);
	for (unsigned long i = 0; i < count; i++) {
		errno = 0;
		answers[one_call(fd) && errno < ERRORS ? errno : 0]++;
	}
	if (ioctl(fd, KEXEC_JUMP_UNLOAD, 0))
		die("UNLOAD");
	for (int i = 0; i < ERRORS; i++)
		if (answers[i])
			printf("%s: %lu\n", i ? strerror(i) : "good", answers[i]);
	return 0;
}

/* Good requests only; what may go wrong is that others come first. */
static void racer(time_t end)
{
	while (time(NULL) < end) {
		struct kexec_jump_info info = { .version = KEXEC_JUMP_VERSION };
		int fd = open(KEXEC_JUMP_DEVICE, O_RDWR), failed;
		struct kexec_jump_load l = any_load(true);

		if (fd < 0)
			continue;
		failed = below(3)   ? ioctl(fd, KEXEC_JUMP_LOAD, &l)
			 : below(2) ? ioctl(fd, KEXEC_JUMP_INFO, &info)
				    : ioctl(fd, KEXEC_JUMP_UNLOAD, 0);
		if (failed && errno != EBUSY && errno != ENOMEM && errno != EINVAL)
			die("a good request");
		close(fd);
	}
	exit(0);
}

static int race(unsigned seconds)
{
	time_t end = time(NULL) + seconds;
	int status, bad = 0;

	for (int i = 0; i < 4; i++) {
		state += 77;
		if (!fork())
			racer(end);
	}
	while (wait(&status) > 0)
		bad |= status;
	return bad ? 1 : 0;
}

/* The next allocation of this task that fails, counted from 1; 0: none. */
static void set_fault(unsigned n)
{
	int fd = open("/proc/thread-self/fail-nth", O_WRONLY);

	if (fd < 0 || dprintf(fd, "%u", n) < 0)
		die("/proc/thread-self/fail-nth");
	close(fd);
}

static bool fault_came(void)
{
	FILE *f = fopen("/proc/thread-self/fail-nth", "r");
	unsigned left;

	if (!f || fscanf(f, "%u", &left) != 1)
		die("/proc/thread-self/fail-nth");
	fclose(f);
	set_fault(0);
	return !left;
}

static struct kexec_jump_info information(int fd)
{
	struct kexec_jump_info info = { .version = KEXEC_JUMP_VERSION };

	if (ioctl(fd, KEXEC_JUMP_INFO, &info))
		die("INFO");
	return info;
}

/* After a load that failed nothing is loaded. */
static void faults_of_load(int fd, struct kexec_jump_load *l)
{
	unsigned n, failed = 0;
	bool came;

	for (n = 1;; n++) {
		set_fault(n);
		errno = 0;
		if (ioctl(fd, KEXEC_JUMP_LOAD, l) && errno != ENOMEM)
			die("LOAD");
		came = fault_came();
		if (!came)
			break;
		failed += errno == ENOMEM;
		if (!information(fd).pages != (errno == ENOMEM))
			die("INFO after a LOAD");
	}
	if (errno)
		die("LOAD without a fault");
	printf("LOAD: %u faults, %u failed\n", n - 1, failed);
}

/* After a jump that did not take place what was loaded is still there, and as it was. */
static void faults_of_exec(int fd, const struct kexec_jump_load *l)
{
	struct kexec_jump_info before = information(fd), now;
	unsigned n, failed = 0;
	uint8_t code = 0;
	struct kexec_jump_access a = { l->entry, (uintptr_t)&code, 1 };

	for (n = 1;; n++) {
		bool came;
		int error;

		set_fault(n);
		error = ioctl(fd, KEXEC_JUMP_EXEC, 0) ? errno : 0;
		came = fault_came();
		failed += error != 0;
		now = information(fd);
		if (now.pages != before.pages || now.entry != l->entry || now.rounds != n - failed)
			die("INFO after an EXEC");
		if (ioctl(fd, KEXEC_JUMP_READ, &a) || code != RETURN)
			die("READ after an EXEC");
		if (!came && error)
			die("EXEC without a fault");
		if (!came)
			break;
	}
	printf("EXEC: %u faults, %u failed\n", n - 1, failed);
}

static int faults(void)
{
	int fd = open(KEXEC_JUMP_DEVICE, O_RDWR);
	struct kexec_jump_load l = {
		.version = KEXEC_JUMP_VERSION,
		.flags = KEXEC_JUMP_PRESERVE,
		.segments = (uintptr_t)segments,
		.segment_count = 2,
		.entry = ram_start + (ram_end - ram_start) / 2 / PAGE * PAGE,
	};

	if (fd < 0)
		die(KEXEC_JUMP_DEVICE);
	data[0] = RETURN;
	segments[0] = (struct kexec_jump_segment){ l.entry, DATA_SIZE, (uintptr_t)data, DATA_SIZE };
	segments[1] =
		(struct kexec_jump_segment){ l.entry + DATA_SIZE, DATA_SIZE, (uintptr_t)data, 1 };
	faults_of_load(fd, &l);
	faults_of_exec(fd, &l);
	if (ioctl(fd, KEXEC_JUMP_UNLOAD, 0))
		die("UNLOAD");
	return 0;
}

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int load(char **sizes)
{
	int fd = open(KEXEC_JUMP_DEVICE, O_RDWR);

	if (fd < 0)
		die(KEXEC_JUMP_DEVICE);
	for (; *sizes; sizes++) {
		struct kexec_jump_load l = {
			.version = KEXEC_JUMP_VERSION,
			.flags = KEXEC_JUMP_PRESERVE,
			.segments = (uintptr_t)segments,
			.segment_count = 1,
			.entry = ram_start,
		};
		double start;

		segments[0] = (struct kexec_jump_segment){
			.paddr = ram_start,
			.size = strtoull(*sizes, NULL, 10) << 20,
			.data = (uintptr_t)data,
		};
		start = milliseconds();
		if (ioctl(fd, KEXEC_JUMP_LOAD, &l))
			die(*sizes);
		printf("%s: %.1f\n", *sizes, milliseconds() - start);
		if (ioctl(fd, KEXEC_JUMP_UNLOAD, 0))
			die("UNLOAD");
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool inject = argc == 2 && !strcmp(argv[1], "faults");

	if (argc < 3 && !inject) {
		fprintf(stderr, "usage: misuse calls COUNT SEED | misuse race SECONDS | "
				"misuse faults | misuse load MIB...\n");
		return 1;
	}
	state = argc > 3 ? strtoull(argv[3], NULL, 10) : 20071218;
	data = guarded(DATA_SIZE);
	scratch = guarded(DATA_SIZE);
	segments = (void *)((uint8_t *)guarded(PAGE) + PAGE - SEGMENTS * sizeof(*segments));
	fill_data();
	if (!strcmp(argv[1], "load")) {
		find_ram(UINT64_MAX);
		return load(argv + 2);
	}
	find_ram(UINT32_MAX);
	if (inject)
		return faults();
	if (!strcmp(argv[1], "race"))
		return race((unsigned)atoi(argv[2]));
	return calls(strtoul(argv[2], NULL, 10));
}
