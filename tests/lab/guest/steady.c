/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that must not notice anything:
 *
 *	steady start FILE	ticks by timerfd, sleeps by nanosleep, lets FILE grow, and talks to
 *				itself over TCP on the loopback interface; leaves a process behind
 *	steady check		succeeds when all four go on, and nothing was ever wrong
 *	steady stop		ends it and verifies the whole of FILE
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define STATE	      "/run/steady"
#define MESSAGE_WORDS 256
#define PATIENCE_S    20

enum worker { TICKS, SLEEPS, RECORDS, MESSAGES, WORKERS };

static const char *const names[WORKERS] = {
	"timer ticks",
	"sleeps",
	"file records",
	"TCP messages",
};

struct state {
	_Atomic uint32_t count[WORKERS];
	_Atomic int stop, stopped;
	_Atomic int wrong;
	char what[200];
	char file[200];
};

struct record {
	uint32_t index, check;
	uint64_t monotonic_ns;
};

static struct state *state;

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("steady: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

/* The first thing that goes wrong is kept for "check"; the worker ends. */
static void wrong(const char *format, ...)
{
	va_list args;

	if (!atomic_exchange(&state->wrong, 1)) {
		va_start(args, format);
		vsnprintf(state->what, sizeof(state->what), format, args);
		va_end(args);
	}
	pthread_exit(NULL);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void forward(uint64_t *last, const char *who)
{
	uint64_t t = now();

	if (t < *last)
		wrong("%s: the monotonic clock went back from %" PRIu64 " to %" PRIu64, who, *last,
		      t);
	*last = t;
}

static void *tick(void *unused)
{
	struct itimerspec every = { { 0, 20000000 }, { 0, 20000000 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	uint64_t expired, last = 0;

	(void)unused;
	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL))
		wrong("timerfd: %s", strerror(errno));
	while (!state->stop) {
		if (read(fd, &expired, 8) != 8)
			wrong("timerfd: %s", strerror(errno));
		forward(&last, "timer");
		state->count[TICKS]++;
	}
	return NULL;
}

static void *doze(void *unused)
{
	struct timespec t = { 0, 30000000 };
	uint64_t last = 0;

	(void)unused;
	while (!state->stop) {
		uint64_t before = now();

		if (nanosleep(&t, NULL))
			wrong("nanosleep: %s", strerror(errno));
		if (now() - before < 30000000)
			wrong("nanosleep came back too early");
		forward(&last, "sleep");
		state->count[SLEEPS]++;
	}
	return NULL;
}

static uint32_t check_word(uint32_t index)
{
	return index * 2654435761u ^ 0x5bd1e995u;
}

static void *append(void *unused)
{
	int fd = open(state->file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	(void)unused;
	if (fd < 0)
		wrong("%s: %s", state->file, strerror(errno));
	for (uint32_t i = 0; !state->stop; i++) {
		struct record r = { i, check_word(i), now() };

		if (write(fd, &r, sizeof(r)) != (ssize_t)sizeof(r))
			wrong("%s: %s", state->file, strerror(errno));
		if (i % 16 == 0 && fdatasync(fd))
			wrong("%s: fdatasync: %s", state->file, strerror(errno));
		state->count[RECORDS]++;
		usleep(10000);
	}
	if (fsync(fd) || close(fd))
		wrong("%s: fsync: %s", state->file, strerror(errno));
	return NULL;
}

static void transfer(ssize_t (*call)(int, void *, size_t), int fd, void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = call(fd, (char *)data + done, size - done);

		if (n <= 0)
			wrong("TCP connection: %s", n ? strerror(errno) : "closed");
		done += (size_t)n;
	}
}

static ssize_t write_some(int fd, void *data, size_t size)
{
	return write(fd, data, size);
}

static void connect_to_self(int ends[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || ends[0] < 0 || bind(listener, (struct sockaddr *)&a, sizeof(a)) ||
	    listen(listener, 1) || getsockname(listener, (struct sockaddr *)&a, &size) ||
	    connect(ends[0], (struct sockaddr *)&a, sizeof(a)))
		wrong("TCP to 127.0.0.1: %s", strerror(errno));
	ends[1] = accept(listener, NULL, NULL);
	if (ends[1] < 0)
		wrong("TCP accept: %s", strerror(errno));
	close(listener);
}

static void *talk(void *unused)
{
	uint32_t out[MESSAGE_WORDS], in[MESSAGE_WORDS];
	int ends[2];

	(void)unused;
	connect_to_self(ends);
	for (uint32_t i = 0; !state->stop; i++) {
		for (unsigned w = 0; w < MESSAGE_WORDS; w++)
			out[w] = check_word(i * MESSAGE_WORDS + w);
		transfer(write_some, ends[i % 2], out, sizeof(out));
		transfer(read, ends[!(i % 2)], in, sizeof(in));
		if (memcmp(in, out, sizeof(in)))
			wrong("TCP message %u is not what was sent", i);
		state->count[MESSAGES]++;
		usleep(15000);
	}
	return NULL;
}

static void map_state(int flags)
{
	int fd = open(STATE, O_RDWR | O_CLOEXEC | flags, 0600);

	if (fd < 0 || ((flags & O_CREAT) && ftruncate(fd, sizeof(*state))))
		die("%s: %s", STATE, strerror(errno));
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (state == MAP_FAILED)
		die("%s: %s", STATE, strerror(errno));
	close(fd);
}

static int start(const char *file)
{
	static void *(*const work[WORKERS])(void *) = { tick, doze, append, talk };
	pthread_t threads[WORKERS];

	map_state(O_CREAT | O_EXCL);
	snprintf(state->file, sizeof(state->file), "%s", file);
	if (fork())
		return 0;
	setsid();
	signal(SIGPIPE, SIG_IGN);
	for (int fd = 0; fd < 3; fd++)
		dup2(open("/dev/null", O_RDWR), fd);
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, work[i], NULL))
			exit(1);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	state->stopped = 1;
	return 0;
}

static int check(void)
{
	uint32_t before[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		before[i] = state->count[i];
	for (int waited = 0; waited < PATIENCE_S * 20; waited++) {
		int alive = 0;

		if (state->wrong)
			die("%s", state->what);
		for (int i = 0; i < WORKERS; i++)
			alive += state->count[i] != before[i];
		if (alive == WORKERS) {
			for (int i = 0; i < WORKERS; i++)
				printf("%u %s%s", state->count[i], names[i],
				       i < WORKERS - 1 ? ", " : "\n");
			return 0;
		}
		usleep(50000);
	}
	for (int i = 0; i < WORKERS; i++)
		if (state->count[i] == before[i])
			fprintf(stderr, "steady: no %s for %d s, %u before\n", names[i], PATIENCE_S,
				before[i]);
	return 1;
}

static void verify_file(void)
{
	uint64_t last = 0;
	struct record r;
	uint32_t count = 0;
	FILE *f = fopen(state->file, "rb");

	if (!f)
		die("%s: %s", state->file, strerror(errno));
	for (; fread(&r, sizeof(r), 1, f) == 1; count++) {
		if (r.index != count || r.check != check_word(count) || r.monotonic_ns < last)
			die("%s: record %u is wrong", state->file, count);
		last = r.monotonic_ns;
	}
	if (count != state->count[RECORDS])
		die("%s: %u records, %u were written", state->file, count, state->count[RECORDS]);
	printf("%s: %u records, all right\n", state->file, count);
	fclose(f);
}

static int stop(void)
{
	if (check())
		return 1;
	state->stop = 1;
	for (int waited = 0; !state->stopped; waited++) {
		if (waited > PATIENCE_S * 20)
			die("it does not stop");
		usleep(50000);
	}
	if (state->wrong)
		die("%s", state->what);
	verify_file();
	unlink(STATE);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "start"))
		return start(argv[2]);
	if (argc != 2 || (strcmp(argv[1], "check") && strcmp(argv[1], "stop")))
		die("usage: steady start FILE | check | stop");
	map_state(0);
	return !strcmp(argv[1], "check") ? check() : stop();
}
