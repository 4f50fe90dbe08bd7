/* SPDX-License-Identifier: GPL-2.0-only */
#include "lines.h"
#include "test.h"

static struct line of(const char *text)
{
	return (struct line){ text, strlen(text) };
}

static bool holds(struct line l, const char *text)
{
	return l.size == strlen(text) && !memcmp(l.at, text, l.size);
}

TEST(lines_of_a_text)
{
	const char *text = "one\n\nthree";
	struct line l;

	CHECK(line_next(&text, &l) && holds(l, "one"));
	CHECK(line_next(&text, &l) && holds(l, ""));
	CHECK(line_next(&text, &l) && holds(l, "three"));
	CHECK(!line_next(&text, &l));
	text = "one\n";
	CHECK(line_next(&text, &l) && !line_next(&text, &l));
}

TEST(what_is_taken_is_gone)
{
	struct line l = of("\t key \t:  12ab cd");
	uint64_t n = 0;

	CHECK_EQ_U64(line_take_blanks(&l), 2);
	CHECK(!line_take_key(&l, "ke") && !line_take_text(&l, "keys"));
	CHECK(line_take_key(&l, "key") && holds(l, "12ab cd"));
	CHECK(line_take_number(&l, 10, &n) && n == 12 && holds(l, "ab cd"));
	CHECK(!line_take_number(&l, 10, &n) && n == 12 && holds(l, "ab cd"));
	CHECK(line_take_number(&l, 16, &n) && n == 0xab && holds(l, " cd"));
	CHECK(holds(line_take_word(&l), "cd") && holds(line_take_word(&l), "") && !l.size);
}

TEST(numbers)
{
	uint64_t n = 7;
	struct line l = of("ffffffffffffffff");

	CHECK(line_take_number(&l, 16, &n) && n == UINT64_MAX && !l.size);
	n = 7;
	l = of("10000000000000000");
	CHECK(!line_take_number(&l, 16, &n) && n == 7 && l.size == 17);
	l = of("18446744073709551616");
	CHECK(!line_take_number(&l, 10, &n) && n == 7);
	l = of("-1");
	CHECK(!line_take_number(&l, 10, &n));
}

TEST(words)
{
	CHECK(line_is(of("pae"), "pae") && !line_is(of("pae "), "pae") &&
	      !line_is(of("pa"), "pae"));
	CHECK(line_has_word(of("fpu pae  nx"), "pae") && line_has_word(of("fpu nx"), "nx"));
	CHECK(!line_has_word(of("fpu paex xpae"), "pae") && !line_has_word(of(""), "pae"));
}

TEST_MAIN
