/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "grow.h"
#include "range.h"
#include "test.h"

#define MAX	       UINT64_MAX
#define R(start, last) ((struct range){ start, last })

/* "[1-2][5-5]" in hex, for at most a few ranges. */
static const char *show(const struct ranges *s)
{
	static char text[1024];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < s->count && used < sizeof(text) - 64; i++)
		used += snprintf(text + used, sizeof(text) - used, "[%" PRIx64 "-%" PRIx64 "]",
				 s->at[i].start, s->at[i].last);
	return text;
}

static struct ranges set_of(const struct range *r, size_t n)
{
	struct ranges s = {};

	for (size_t i = 0; i < n; i++)
		CHECK(ranges_add(&s, r[i]));
	return s;
}

#define SET(...) \
	set_of((const struct range[]){ __VA_ARGS__ }, \
	       sizeof((const struct range[]){ __VA_ARGS__ }) / sizeof(struct range))

TEST(size)
{
	CHECK_EQ_U64(range_size(R(0, 0)), 1);
	CHECK_EQ_U64(range_size(R(MAX, MAX)), 1);
	CHECK_EQ_U64(range_size(R(0x1000, 0x1fff)), 0x1000);
	CHECK_EQ_U64(range_size(R(1, MAX)), MAX);
	CHECK_EQ_U64(range_size(R(0, MAX)), MAX);
}

TEST(contains_overlaps_intersect)
{
	struct range r = R(7, 7);

	CHECK(range_contains(R(0, MAX), R(0, MAX)));
	CHECK(range_contains(R(0, MAX), R(MAX, MAX)));
	CHECK(!range_contains(R(1, MAX), R(0, MAX)));
	CHECK(!range_contains(R(0, MAX - 1), R(MAX, MAX)));
	CHECK(range_overlaps(R(0, 5), R(5, 9)));
	CHECK(!range_overlaps(R(0, 5), R(6, 9)));
	CHECK(range_overlaps(R(0, MAX), R(3, 3)));
	CHECK(range_intersect(R(2, MAX), R(0, 5), &r));
	CHECK(r.start == 2 && r.last == 5);
	CHECK(!range_intersect(R(0, 1), R(2, 3), &r));
	CHECK(r.start == 2 && r.last == 5);
}

TEST(pages_inside)
{
	static const struct {
		struct range in;
		bool some;
		struct range out;
	} cases[] = {
		{ { 0, MAX }, true, { 0, MAX } },
		{ { 1, MAX }, true, { 0x1000, MAX } },
		{ { 0, MAX - 1 }, true, { 0, MAX - 0x1000 } },
		{ { 0, 0xfff }, true, { 0, 0xfff } },
		{ { 0, 0xffe }, false, {} },
		{ { 1, 0xfff }, false, {} },
		{ { 0, 0 }, false, {} },
		{ { 1, 0x1fff }, true, { 0x1000, 0x1fff } },
		{ { 0xfff, 0x1fff }, true, { 0x1000, 0x1fff } },
		{ { 0xfff, 0x2000 }, true, { 0x1000, 0x1fff } },
		{ { 0x1000, 0x1ffe }, false, {} },
		{ { 0x1001, 0x2ffe }, false, {} },
		{ { MAX - 0xfff, MAX }, true, { MAX - 0xfff, MAX } },
		{ { MAX - 0xffe, MAX }, false, {} },
		{ { MAX, MAX }, false, {} },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct range out = { 42, 43 };

		CHECK_EQ_U64(range_pages_inside(cases[i].in, &out), cases[i].some);
		CHECK_EQ_U64(out.start, cases[i].some ? cases[i].out.start : 42);
		CHECK_EQ_U64(out.last, cases[i].some ? cases[i].out.last : 43);
	}
}

TEST(add_joins_what_touches)
{
	struct ranges s = {};

	ranges_add(&s, R(10, 20));
	ranges_add(&s, R(30, 40));
	CHECK_STR(show(&s), "[a-14][1e-28]");
	ranges_add(&s, R(22, 28));
	CHECK_STR(show(&s), "[a-14][16-1c][1e-28]");
	ranges_add(&s, R(21, 21));
	CHECK_STR(show(&s), "[a-1c][1e-28]");
	ranges_add(&s, R(29, 29));
	CHECK_STR(show(&s), "[a-28]");
	ranges_add(&s, R(12, 13));
	CHECK_STR(show(&s), "[a-28]");
	ranges_add(&s, R(9, 41));
	CHECK_STR(show(&s), "[9-29]");
	ranges_add(&s, R(5, 6));
	CHECK_STR(show(&s), "[5-6][9-29]");
	ranges_deinit(&s);
	CHECK(!s.at && !s.count && !s.room);
}

TEST(add_at_both_ends)
{
	struct ranges s = {};

	ranges_add(&s, R(MAX, MAX));
	ranges_add(&s, R(0, 0));
	CHECK_STR(show(&s), "[0-0][ffffffffffffffff-ffffffffffffffff]");
	ranges_add(&s, R(0, 0));
	ranges_add(&s, R(MAX, MAX));
	CHECK_EQ_U64(s.count, 2);
	ranges_add(&s, R(1, MAX - 1));
	CHECK_STR(show(&s), "[0-ffffffffffffffff]");
	CHECK_EQ_U64(ranges_size(&s), MAX);
	ranges_deinit(&s);
}

TEST(remove_splits_trims_and_empties)
{
	struct ranges s = SET({ 10, 20 }, { 30, 40 });

	ranges_remove(&s, R(15, 15));
	CHECK_STR(show(&s), "[a-e][10-14][1e-28]");
	ranges_remove(&s, R(21, 29));
	CHECK_STR(show(&s), "[a-e][10-14][1e-28]");
	ranges_remove(&s, R(18, 32));
	CHECK_STR(show(&s), "[a-e][10-11][21-28]");
	ranges_remove(&s, R(0, 10));
	CHECK_STR(show(&s), "[b-e][10-11][21-28]");
	ranges_remove(&s, R(12, 39));
	CHECK_STR(show(&s), "[b-b][28-28]");
	ranges_remove(&s, R(0, MAX));
	CHECK_STR(show(&s), "");
	ranges_remove(&s, R(0, MAX));
	CHECK_EQ_U64(s.count, 0);

	ranges_add(&s, R(0, MAX));
	ranges_remove(&s, R(0, 0));
	ranges_remove(&s, R(MAX, MAX));
	CHECK_STR(show(&s), "[1-fffffffffffffffe]");
	ranges_deinit(&s);
}

TEST(copy_and_move)
{
	struct ranges none = {}, a = SET({ 1, 2 }, { 5, 6 }), b = SET({ 8, 9 });

	CHECK(ranges_copy(&b, &a));
	ranges_add(&a, R(3, 4));
	CHECK_STR(show(&b), "[1-2][5-6]");
	CHECK(ranges_copy(&b, &b));
	CHECK_STR(show(&b), "[1-2][5-6]");
	ranges_move(&a, &b);
	CHECK_STR(show(&a), "[1-2][5-6]");
	CHECK(!b.at && !b.count);
	CHECK(ranges_copy(&a, &none));
	CHECK_EQ_U64(a.count, 0);
	ranges_deinit(&a);
}

TEST(add_all_remove_all)
{
	struct ranges none = {}, a = SET({ 0, 9 }, { 20, 29 });
	struct ranges holes = SET({ 0, 0 }, { 4, 5 }, { 8, 21 }, { 29, 29 });

	CHECK(ranges_remove_all(&a, &holes));
	CHECK_STR(show(&a), "[1-3][6-7][16-1c]");
	CHECK(ranges_add_all(&a, &holes));
	CHECK_STR(show(&a), "[0-1d]");
	CHECK(ranges_add_all(&a, &none) && ranges_remove_all(&a, &none));
	CHECK_STR(show(&a), "[0-1d]");
	CHECK(ranges_add_all(&none, &holes));
	CHECK_EQ_U64(none.count, 4);
	ranges_deinit(&none);
	ranges_deinit(&a);
	ranges_deinit(&holes);
}

TEST(clip)
{
	struct ranges none = {}, s = SET({ 0, 5 }, { 10, 15 }, { 20, MAX });

	CHECK(ranges_clip(&s, R(0, MAX)));
	CHECK_STR(show(&s), "[0-5][a-f][14-ffffffffffffffff]");
	CHECK(ranges_clip(&s, R(3, 24)));
	CHECK_STR(show(&s), "[3-5][a-f][14-18]");
	CHECK(ranges_clip(&s, R(6, 9)));
	CHECK_EQ_U64(s.count, 0);
	CHECK(ranges_clip(&none, R(5, 6)));
	ranges_deinit(&s);
}

TEST(contain_and_overlap)
{
	struct ranges none = {}, s = SET({ 5, 9 }, { 20, MAX });

	CHECK(ranges_contain(&s, R(5, 9)));
	CHECK(ranges_contain(&s, R(MAX, MAX)));
	CHECK(!ranges_contain(&s, R(4, 9)));
	CHECK(!ranges_contain(&s, R(5, 10)));
	CHECK(!ranges_contain(&s, R(9, 20)));
	CHECK(!ranges_contain(&none, R(0, 0)));
	CHECK(ranges_overlap(&s, R(9, 20)));
	CHECK(ranges_overlap(&s, R(0, MAX)));
	CHECK(!ranges_overlap(&s, R(10, 19)));
	CHECK(!ranges_overlap(&s, R(0, 4)));
	CHECK(!ranges_overlap(&none, R(0, MAX)));
	CHECK_EQ_U64(ranges_size(&none), 0);
	ranges_deinit(&s);
}

TEST(find)
{
	static const struct {
		struct range_hole want;
		bool found;
		uint64_t start;
	} cases[] = {
		{ { 0x1000, 0x1000, { 0, MAX }, false }, true, 0x2000 },
		{ { 0x1000, 0x1000, { 0, MAX }, true }, true, MAX - 0xfff },
		{ { 0x1000, 1, { 0, MAX }, false }, true, 0x1800 },
		{ { 0x2001, 1, { 0, MAX }, false }, true, 0x10000 },
		{ { 0x2000, 0x1000, { 0, 0xffff }, false }, false, 0 },
		{ { 0x1000, 0x1000, { 0, 0x1ffff }, true }, true, 0x1f000 },
		{ { 0x1000, 0x1000, { 0, 0x1fffe }, true }, true, 0x1e000 },
		{ { 0x10000, 1, { 0x10000, 0x1ffff }, false }, true, 0x10000 },
		{ { 0x10001, 1, { 0, 0x1ffff }, false }, false, 0 },
		{ { 1, 0x100000, { 0, MAX - 1 }, false }, false, 0 },
		{ { 1, UINT64_C(1) << 63, { 0, MAX }, true }, false, 0 },
		{ { MAX, 1, { 0, MAX }, false }, false, 0 },
		{ { 1, 1, { MAX, MAX }, false }, true, MAX },
		{ { 2, 1, { MAX, MAX }, true }, false, 0 },
		{ { 0x2000, 0x1000, { 0, MAX }, true }, true, 0x1e000 },
	};
	struct ranges s = SET({ 0x1800, 0x37ff }, { 0x10000, 0x1ffff }, { MAX - 0x17ff, MAX });

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct range out = { 42, 42 };
		bool found = ranges_find(&s, &cases[i].want, &out);

		if (!CHECK_EQ_U64(found, cases[i].found) ||
		    !CHECK_EQ_U64(out.start, found ? cases[i].start : 42) ||
		    (found && !CHECK_EQ_U64(range_size(out), cases[i].want.size)))
			printf("in case %zu\n", i);
	}
	ranges_deinit(&s);
}

TEST(find_in_everything_and_nothing)
{
	struct ranges none = {}, all = SET({ 0, MAX });
	struct range_hole want = { MAX, 1, { 0, MAX }, true };
	struct range out;

	CHECK(!ranges_find(&none, &want, &out));
	CHECK(ranges_find(&all, &want, &out));
	CHECK(out.start == 1 && out.last == MAX);
	want.highest = false;
	CHECK(ranges_find(&all, &want, &out));
	CHECK(out.start == 0 && out.last == MAX - 1);
	ranges_deinit(&all);
}

/* The set against a map of 256 bits, by random adds and removes. */
TEST(random_operations_equal_a_bitmap)
{
	bool bits[256] = {};
	struct ranges s = {};
	uint32_t seed = 12345;

	for (int step = 0; step < 5000; step++) {
		uint8_t a, b;
		bool add;

		seed = seed * 1664525 + 1013904223;
		a = seed >> 24;
		b = a + (seed >> 16) % 24 < 256 ? a + (seed >> 16) % 24 : 255;
		add = seed >> 12 & 1;
		CHECK(add ? ranges_add(&s, R(a, b)) : ranges_remove(&s, R(a, b)));
		for (int i = a; i <= b; i++)
			bits[i] = add;
		for (int i = 0; i < 256; i++) {
			if (!CHECK_EQ_U64(ranges_contain(&s, R(i, i)), bits[i]))
				goto out;
		}
		for (size_t i = 1; i < s.count; i++) {
			if (!CHECK(s.at[i - 1].last + 1 < s.at[i].start))
				goto out;
		}
	}
out:
	ranges_deinit(&s);
}

TEST(grow)
{
	uint64_t *array = NULL;
	size_t room = 0;

	CHECK(grow_array(&array, &room, 0, sizeof(*array)));
	CHECK(!array && !room);
	CHECK(grow_array(&array, &room, 1, sizeof(*array)));
	CHECK(array && room >= 1);
	array[0] = 42;
	CHECK(grow_array(&array, &room, 1000, sizeof(*array)));
	CHECK(array[0] == 42 && room >= 1000);
	room = SIZE_MAX / 2 + 2;
	CHECK(!grow_array(&array, &room, SIZE_MAX, sizeof(*array)));
	room = 8;
	CHECK(!grow_array(&array, &room, SIZE_MAX / 4, sizeof(*array)));
	CHECK(array[0] == 42 && room == 8);
	free(array);
}

TEST_MAIN
