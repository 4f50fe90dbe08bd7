/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fills this machine's memory with content that depends on the position of each word, and says
 * later whether it is all still there:
 *
 *	memfill start DIRECTORY LEAVE [MOST [FIRST-LAST]]
 *	memfill check [FIRST-LAST]...
 *	memfill stop
 *
 * "start" fills until only LEAVE MiB are available, with MOST MiB at most, and preferably the page
 * frames in FIRST-LAST; DIRECTORY is a tmpfs. It leaves a process behind that owns the memory:
 * files, and for up to half of it (and 1 GiB) locked pages of its own. "check" says whether all is
 * right, and which page frames in these ranges it has; a damaged page is told with its page frame,
 * so that one sees whose it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PAGE	      4096u
#define PAGELISTS     "/proc/sys/vm/percpu_pagelist_high_fraction"
#define CHUNK	      (2u << 20)
#define CHUNKS_MAX    8192u
#define BRIM	      (16u << 20) /* bytes that stay available in any case: others allocate too */
#define ANONYMOUS_MAX 512u	  /* chunks: an i386 process has 3 GiB of addresses */
#define RANGES_MAX    8
#define TOLD_MAX      8
#define SOCKET_NAME   "memfill"

struct chunk {
	bool there;
	uint8_t *memory; /* NULL: in a file */
	int fd;
	char name[64];
};

static struct chunk chunks[CHUNKS_MAX];
static unsigned chunk_count;

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("memfill: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static uint64_t meminfo(const char *key)
{
	char line[128];
	uint64_t kib = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	if (!f)
		die("/proc/meminfo: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			kib = strtoull(line + strlen(key), NULL, 10);
	fclose(f);
	return kib << 10;
}

/* The first word of a page; the others follow from it, all different (splitmix64's finalizer). */
static uint64_t first_word(uint64_t page)
{
	uint64_t z = (page + 1) * 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static void fill_chunk(uint64_t *words, unsigned chunk)
{
	for (unsigned page = 0; page < CHUNK / PAGE; page++) {
		uint64_t value = first_word((uint64_t)chunk * (CHUNK / PAGE) + page);

		for (unsigned i = 0; i < PAGE / 8; i++, value += 0x9e3779b97f4a7c15u)
			*words++ = value;
	}
}

/* The index of the first wrong word of a page, PAGE / 8 when there is none. */
static unsigned page_differs(const uint64_t *words, uint64_t page)
{
	uint64_t value = first_word(page);
	unsigned i;

	for (i = 0; i < PAGE / 8 && words[i] == value; i++)
		value += 0x9e3779b97f4a7c15u;
	return i;
}

static bool add_anonymous(struct chunk *c)
{
	c->memory = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c->memory == MAP_FAILED)
		return false;
	fill_chunk((uint64_t *)c->memory, chunk_count);
	if (mlock(c->memory, CHUNK))
		die("mlock: %s", strerror(errno));
	return true;
}

static bool add_file(struct chunk *c, const char *directory)
{
	static uint64_t words[CHUNK / 8];

	snprintf(c->name, sizeof(c->name), "%s/blob.%04u", directory, chunk_count);
	c->fd = open(c->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (c->fd < 0)
		die("%s: %s", c->name, strerror(errno));
	fill_chunk(words, chunk_count);
	for (size_t done = 0; done < CHUNK;) {
		ssize_t n = write(c->fd, (char *)words + done, CHUNK - done);

		if (n <= 0) {
			/* Full: what fits is enough, but a part of a chunk is none. */
			close(c->fd);
			unlink(c->name);
			return false;
		}
		done += n;
	}
	return true;
}

static void add_chunks(const char *directory, uint64_t leave, uint64_t most)
{
	while (chunk_count < CHUNKS_MAX && (chunk_count + 1) * (uint64_t)CHUNK <= most &&
	       meminfo("MemAvailable:") >= leave + CHUNK) {
		struct chunk *c = &chunks[chunk_count];
		bool anonymous = chunk_count % 2 && chunk_count / 2 < ANONYMOUS_MAX;

		if (!(anonymous ? add_anonymous(c) : add_file(c, directory)))
			break;
		c->there = true;
		chunk_count++;
	}
}

static const uint8_t *map_chunk(const struct chunk *c)
{
	uint8_t *m = c->memory;

	if (!m)
		m = mmap(NULL, CHUNK, PROT_READ, MAP_SHARED | MAP_POPULATE, c->fd, 0);
	if (m == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return m;
}

static void unmap_chunk(const struct chunk *c, const uint8_t *m)
{
	if (!c->memory)
		munmap((void *)m, CHUNK);
}

static uint64_t page_frame(int pagemap, const void *address)
{
	uint64_t entry = 0;

	if (pread(pagemap, &entry, 8, (off_t)((uintptr_t)address / PAGE * 8)) != 8)
		return 0;
	return entry >> 63 ? entry & ((1ull << 55) - 1) : 0;
}

static void drop(struct chunk *c)
{
	if (c->memory) {
		munmap(c->memory, CHUNK);
	} else {
		close(c->fd);
		unlink(c->name);
	}
	c->there = false;
}

static bool has_frames(const struct chunk *c, uint64_t first, uint64_t last)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	const uint8_t *m = map_chunk(c);
	bool found = false;

	for (unsigned page = 0; page < CHUNK / PAGE && !found; page++) {
		uint64_t address = page_frame(pagemap, m + page * PAGE) * PAGE;

		found = address >= first && address <= last;
	}
	unmap_chunk(c, m);
	close(pagemap);
	return found;
}

/* Nobody chooses page frames: all are taken, and those that are less wanted dropped again. */
static void fill(const char *directory, uint64_t leave, uint64_t most, uint64_t first,
		 uint64_t last)
{
	bool to_the_brim = most >= meminfo("MemTotal:");

	add_chunks(directory, to_the_brim ? BRIM : leave, most);
	for (int wanted_too = 0; wanted_too < 2; wanted_too++)
		for (unsigned i = 0; i < chunk_count && meminfo("MemAvailable:") < leave; i++)
			if (chunks[i].there && (wanted_too || !has_frames(&chunks[i], first, last)))
				drop(&chunks[i]);
}

static unsigned chunks_there(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < chunk_count; i++)
		n += chunks[i].there;
	return n;
}

struct answer {
	unsigned pages, bad;
	unsigned range_count;
	uint64_t first[RANGES_MAX], last[RANGES_MAX];
	unsigned in_range[RANGES_MAX];
	uint64_t lowest[RANGES_MAX];
	char told[TOLD_MAX * 160];
	size_t told_size;
};

static void check_page(struct answer *a, const uint64_t *words, uint64_t page, const char *where,
		       int pagemap)
{
	unsigned at = page_differs(words, page);
	uint64_t address = page_frame(pagemap, words) * PAGE;

	a->pages++;
	for (unsigned i = 0; i < a->range_count; i++)
		if (address >= a->first[i] && address <= a->last[i] &&
		    (!a->in_range[i]++ || address < a->lowest[i]))
			a->lowest[i] = address;
	if (at == PAGE / 8)
		return;
	if (a->bad++ >= TOLD_MAX)
		return;
	a->told_size += (size_t)snprintf(a->told + a->told_size, 160,
					 "page %" PRIu64 " (%s, physical %#" PRIx64
					 ") is damaged from word %u: %#" PRIx64 "\n",
					 page, where, address, at, words[at]);
}

static void check(struct answer *a)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	for (unsigned i = 0; i < chunk_count; i++) {
		const struct chunk *c = &chunks[i];
		const uint8_t *m;

		if (!c->there)
			continue;
		m = map_chunk(c);
		for (unsigned page = 0; page < CHUNK / PAGE; page++)
			check_page(a, (const uint64_t *)(m + page * PAGE),
				   (uint64_t)i * (CHUNK / PAGE) + page,
				   c->memory ? "own memory" : "tmpfs", pagemap);
		unmap_chunk(c, m);
	}
	close(pagemap);
}

static struct sockaddr_un socket_address(socklen_t *size)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	/* Abstract: the name begins with a NUL. */
	memcpy(a.sun_path + 1, SOCKET_NAME, sizeof(SOCKET_NAME) - 1);
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(SOCKET_NAME));
	return a;
}

static void serve_one(int fd)
{
	static struct answer a;
	char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	memset(&a, 0, sizeof(a));
	if (n <= 0)
		return;
	text[n] = '\0';
	if (!strcmp(text, "stop")) {
		dprintf(fd, "stopped\n");
		exit(0);
	}
	for (char *word = strtok(text + strlen("check"), " "); word; word = strtok(NULL, " "))
		if (a.range_count < RANGES_MAX &&
		    sscanf(word, "%" SCNi64 "-%" SCNi64, (int64_t *)&a.first[a.range_count],
			   (int64_t *)&a.last[a.range_count]) == 2)
			a.range_count++;
	check(&a);
	dprintf(fd, "%u of %u pages damaged\n%s", a.bad, a.pages, a.told);
	for (unsigned i = 0; i < a.range_count; i++)
		dprintf(fd, "%u pages in %#" PRIx64 "-%#" PRIx64 ", the lowest at %#" PRIx64 "\n",
			a.in_range[i], a.first[i], a.last[i], a.lowest[i]);
}

static void serve(int listener)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		serve_one(fd);
		close(fd);
	}
}

static void must_write(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s: %s", file, strerror(errno));
	close(fd);
}

static int start(const char *directory, uint64_t leave, uint64_t most, const char *frames)
{
	struct rlimit files = { CHUNKS_MAX + 64, CHUNKS_MAX + 64 };
	uint64_t first = 0, last = UINT64_MAX;
	socklen_t size;
	struct sockaddr_un address = socket_address(&size);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ready[2];
	char c;

	if (frames &&
	    sscanf(frames, "%" SCNi64 "-%" SCNi64, (int64_t *)&first, (int64_t *)&last) != 2)
		die("%s is not FIRST-LAST", frames);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) ||
	    listen(listener, 4))
		die("cannot listen (is one running already?): %s", strerror(errno));
	if (pipe(ready))
		die("pipe: %s", strerror(errno));
	if (fork()) {
		close(ready[1]);
		return read(ready[0], &c, 1) == 1 ? 0 : 1;
	}
	setsid();
	must_write("/proc/self/oom_score_adj", "-1000");
	/* Low memory is kept from user pages by this reserve; here they are wanted there too. */
	must_write("/proc/sys/vm/lowmem_reserve_ratio", "10000 10000 10000 10000");
	/*
	 * Per-CPU lists may hold an eighth of all memory, which nobody counts as free. Before 5.14
	 * they were short.
	 */
	if (!access(PAGELISTS, F_OK))
		must_write(PAGELISTS, "10000");
	setrlimit(RLIMIT_NOFILE, &files);
	fill(directory, leave, most, first, last);
	printf("%u MiB of %" PRIu64 " MiB filled, %" PRIu64 " MiB available\n",
	       chunks_there() * (CHUNK >> 20), meminfo("MemTotal:") >> 20,
	       meminfo("MemAvailable:") >> 20);
	fflush(stdout);
	for (int fd = 0; fd < 3; fd++)
		dup2(open("/dev/null", O_RDWR), fd);
	if (write(ready[1], "", 1) != 1)
		exit(1);
	close(ready[1]);
	serve(listener);
	return 0;
}

static int ask(int argc, char **argv)
{
	socklen_t size;
	struct sockaddr_un address = socket_address(&size);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[4096] = "";
	size_t used = 0;
	ssize_t n;

	for (int i = 1; i < argc; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i > 1 ? " " : "",
					 argv[i]);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) ||
	    send(fd, text, used, 0) != (ssize_t)used)
		die("nothing was started: %s", strerror(errno));
	for (used = 0; used < sizeof(text) - 1; used += (size_t)n) {
		n = read(fd, text + used, sizeof(text) - 1 - used);
		if (n <= 0)
			break;
	}
	text[used] = '\0';
	fputs(text, stdout);
	return !strncmp(text, "0 of ", 5) || !strcmp(text, "stopped\n") ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && argc <= 6 && !strcmp(argv[1], "start"))
		return start(argv[2], strtoull(argv[3], NULL, 10) << 20,
			     argc > 4 ? strtoull(argv[4], NULL, 10) << 20 : UINT64_MAX,
			     argc > 5 ? argv[5] : NULL);
	if (argc >= 2 && (!strcmp(argv[1], "check") || !strcmp(argv[1], "stop")))
		return ask(argc, argv);
	die("usage: memfill start DIRECTORY LEAVE [MOST [FIRST-LAST]] | check [FIRST-LAST]... | "
	    "stop");
	return 1;
}
