/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "input.h"
#include "test.h"

static struct err e;
static char directory[] = "/tmp/test_input.XXXXXX";

static const char *in_directory(const char *name)
{
	static char path[4][64];
	static unsigned next;
	char *to = path[next++ % 4];

	snprintf(to, sizeof(path[0]), "%s/%s", directory, name);
	return to;
}

static const char *make(const char *name, const void *data, size_t size)
{
	const char *path = in_directory(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd))
		test_fail(__FILE__, __LINE__, "%s: cannot be made", path);
	return path;
}

__attribute__((constructor)) static void make_directory(void)
{
	if (!mkdtemp(directory))
		exit(1);
}

__attribute__((destructor)) static void remove_directory(void)
{
	static const char *const names[] = { "a", "b", "c", "fifo", "gz", "huge" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_directory(names[i]));
	rmdir(directory);
}

static bool holds(const struct input *in, const char *text, size_t size)
{
	return in->bytes.size == size && !memcmp(in->bytes.data, text, size);
}

TEST(a_file_is_mapped)
{
	struct input in = INPUT_NONE;

	if (CHECK(input_map(&in, make("a", "hello", 5), &e))) {
		CHECK(in.mapped);
		CHECK(holds(&in, "hello", 5));
	}
	input_close(&in);
	CHECK(in.bytes.data == NULL && in.fd == -1);
	input_close(&in);
}

TEST(what_cannot_be_used_is_named)
{
	struct input in = INPUT_NONE;

	CHECK_FAILS(input_map(&in, in_directory("none"), &e), &e,
		    "/tmp/*/none: cannot open: No such file or directory");
	CHECK_FAILS(input_map(&in, directory, &e), &e, "/tmp/*: is a directory");
	input_close(&in);
	CHECK_FAILS(input_map(&in, make("a", "", 0), &e), &e, "/tmp/*/a: empty");
	input_close(&in);
	CHECK_FAILS(input_map(&in, "/dev/null", &e), &e, "/dev/null: empty");
	input_close(&in);
}

TEST(a_file_without_a_size_is_read)
{
	struct input in = INPUT_NONE;

	if (CHECK(input_map(&in, "/proc/self/stat", &e)))
		CHECK(in.bytes.size > 10);
	input_close(&in);
}

TEST(a_huge_file_is_refused)
{
	const char *path = make("huge", "x", 1);
	struct input in = INPUT_NONE;

	if (truncate(path, (off_t)INPUT_MAX + 1))
		return;
	CHECK_FAILS(input_map(&in, path, &e), &e, "*/huge: larger than [14] GiB");
	input_close(&in);
	unlink(path);
}

TEST(a_pipe_is_read_to_its_end)
{
	const char *path = in_directory("fifo");
	struct input in = INPUT_NONE;
	static char block[200000];
	int status = 1;
	pid_t pid;

	memset(block, 'x', sizeof(block));
	if (!CHECK(!mkfifo(path, 0600)))
		return;
	pid = fork();
	if (!pid) {
		int fd = open(path, O_WRONLY);

		_exit(write(fd, block, sizeof(block)) != sizeof(block));
	}
	if (CHECK(input_map(&in, path, &e)))
		CHECK(holds(&in, block, sizeof(block)));
	input_close(&in);
	waitpid(pid, &status, 0);
	CHECK_EQ_U64(status, 0);
}

TEST(join_pads_to_four_bytes)
{
	const char *paths[] = { make("a", "12345", 5), make("b", "abcd", 4), make("c", "zz", 2) };
	struct input in = INPUT_NONE;
	int fd;

	if (CHECK(input_join(&in, paths, 3, &e)))
		CHECK(holds(&in, "12345\0\0\0abcdzz", 14));
	CHECK(input_fd(&in, &fd, &e));
	CHECK_EQ_U64(lseek(fd, 0, SEEK_END), 14);
	input_close(&in);
}

TEST(join_of_one_and_of_none)
{
	const char *paths[] = { make("a", "12345", 5), in_directory("none") };
	struct input in = INPUT_NONE;

	if (CHECK(input_join(&in, paths, 1, &e)))
		CHECK(holds(&in, "12345", 5));
	input_close(&in);
	CHECK(input_join(&in, NULL, 0, &e));
	CHECK_EQ_U64(in.bytes.size, 0);
	input_close(&in);
	CHECK_FAILS(input_join(&in, paths, 2, &e), &e, "*/none: cannot open: *");
	input_close(&in);
}

/* echo -n hello | gzip -n */
static const uint8_t gzip_hello[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd,
	0xc9, 0xc9, 0x07, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
};

#if HAVE_ZLIB
TEST(compressed_bytes_are_replaced)
{
	struct input in = INPUT_NONE;
	char text[8] = "";
	int fd = -1, again = -2;

	if (!CHECK(input_map(&in, make("gz", gzip_hello, sizeof(gzip_hello)), &e)) ||
	    !CHECK(input_decompress(&in, &e)))
		return input_close(&in);
	CHECK(holds(&in, "hello", 5));
	CHECK(!in.mapped);
	CHECK(input_fd(&in, &fd, &e));
	CHECK_EQ_U64(pread(fd, text, sizeof(text), 0), 5);
	CHECK_STR(text, "hello");
	CHECK(input_fd(&in, &again, &e));
	CHECK_EQ_U64(fd, again);
	input_close(&in);
}
#endif

TEST(other_bytes_stay_and_damage_is_told)
{
	struct input in = INPUT_NONE;

	if (CHECK(input_map(&in, make("a", "hello", 5), &e)) && CHECK(input_decompress(&in, &e)))
		CHECK(in.mapped && holds(&in, "hello", 5));
	input_close(&in);
	if (CHECK(input_map(&in, make("gz", gzip_hello, sizeof(gzip_hello) - 6), &e)))
		CHECK_FAILS(input_decompress(&in, &e), &e, "?*");
	input_close(&in);
}

TEST_MAIN
