/* SPDX-License-Identifier: GPL-2.0-only */
#include <signal.h>
#include <sys/resource.h>

#include "core.h"
#include "target.h"
#include "test.h"

static struct err e;

static const char old_text[64] = "text";

/* A writer that does not end must not fill the disk. */
__attribute__((constructor)) static void limit_files(void)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 64 * MIB;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static bool opens(const char *path, bool force)
{
	struct target t;

	if (!target_open(&t, path, force, &e))
		return false;
	target_close(&t);
	return true;
}

TEST(new_file)
{
	const char *path = in_scratch("new");
	struct target t;
	struct stat st;

	if (!CHECK(target_open(&t, path, false, &e)))
		return;
	CHECK(t.created && t.file && !t.stream);
	CHECK(t.room > MIB);
	target_close(&t);
	CHECK(!stat(path, &st));
	CHECK_EQ_U64(st.st_size, 0);
	CHECK_EQ_U64(st.st_mode & 0777, 0600);
	CHECK(target_open(&t, path, false, &e) && !t.created);
	target_close(&t);
}

TEST(content_that_is_not_ours)
{
	static const struct {
		size_t at;
		const char *bytes, *pattern;
	} cases[] = {
		{ 0x438, "\x53\xef", "*holds an ext2, ext3 or ext4 file system; wipe*" },
		{ 0, "XFSB", "*holds an XFS file system; *" },
		{ 0x10040, "_BHRfS_M", "*holds a btrfs file system; *" },
		{ 4086, "SWAPSPACE2", "*holds a swap area; *" },
		{ 4086, "S1SUSPEND", "*holds a swsusp image; *" },
		{ 0, "LUKS\xba\xbe", "*holds a LUKS volume; *" },
		{ 512, "LABELONE", "*holds an LVM volume; *" },
		{ 510, "\x55\xaa", "*holds a FAT file system or a partition table; *" },
		{ 0, "hsqs", "*holds a squashfs file system; *" },
		{ 3, "text", "*holds something that is not an image; *" },
		{ 131071, "x", "*holds something that is not an image; *" },
	};
	const char *path = in_scratch("held");
	static char content[200000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(content, 0, sizeof(content));
		memcpy(content + cases[i].at, cases[i].bytes, strlen(cases[i].bytes));
		write_file(path, content, sizeof(content));
		CHECK_FAILS(opens(path, false), &e, cases[i].pattern);
		CHECK(opens(path, true));
	}
	memset(content, 0, sizeof(content));
	write_file(path, content, sizeof(content));
	CHECK(opens(path, false));
	write_file(path, "x", 1);
	CHECK_FAILS(opens(path, false), &e, "*holds something that is not an image; *");
}

TEST(images_in_each_state)
{
	static const uint32_t states[] = { IMAGE_EMPTY, IMAGE_WRITING, IMAGE_VALID, IMAGE_CONSUMED,
					   IMAGE_STREAM };
	const char *path = in_scratch("states");

	for (size_t i = 0; i < 5; i++) {
		struct image_header h = { .state = states[i] };

		image_header_seal(&h);
		write_file(path, &h, sizeof(h));
		if (states[i] != IMAGE_VALID && states[i] != IMAGE_STREAM) {
			CHECK(opens(path, false));
			continue;
		}
		CHECK_FAILS(opens(path, false), &e, "*holds a valid image that was not resumed; *");
		CHECK(opens(path, true));
		h.digest[0] ^= 1;
		write_file(path, &h, sizeof(h));
		CHECK_FAILS(opens(path, false), &e, "*holds something that is not an image; *");
	}
}

TEST(the_source_itself)
{
	const char *path = in_scratch("itself"), *other = in_scratch("other"), *name;
	struct target t;
	int fd;

	write_file(path, "", 0);
	name = in_scratch("link");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && !symlink(path, name));
	if (CHECK(target_open(&t, name, false, &e))) {
		CHECK(target_is(&t, fd));
		target_close(&t);
	}
	if (CHECK(target_open(&t, other, false, &e))) {
		CHECK(!target_is(&t, fd));
		target_close(&t);
	}
	close(fd);
}

TEST(what_is_no_target)
{
	CHECK_FAILS(opens("/dev/null", false), &e,
		    "/dev/null: is neither a file nor a block device");
	CHECK_FAILS(opens("/dev/no-such-disk", false), &e,
		    "/dev/no-such-disk: No such file or directory");
	CHECK_FAILS(opens("/tmp", false), &e, "/tmp: Is a directory");
	CHECK_FAILS(opens(in_scratch("no/such/folder"), false), &e, "*: No such file or directory");
}

/* The disk that this system runs from, if it is one that we may open. */
TEST(mounted_device)
{
	char line[512], source[256] = "";
	unsigned major_nr, minor_nr;
	FILE *f = fopen("/proc/self/mountinfo", "re");
	int fd;

	while (f && !*source && fgets(line, sizeof(line), f)) {
		char *dash = strstr(line, " - ");

		if (sscanf(line, "%*s %*s %u:%u", &major_nr, &minor_nr) != 2 || !major_nr ||
		    !dash || sscanf(dash, " - %*s %255s", source) != 1 ||
		    strncmp(source, "/dev/", 5))
			*source = 0;
	}
	if (f)
		fclose(f);
	fd = *source ? open(source, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	close(fd);
	CHECK_FAILS(opens(source, true), &e, "/dev/*: is mounted; unmount it first");
}

TEST(header_content_and_end)
{
	const char *path = in_scratch("written");
	struct image_header h = { .kept_pages = 42 }, *there;
	static char old[3 * PAGE];
	struct target t;
	struct bytes file;

	write_file(path, old, sizeof(old));
	if (!CHECK(target_open(&t, path, false, &e)))
		return;
	CHECK(target_header(&t, &h, IMAGE_WRITING, &e));
	CHECK_EQ_U64(t.written, IMAGE_HEADER_SIZE);
	CHECK(target_write(&t, "content", 7, &e));
	CHECK(target_end(&t, &e));
	CHECK(target_header(&t, &h, IMAGE_VALID, &e));
	CHECK_EQ_U64(t.written, IMAGE_HEADER_SIZE + 7);
	target_close(&t);
	file = read_file(path);
	there = (struct image_header *)file.data;
	CHECK_EQ_U64(file.size, IMAGE_HEADER_SIZE + 7);
	CHECK(!memcmp(file.data + IMAGE_HEADER_SIZE, "content", 7));
	CHECK_EQ_U64(there->state, IMAGE_VALID);
	CHECK_EQ_U64(there->kept_pages, 42);
	CHECK(image_header_check(there, &e));
	free((void *)file.data);
}

/* ---- content that is gathered ---- */

static uint8_t *some_bytes(size_t size)
{
	uint8_t *data = malloc(size + 1);
	uint64_t seed = size + 1;

	if (!data)
		abort();
	for (size_t i = 0; i < size; i++)
		data[i] = chance(&seed);
	return data;
}

/* Pieces of many sizes, smaller and larger than what is gathered. */
static bool write_pieces(struct target *t, const uint8_t *data, size_t size)
{
	static const size_t steps[] = {
		1, 4095, 4096, 37, 65536, MIB - 1, MIB, MIB + 1, 2 * MIB + 7,
	};
	size_t done = 0;

	for (unsigned i = size % 5; done < size; i++) {
		size_t part = steps[i % 9] < size - done ? steps[i % 9] : size - done;

		if (!target_write(t, data + done, part, &e))
			return false;
		done += part;
	}
	return true;
}

static void check_file(const char *path, const struct image_header *h, const uint8_t *data,
		       size_t size)
{
	size_t start = h ? IMAGE_HEADER_SIZE : 0;
	struct bytes file = read_file(path);
	struct image_header there;

	CHECK_EQ_U64(file.size, start + size);
	CHECK(file.size == start + size && !memcmp(file.data + start, data, size));
	if (h) {
		CHECK(bytes_copy(file, 0, &there, sizeof(there)) && image_header_check(&there, &e));
		CHECK(!memcmp(&there, h, sizeof(there)));
	}
	free((void *)file.data);
}

/* As a saved image is written, over @old bytes of something else; without a header a plain core. */
static void check_written(const char *path, size_t size, size_t old, bool header)
{
	struct image_header h = { .kept_pages = size };
	uint8_t *data = some_bytes(size), *before = some_bytes(old);
	struct target t;

	if (old)
		write_file(path, before, old);
	if (!CHECK(target_open(&t, path, true, &e)))
		return;
	CHECK(!header || target_header(&t, &h, IMAGE_WRITING, &e));
	if (!CHECK(write_pieces(&t, data, size)))
		printf("%s\n", e.text);
	CHECK_EQ_U64(t.written, size + (header ? IMAGE_HEADER_SIZE : 0));
	CHECK(target_end(&t, &e));
	check_file(path, header ? &h : NULL, data, size);
	if (header) {
		h.image_size = t.written;
		CHECK(target_header(&t, &h, IMAGE_VALID, &e));
		CHECK_EQ_U64(t.written, size + IMAGE_HEADER_SIZE);
		check_file(path, &h, data, size);
	}
	target_close(&t);
	check_file(path, header ? &h : NULL, data, size);
	CHECK(!unlink(path));
	free(before);
	free(data);
}

static const size_t sizes[] = {
	0, 1, 4095, 4096, 4097, MIB - 4096, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 5,
};

static void check_sizes(const char *path)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_written(path, sizes[i], 0, true);
		check_written(path, sizes[i], 0, false);
	}
	check_written(path, 9 * MIB + 1, 0, true);
	/* What was there and is longer goes. */
	check_written(path, 0, 3 * MIB + 100, true);
	check_written(path, MIB + 1, 5 * MIB + 1, true);
	check_written(path, 4096, 4097, false);
}

TEST(any_size_in_a_file)
{
	check_sizes(in_scratch("sizes"));
}

/* A file system without a disk, which may have no way past the page cache. */
TEST(any_size_in_memory)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/shm/kexec-jump-test-%d", (int)getpid());
	if (!access("/dev/shm", W_OK))
		check_sizes(path);
}

/* The header may be written again at any time; what had gathered for the file is given up then. */
TEST(header_of_what_is_given_up)
{
	const char *path = in_scratch("given-up");
	struct image_header h = { .kept_pages = 7 }, there;
	uint8_t *data = some_bytes(MIB + 1234);
	struct bytes file;
	struct target t;

	if (!CHECK(target_open(&t, path, false, &e)))
		return;
	CHECK(target_header(&t, &h, IMAGE_WRITING, &e));
	CHECK(target_write(&t, data, MIB + 1234, &e));
	CHECK(target_header(&t, &h, IMAGE_EMPTY, &e));
	CHECK_EQ_U64(t.written, IMAGE_HEADER_SIZE + MIB + 1234);
	target_close(&t);
	file = read_file(path);
	CHECK(bytes_copy(file, 0, &there, sizeof(there)) && image_header_check(&there, &e));
	CHECK_EQ_U64(there.state, IMAGE_EMPTY);
	CHECK_EQ_U64(file.size, IMAGE_HEADER_SIZE + MIB);
	CHECK(file.size == IMAGE_HEADER_SIZE + MIB &&
	      !memcmp(file.data + IMAGE_HEADER_SIZE, data, MIB));
	free((void *)file.data);
	free(data);
}

/* A write past the page cache that is refused for its alignment goes through it. */
TEST(alignment_that_is_refused)
{
	const char *path = in_scratch("unaligned");
	uint8_t *data = some_bytes(2 * MIB + 99), *room = malloc(MIB + 1), *gather;
	struct image_header h = { .kept_pages = 1 };
	struct target t;

	if (!room || !CHECK(target_open(&t, path, false, &e)))
		return;
	gather = t.gather;
	CHECK_EQ_U64((uintptr_t)gather % 4096, 0);
	t.gather = room + 1;
	CHECK(target_header(&t, &h, IMAGE_WRITING, &e));
	CHECK(write_pieces(&t, data, 2 * MIB + 99));
	CHECK(target_end(&t, &e));
	t.gather = gather;
	target_close(&t);
	check_file(path, &h, data, 2 * MIB + 99);
	free(room);
	free(data);
}

/* A limit in the middle of a write, at no multiple of anything. */
TEST(write_that_is_cut_short)
{
	uint8_t *data = some_bytes(3 * MIB);
	struct image_header h = { .kept_pages = 1 };
	struct rlimit limit, old;
	struct target t;
	bool ok;

	if (!CHECK(target_open(&t, in_scratch("cut"), false, &e)))
		return;
	getrlimit(RLIMIT_FSIZE, &old);
	limit = (struct rlimit){ MIB + MIB / 2 + 100, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &limit);
	CHECK(target_header(&t, &h, IMAGE_WRITING, &e));
	CHECK_FAILS(write_pieces(&t, data, 3 * MIB), &e, "*cut: write: File too large");
	ok = target_header(&t, &h, IMAGE_EMPTY, &e);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK(ok);
	target_close(&t);
	free(data);
}

TEST(no_more_room)
{
	struct target t;

	if (!CHECK(target_open(&t, in_scratch("small"), false, &e)))
		return;
	t.room = 100;
	CHECK(target_write(&t, old_text, 60, &e));
	CHECK(target_write(&t, old_text, 40, &e));
	CHECK_FAILS(target_write(&t, old_text, 1, &e), &e,
		    "*small: full: the image needs more than 100 bytes");
	target_close(&t);
}

/* A save that ends for lack of room leaves no file, and an old file without a valid image. */
TEST(save_without_room)
{
#if HAVE_ZSTD
	const char *core = in_scratch("core"), *path = in_scratch("image");
	struct save_request r = {
		.level = 1, .threads = 2, .source = core, .target = path, .report = quiet
	};
	struct fake *f = small_kernel(4, true);
	struct image_header h = { .state = IMAGE_CONSUMED };
	struct rlimit limit, old;
	struct bytes file;

	write_core(f, core);
	fake_free(f);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = (struct rlimit){ 100000, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &limit);
	CHECK_FAILS(save_image(&r, &e), &e, "*image: write: File too large");
	CHECK(access(path, F_OK));

	image_header_seal(&h);
	write_file(path, &h, sizeof(h));
	CHECK_FAILS(save_image(&r, &e), &e, "*image: write: File too large");
	setrlimit(RLIMIT_FSIZE, &old);
	file = read_file(path);
	memcpy(&h, file.data, sizeof(h));
	CHECK(image_header_check(&h, &e));
	CHECK_EQ_U64(h.state, IMAGE_EMPTY);
	free((void *)file.data);
#endif
}

TEST_MAIN
