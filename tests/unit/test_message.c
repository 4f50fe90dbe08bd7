/* SPDX-License-Identifier: GPL-2.0-only */
#include <sys/stat.h>

#include "core.h"
#include "message.h"
#include "page_zero.h"
#include "sha256.h"
#include "test.h"

static struct err e;

/* A file in the place of /dev/mem. */
static const char *machine(void)
{
	static uint8_t page[PAGE];
	const char *root = in_scratch("root");

	mkdir(root, 0700);
	mkdir(in_scratch("root/dev"), 0700);
	memset(page, 0x3c, sizeof(page));
	write_file(in_scratch("root/dev/mem"), page, sizeof(page));
	return root;
}

static void digest(const void *data, size_t size, uint8_t to[SHA256_SIZE])
{
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, data, size);
	sha256_final(&s, to);
}

/* What A leaves in page 0; its pages are where only another kernel could find them. */
static void put_message(const char *root, struct message *m, uint32_t size, bool is_there)
{
	static uint8_t room[PAGE];
	struct jump_message *s = &m->sent;

	*m = (struct message){ .room.data = room };
	*s = (struct jump_message){
		.magic = JUMP_MESSAGE_MAGIC,
		.number = 0x1122334455667788,
		.data = { .size = size, .is_there = is_there },
	};
	digest("", 0, s->data.digest);
	digest(s, offsetof(struct jump_message, digest), s->digest);
	CHECK(page_zero_write(root, JUMP_MESSAGE_ADDRESS, s, sizeof(*s), &e));
}

static enum received receive(const char *root)
{
	uint8_t *data;
	size_t size;
	enum received r = message_receive(root, &data, &size, &e);

	if (r == RECEIVED_DATA)
		CHECK_EQ_U64(size, 0);
	free(data);
	return r;
}

TEST(nothing_and_no_bytes)
{
	const char *root = machine();
	struct message m;

	CHECK(receive(root) == RECEIVED_NOTHING);
	CHECK_FAILS(message_reply(root, (struct bytes){ 0 }, 1, &e), &e,
		    "the other kernel left no room for an answer*");
	put_message(root, &m, 0, false);
	CHECK(receive(root) == RECEIVED_NOTHING);
	put_message(root, &m, 0, true);
	CHECK(receive(root) == RECEIVED_DATA);
	CHECK(receive(in_scratch("nowhere")) == RECEIVED_ERROR);
}

TEST(status_and_answer)
{
	static const uint8_t none[1];
	const char *root = machine();
	struct message m;
	struct answer a;

	put_message(root, &m, 0, false);
	CHECK(message_answer(&m, root, &a, &e));
	CHECK(!a.is_there);
	put_message(root, &m, 0, false);
	CHECK(message_reply(root, (struct bytes){ 0 }, 124, &e));
	CHECK(message_answer(&m, root, &a, &e));
	CHECK(a.is_there && !a.has_data);
	CHECK_EQ_U64(a.status, 124);
	/* It is taken once. */
	CHECK(message_answer(&m, root, &a, &e));
	CHECK(!a.is_there);
	CHECK(receive(root) == RECEIVED_NOTHING);

	put_message(root, &m, 0, false);
	CHECK(message_reply(root, (struct bytes){ none, 0 }, 0, &e));
	CHECK(message_answer(&m, root, &a, &e));
	CHECK(a.is_there && a.has_data);
	CHECK_EQ_U64(a.data.size, 0);

	/* One to another jump. */
	put_message(root, &m, 0, false);
	CHECK(message_reply(root, (struct bytes){ 0 }, 3, &e));
	m.sent.number++;
	CHECK(message_answer(&m, root, &a, &e));
	CHECK(!a.is_there);
}

TEST(crash)
{
	const size_t at = JUMP_MESSAGE_ADDRESS + offsetof(struct jump_message, crashed);
	const char *root = machine();
	struct message m;
	struct answer a;

	put_message(root, &m, 0, false);
	CHECK(message_reply(root, (struct bytes){ 0 }, 5, &e));
	CHECK(page_zero_write(root, at, &m.sent.number, 8, &e));
	CHECK(message_answer(&m, root, &a, &e));
	CHECK(a.crashed && !a.is_there);
	CHECK(message_answer(&m, root, &a, &e));
	CHECK(!a.crashed && !a.is_there);
}

TEST(too_much)
{
	static uint8_t data[JUMP_DATA_MAX + 1];
	const char *root = machine();
	struct message m;

	put_message(root, &m, 0, false);
	CHECK_FAILS(message_reply(root, (struct bytes){ data, sizeof(data) }, 0, &e), &e,
		    "65537 bytes are more than a jump can carry, 65536");
	CHECK_FAILS(message_begin(&m, root, (struct bytes){ data, sizeof(data) }, 0, &e), &e,
		    "65537 bytes are more than a jump can carry, 65536");
	message_end(&m);
}

/* Whatever byte changes, nothing is taken for what it is not. */
TEST(every_byte)
{
	const char *root = machine();
	struct message m;
	struct answer a;

	for (size_t i = 0; i < sizeof(struct jump_message); i++) {
		bool in_message = i < offsetof(struct jump_message, answer);
		bool in_answer = !in_message && i < offsetof(struct jump_message, crashed);
		uint8_t byte;

		put_message(root, &m, 0, true);
		CHECK(message_reply(root, (struct bytes){ 0 }, 5, &e));
		CHECK(page_zero_read(root, JUMP_MESSAGE_ADDRESS + i, &byte, 1, &e));
		byte ^= 0x40;
		CHECK(page_zero_write(root, JUMP_MESSAGE_ADDRESS + i, &byte, 1, &e));
		CHECK(receive(root) == (in_message ? RECEIVED_NOTHING : RECEIVED_DATA));
		if (!message_answer(&m, root, &a, &e))
			CHECK(in_answer);
		else if (in_answer)
			CHECK(!a.is_there);
		else
			CHECK_EQ_U64(a.status, 5);
	}
}

TEST_MAIN
