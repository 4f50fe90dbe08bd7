/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A main() for fuzz targets without libFuzzer: runs each seed given (files, or folders of files) as
 * it is and in VARIANTS damaged forms. The damage depends on the seed's bytes alone, so that a
 * failure comes back. An input that crashes, hangs or breaks a promise is kept as "crash-PROGRAM".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define VARIANTS      200
#define SECONDS	      20 /* an input that takes longer hangs */
#define SEED_MAX      (1u << 20)
#define PIECE_MAX     64 /* bytes that one mutation adds or takes */
#define MUTATIONS_MAX 4

struct input {
	uint8_t *data;
	size_t size;
};

static struct {
	const char *seed;
	unsigned int variant; /* 0: the seed itself */
	struct input input;
	unsigned long seeds, inputs;
	unsigned long taken; /* seeds */
	bool is_taken;
} now;

void replay_taken(void)
{
	now.is_taken = true;
}

/* ---- what to say when it goes wrong; only async-signal-safe calls ---- */

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(1);
}

static void keep_input(void)
{
	static const char prefix[] = "crash-";
	char path[256], digits[12], *digit = digits + sizeof(digits) - 1;
	unsigned int variant = now.variant;
	int fd;

	*digit = '\0';
	do
		*--digit = '0' + variant % 10;
	while (variant /= 10);
	memcpy(path, prefix, sizeof(prefix));
	strncat(path, program_invocation_short_name, sizeof(path) - sizeof(prefix));

	say("replay: seed ");
	say(now.seed ? now.seed : "(none)");
	say(", variant ");
	say(digit);
	say(": input kept as ");
	say(path);
	say("\n");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, now.input.data, now.input.size) < 0)
		say("replay: it could not be kept\n");
}

static void on_signal(int number)
{
	say(number == SIGALRM ? "replay: hangs\n" : "replay: aborted\n");
	keep_input();
	_exit(1);
}

/* The sanitizers' own way out, where they are linked in. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static void watch(void)
{
	signal(SIGALRM, on_signal);
	signal(SIGABRT, on_signal);
	if (__sanitizer_set_death_callback) {
		__sanitizer_set_death_callback(keep_input);
		return;
	}
	signal(SIGSEGV, on_signal);
	signal(SIGBUS, on_signal);
}

/* ---- mutations ---- */

static uint64_t random_state;

/* splitmix64 */
static uint64_t next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static size_t below(size_t bound)
{
	return bound ? next_random() % bound : 0;
}

/* Half of them near the start, where headers are. */
static size_t some_place(const struct input *in)
{
	size_t bound = next_random() % 2 && in->size > 256 ? 256 : in->size;

	return below(bound);
}

static void flip_bit(struct input *in)
{
	in->data[some_place(in)] ^= 1 << below(8);
}

static void set_byte(struct input *in)
{
	in->data[some_place(in)] = next_random();
}

static void set_word(struct input *in)
{
	static const uint64_t values[] = {
		0,
		1,
		0x7f,
		0x80,
		0xff,
		0x7fff,
		0x8000,
		0xffff,
		0x10000,
		0x7fffffff,
		0x80000000,
		0xfffffffc,
		0xffffffff,
		0x100000000,
		INT64_MAX,
		UINT64_C(1) << 63,
		UINT64_MAX - 7,
		UINT64_MAX,
	};
	uint64_t value = values[below(sizeof(values) / sizeof(values[0]))];
	size_t size = (size_t)1 << below(4), at = some_place(in);

	if (next_random() % 2)
		at &= ~(size - 1);
	if (at + size <= in->size)
		memcpy(in->data + at, &value, size);
}

static void cut_end(struct input *in)
{
	in->size = below(in->size);
}

/* Bytes from @at on that one mutation may take or repeat. */
static size_t some_size(const struct input *in, size_t at)
{
	size_t left = in->size - at;

	return below(left < PIECE_MAX ? left : PIECE_MAX);
}

static void remove_piece(struct input *in)
{
	size_t at = some_place(in), size = some_size(in, at);

	memmove(in->data + at, in->data + at + size, in->size - at - size);
	in->size -= size;
}

static void make_gap(struct input *in, size_t at, size_t size)
{
	memmove(in->data + at + size, in->data + at, in->size - at);
	in->size += size;
}

static void insert_piece(struct input *in)
{
	size_t at = some_place(in), size = below(PIECE_MAX);

	make_gap(in, at, size);
	for (size_t i = 0; i < size; i++)
		in->data[at + i] = next_random();
}

static void repeat_piece(struct input *in)
{
	size_t at = some_place(in), size = some_size(in, at);

	make_gap(in, at, size);
	memcpy(in->data + at, in->data + at + size, size);
}

static void mutate(struct input *in)
{
	static void (*const mutations[])(struct input * in) = {
		flip_bit, flip_bit,	set_byte,     set_word,	    set_word,
		cut_end,  remove_piece, insert_piece, repeat_piece,
	};
	size_t count = 1 + below(MUTATIONS_MAX);

	while (count-- && in->size)
		mutations[below(sizeof(mutations) / sizeof(mutations[0]))](in);
}

/* ---- running ---- */

/* From memory of exactly its size, so that the sanitizer sees the first byte behind it. */
static void run(const uint8_t *data, size_t size, unsigned int variant)
{
	now.variant = variant;
	now.input = (struct input){ .data = malloc(size ? size : 1), .size = size };
	PROVE(now.input.data);
	if (size)
		memcpy(now.input.data, data, size);
	alarm(SECONDS);
	LLVMFuzzerTestOneInput(now.input.data, size);
	alarm(0);
	free(now.input.data);
	now.inputs++;
	now.taken += !variant && now.is_taken;
	now.is_taken = false;
}

static uint64_t fnv1a(const uint8_t *data, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 0x100000001b3;
	return hash;
}

static void run_variants(const uint8_t *seed, size_t size)
{
	uint8_t *data = malloc(size + PIECE_MAX * MUTATIONS_MAX);

	PROVE(data);
	random_state = fnv1a(seed, size);
	for (unsigned int variant = 1; variant <= VARIANTS; variant++) {
		struct input in = { .data = data, .size = size };

		memcpy(data, seed, size);
		mutate(&in);
		run(in.data, in.size, variant);
	}
	free(data);
}

static bool run_seed(const char *path)
{
	uint8_t *seed = malloc(SEED_MAX);
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!seed || !f) {
		fprintf(stderr, "replay: %s: %m\n", path);
		free(seed);
		return false;
	}
	size = fread(seed, 1, SEED_MAX, f);
	fclose(f);
	now.seed = path;
	now.seeds++;
	run(seed, size, 0);
	run_variants(seed, size);
	free(seed);
	return true;
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool run_folder(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_shown, alphasort);
	bool ok = count >= 0;

	if (!ok)
		fprintf(stderr, "replay: %s: %m\n", path);
	for (int i = 0; i < count; i++) {
		char *file;

		PROVE(asprintf(&file, "%s/%s", path, entries[i]->d_name) > 0);
		ok = run_seed(file) && ok;
		free(file);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return ok;
}

int main(int argc, char **argv)
{
	bool ok = true;

	watch();
	for (int i = 1; i < argc; i++) {
		struct stat s;
		bool folder = !stat(argv[i], &s) && S_ISDIR(s.st_mode);

		ok = (folder ? run_folder(argv[i]) : run_seed(argv[i])) && ok;
	}
	printf("%s: %lu seeds (%lu good), %lu inputs\n", program_invocation_short_name, now.seeds,
	       now.taken, now.inputs);
	if (&fuzz_takes_nothing && fuzz_takes_nothing)
		printf("%s: none can be good: built without a library\n",
		       program_invocation_short_name);
	else if (!now.taken)
		ok = !fprintf(stderr, "replay: no seed is good: the target proves nothing\n");
	return ok && now.seeds ? 0 : 1;
}
