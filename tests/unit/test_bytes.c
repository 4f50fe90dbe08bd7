/* SPDX-License-Identifier: GPL-2.0-only */
#include "bytes.h"
#include "test.h"

static const uint8_t data[] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99 };
static const struct bytes all = { data, sizeof(data) };

TEST(sub_inside)
{
	struct bytes b = {};

	CHECK(bytes_sub(all, 0, 9, &b));
	CHECK(b.data == data && b.size == 9);
	CHECK(bytes_sub(all, 3, 2, &b));
	CHECK(b.data == data + 3 && b.size == 2);
	CHECK(bytes_sub(all, 9, 0, &b));
	CHECK(b.data == data + 9 && b.size == 0);
}

TEST(sub_outside_leaves_out_alone)
{
	static const struct {
		uint64_t offset, length;
	} bad[] = {
		{ 0, 10 },
		{ 9, 1 },
		{ 10, 0 },
		{ 1, 9 },
		{ 1, UINT64_MAX },
		{ UINT64_MAX, 1 },
		{ UINT64_MAX, UINT64_MAX },
		{ UINT64_MAX - 3, 8 },
		{ UINT64_C(1) << 32, 1 },
		{ 0, (UINT64_C(1) << 32) + 1 },
		{ UINT64_C(1) << 63, UINT64_C(1) << 63 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes b = { data, 77 };

		CHECK(!bytes_sub(all, bad[i].offset, bad[i].length, &b));
		CHECK(b.data == data && b.size == 77);
	}
}

TEST(nothing_has_only_nothing_inside)
{
	struct bytes none = {}, b = { data, 77 };
	uint8_t byte = 42;

	CHECK(bytes_sub(none, 0, 0, &b));
	CHECK_EQ_U64(b.size, 0);
	CHECK(!bytes_sub(none, 0, 1, &b));
	CHECK(!bytes_sub(none, 1, 0, &b));
	CHECK(bytes_copy(none, 0, NULL, 0));
	CHECK(!bytes_copy(none, 0, &byte, 1));
	CHECK_EQ_U64(byte, 42);
}

TEST(copy)
{
	uint8_t to[4] = { 1, 2, 3, 4 };

	CHECK(bytes_copy(all, 7, to, 2));
	CHECK(to[0] == 0x88 && to[1] == 0x99 && to[2] == 3);
	CHECK(!bytes_copy(all, 7, to, 3));
	CHECK(!bytes_copy(all, UINT64_MAX, to, 2));
	CHECK(to[0] == 0x88 && to[1] == 0x99 && to[2] == 3);
}

TEST(words_at_any_alignment)
{
	uint16_t w16 = 0;
	uint32_t w32 = 0;
	uint64_t w64 = 0;

	CHECK(bytes_le16(all, 7, &w16));
	CHECK_EQ_U64(w16, 0x9988);
	CHECK(bytes_le32(all, 1, &w32));
	CHECK_EQ_U64(w32, 0x55443322);
	CHECK(bytes_le64(all, 0, &w64));
	CHECK_EQ_U64(w64, 0x8877665544332211);
	CHECK(bytes_le64(all, 1, &w64));
	CHECK_EQ_U64(w64, 0x9988776655443322);
}

TEST(words_outside)
{
	uint16_t w16 = 1;
	uint32_t w32 = 2;
	uint64_t w64 = 3;

	CHECK(!bytes_le16(all, 8, &w16));
	CHECK(!bytes_le16(all, UINT64_MAX, &w16));
	CHECK(!bytes_le32(all, 6, &w32));
	CHECK(!bytes_le32(all, UINT64_MAX - 1, &w32));
	CHECK(!bytes_le64(all, 2, &w64));
	CHECK(!bytes_le64(all, UINT64_MAX - 7, &w64));
	CHECK(w16 == 1 && w32 == 2 && w64 == 3);
}

TEST_MAIN
