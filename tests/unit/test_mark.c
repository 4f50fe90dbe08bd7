/* SPDX-License-Identifier: GPL-2.0-only */
#include "core.h"
#include "mailbox.h"
#include "mark.h"
#include "test.h"

static struct err e;

static struct image_header header_in(const char *path)
{
	struct image_header h = { 0 };

	CHECK(mark_read(path, &h, &e));
	return h;
}

static void write_header(const char *path, uint32_t state)
{
	struct image_header h = { .state = state, .resume_attempts = 3, .id = { 1, 2, 3 } };

	image_header_seal(&h);
	write_file(path, &h, sizeof(h));
}

TEST(empty)
{
	const char *path = in_scratch("empty");

	CHECK(mark_empty(path, false, &e));
	CHECK_EQ_U64(header_in(path).state, IMAGE_EMPTY);
	write_header(path, IMAGE_CONSUMED);
	CHECK(mark_empty(path, false, &e));
	CHECK_EQ_U64(header_in(path).resume_attempts, 0);
	write_header(path, IMAGE_VALID);
	CHECK_FAILS(mark_empty(path, false, &e), &e,
		    "*holds a valid image that was not resumed; *");
	CHECK_EQ_U64(header_in(path).state, IMAGE_VALID);
	CHECK(mark_empty(path, true, &e));
	CHECK_EQ_U64(header_in(path).state, IMAGE_EMPTY);
}

TEST(discard)
{
	const char *path = in_scratch("discard");
	struct image_header h = { .state = IMAGE_VALID };

	write_header(path, IMAGE_VALID);
	CHECK(mark_discard(path, false, &e));
	CHECK_EQ_U64(header_in(path).state, IMAGE_EMPTY);
	image_header_seal(&h);
	h.state = IMAGE_EMPTY;
	write_file(path, &h, sizeof(h));
	CHECK_FAILS(mark_discard(path, false, &e), &e, "*discard: the header page is damaged *");
	CHECK(mark_discard(path, true, &e));
	CHECK_EQ_U64(header_in(path).state, IMAGE_EMPTY);
	write_file(path, "text", 4);
	CHECK_FAILS(mark_discard(path, false, &e), &e, "*discard: no image header");
	CHECK_FAILS(mark_discard(in_scratch("nothing"), false, &e), &e,
		    "*: No such file or directory");
}

TEST(states)
{
	static const uint8_t other[16] = { 1, 2, 4 };
	const char *path = in_scratch("states");
	struct image_header h;

	write_header(path, IMAGE_VALID);
	h = header_in(path);
	CHECK_FAILS(mark_state(path, IMAGE_EMPTY, IMAGE_VALID, 0, NULL, &e), &e,
		    "*: its state is valid, not empty");
	CHECK_FAILS(mark_state(path, IMAGE_VALID, IMAGE_CONSUMED, 0, other, &e), &e,
		    "*: it holds another image*");
	CHECK_EQ_U64(header_in(path).state, IMAGE_VALID);
	CHECK(mark_state(path, IMAGE_VALID, IMAGE_VALID, 1, h.id, &e));
	CHECK_EQ_U64(header_in(path).resume_attempts, 4);
	CHECK(mark_state(path, IMAGE_VALID, IMAGE_CONSUMED, 0, h.id, &e));
	CHECK_EQ_U64(header_in(path).state, IMAGE_CONSUMED);
	CHECK_FAILS(mark_state(path, IMAGE_VALID, IMAGE_CONSUMED, 0, h.id, &e), &e,
		    "*is consumed, not valid");
	CHECK(!memcmp(header_in(path).id, h.id, sizeof(h.id)));
}

TEST(mailbox)
{
	const char *path = in_scratch("page0");
	static uint8_t page[PAGE];
	char text[MAILBOX_TEXT], longest[MAILBOX_TEXT + 1];
	struct bytes file;
	int fd;

	memset(page, 0xf0, sizeof(page));
	write_file(path, page, sizeof(page));
	CHECK_FAILS(mailbox_read(path, text, &e), &e, "the other kernel left no message");
	CHECK(mailbox_write(path, "saved 1234", &e));
	CHECK(mailbox_read(path, text, &e));
	CHECK_STR(text, "saved 1234");
	memset(longest, 'x', sizeof(longest));
	longest[MAILBOX_TEXT] = 0;
	CHECK_FAILS(mailbox_write(path, longest, &e), &e, "a message has 975 bytes at most");
	longest[MAILBOX_TEXT - 1] = 0;
	CHECK(mailbox_write(path, longest, &e));
	CHECK(mailbox_read(path, text, &e));
	CHECK_STR(text, longest);

	/* Nothing else on the page was touched. */
	file = read_file(path);
	CHECK(!memcmp(file.data, page, MAILBOX_ADDRESS));
	CHECK(!memcmp(file.data + MAILBOX_ADDRESS + MAILBOX_SIZE, page,
		      PAGE - MAILBOX_ADDRESS - MAILBOX_SIZE));
	for (size_t i = 0; i < MAILBOX_SIZE; i++) {
		uint8_t byte = file.data[MAILBOX_ADDRESS + i] ^ 1;

		fd = open(path, O_WRONLY | O_CLOEXEC);
		CHECK_EQ_U64(pwrite(fd, &byte, 1, MAILBOX_ADDRESS + i), 1);
		CHECK_FAILS(mailbox_read(path, text, &e), &e, "the other kernel left no message");
		byte ^= 1;
		CHECK_EQ_U64(pwrite(fd, &byte, 1, MAILBOX_ADDRESS + i), 1);
		close(fd);
	}
	free((void *)file.data);
	CHECK_FAILS(mailbox_read(in_scratch("none"), text, &e), &e, "*: No such file or directory");
}

TEST_MAIN
