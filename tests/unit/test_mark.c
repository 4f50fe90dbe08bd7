/* SPDX-License-Identifier: GPL-2.0-only */
#include "core.h"
#include "mark.h"
#include "test.h"

static struct err e;

static struct image_header header_in(const char *path)
{
	struct image_header h = { 0 };
	struct bytes page = read_file(path);

	CHECK(bytes_copy(page, 0, &h, sizeof(h)) && image_header_check(&h, &e));
	free((void *)page.data);
	return h;
}

static void write_header(const char *path, uint32_t state)
{
	struct image_header h = { .state = state, .resume_attempts = 3, .id = { 1, 2, 3 } };

	h.image_size = state == IMAGE_STREAM ? 0 : MIB;

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
		    "*: it holds a different image*");
	CHECK_EQ_U64(header_in(path).state, IMAGE_VALID);
	CHECK(mark_state(path, IMAGE_VALID, IMAGE_VALID, 1, h.id, &e));
	CHECK_EQ_U64(header_in(path).resume_attempts, 4);
	CHECK(mark_state(path, IMAGE_VALID, IMAGE_CONSUMED, 0, h.id, &e));
	CHECK_EQ_U64(header_in(path).state, IMAGE_CONSUMED);
	CHECK_FAILS(mark_state(path, IMAGE_VALID, IMAGE_CONSUMED, 0, h.id, &e), &e,
		    "*is consumed, not valid");
	CHECK(!memcmp(header_in(path).id, h.id, sizeof(h.id)));
}

TEST(streams_in_a_file)
{
	const char *path = in_scratch("stream");

	write_header(path, IMAGE_STREAM);
	CHECK_FAILS(mark_empty(path, false, &e), &e,
		    "*holds a valid image that was not resumed; *");
	CHECK(mark_state(path, IMAGE_VALID, IMAGE_VALID, 1, NULL, &e));
	CHECK_EQ_U64(header_in(path).state, IMAGE_STREAM);
	CHECK(mark_state(path, IMAGE_VALID, IMAGE_CONSUMED, 0, NULL, &e));
	CHECK_EQ_U64(header_in(path).state, IMAGE_CONSUMED);
	CHECK_FAILS(mark_state(path, IMAGE_VALID, IMAGE_CONSUMED, 0, NULL, &e), &e,
		    "*is consumed, not stream");
	CHECK(mark_state(path, IMAGE_CONSUMED, IMAGE_VALID, 0, NULL, &e));
	CHECK_EQ_U64(header_in(path).state, IMAGE_STREAM);
}

TEST_MAIN
