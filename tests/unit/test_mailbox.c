/* SPDX-License-Identifier: GPL-2.0-only */
#include <sys/stat.h>

#include "core.h"
#include "mailbox_io.h"
#include "test.h"

static struct err e;

/* A file in the place of /dev/mem. */
TEST(mailbox)
{
	const char *root = in_scratch("root"), *path = in_scratch("root/dev/mem");
	static uint8_t page[PAGE];
	char text[MAILBOX_TEXT], longest[MAILBOX_TEXT + 1];
	struct bytes file;
	int fd;

	CHECK(!mkdir(root, 0700) && !mkdir(in_scratch("root/dev"), 0700));
	memset(page, 0xf0, sizeof(page));
	write_file(path, page, sizeof(page));
	CHECK(mailbox_read(root, text, &e));
	CHECK_STR(text, "");
	CHECK(mailbox_write(root, "saved 1234", &e));
	CHECK(mailbox_read(root, text, &e));
	CHECK_STR(text, "saved 1234");
	memset(longest, 'x', sizeof(longest));
	longest[MAILBOX_TEXT] = 0;
	CHECK_FAILS(mailbox_write(root, longest, &e), &e, "a message has 975 bytes at most");
	longest[MAILBOX_TEXT - 1] = 0;
	CHECK(mailbox_write(root, longest, &e));
	CHECK(mailbox_read(root, text, &e));
	CHECK_STR(text, longest);

	/* Nothing else on the page was touched. */
	file = read_file(path);
	CHECK(!memcmp(file.data, page, MAILBOX_ADDRESS));
	CHECK(!memcmp(file.data + MAILBOX_ADDRESS + sizeof(struct mailbox), page,
		      PAGE - MAILBOX_ADDRESS - sizeof(struct mailbox)));
	for (size_t i = 0; i < sizeof(struct mailbox); i++) {
		uint8_t byte = file.data[MAILBOX_ADDRESS + i] ^ 1;

		fd = open(path, O_WRONLY | O_CLOEXEC);
		CHECK_EQ_U64(pwrite(fd, &byte, 1, MAILBOX_ADDRESS + i), 1);
		CHECK(mailbox_read(root, text, &e));
		CHECK_STR(text, "");
		byte ^= 1;
		CHECK_EQ_U64(pwrite(fd, &byte, 1, MAILBOX_ADDRESS + i), 1);
		close(fd);
	}
	free((void *)file.data);
	CHECK_FAILS(mailbox_read(in_scratch("none"), text, &e), &e,
		    "*/none/dev/mem is not there: the kernel needs CONFIG_DEVMEM=y*");
}

TEST_MAIN
