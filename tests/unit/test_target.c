/* SPDX-License-Identifier: GPL-2.0-only */
#include <signal.h>
#include <sys/resource.h>

#include "test.h"

#include "core.h"
#include "target.h"

static struct err e;

static const char old_text[64] = "text";

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
		{ 3, "text", "*holds something that is no image; *" },
		{ 131071, "x", "*holds something that is no image; *" },
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
	CHECK_FAILS(opens(path, false), &e, "*holds something that is no image; *");
}

TEST(images_in_each_state)
{
	static const uint32_t states[] = {
		IMAGE_EMPTY, IMAGE_WRITING, IMAGE_VALID, IMAGE_CONSUMED, IMAGE_STREAM };
	const char *path = in_scratch("states");

	for (size_t i = 0; i < 5; i++) {
		struct image_header h = { .state = states[i] };

		image_header_seal(&h);
		write_file(path, &h, sizeof(h));
		if (states[i] != IMAGE_VALID) {
			CHECK(opens(path, false));
			continue;
		}
		CHECK_FAILS(opens(path, false), &e, "*holds a valid image that was not resumed; *");
		CHECK(opens(path, true));
		h.digest[0] ^= 1;
		write_file(path, &h, sizeof(h));
		CHECK_FAILS(opens(path, false), &e, "*holds something that is no image; *");
	}
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
	signal(SIGXFSZ, SIG_IGN);
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
