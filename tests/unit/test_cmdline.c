/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "cmdline.h"
#include "test.h"

static const struct {
	const char *line, *name, *value, *without;
} cases[] = {
	{ "", "a", NULL, "" },
	{ "   \t\n", "a", NULL, "" },
	{ "a=1", "a", "1", "" },
	{ " b  a=1\tc\n", "a", "1", "b c" },
	{ "a=1 a=2 b a=3", "a", "3", "b" },
	{ "a=1 a", "a", "", "" },
	{ "a", "a", "", "" },
	{ "aa=1 ba=2 a.b=3", "a", NULL, "aa=1 ba=2 a.b=3" },
	{ "a=", "a", "", "" },
	{ "a=b=c", "a", "b=c", "" },
	{ "a=\"x y\" b", "a", "x y", "b" },
	{ "\"a=x y\" b", "a", "x y", "b" },
	{ "\"a\" b", "a", "", "b" },
	{ "a=\"x\"", "a", "x", "" },
	{ "a=\"\"", "a", "", "" },
	{ "a=\"", "a", "", "" },
	{ "a=\"x y", "a", "x y", "" },
	{ "b=\"x a=1 y\" c", "a", NULL, "b=\"x a=1 y\" c" },
	{ "b=x\" a=1 \"y a=2", "a", "2", "b=x\" a=1 \"y" },
	{ "a=x\"y z\"", "a", "x\"y z\"", "" },
	{ "\"", "a", NULL, "\"" },
	{ "=a a=1", "a", "1", "=a" },
	{ "=", "", NULL, "=" },
	{ "=b=1", "=b", "1", "" },
	{ "mem-limit=1", "mem_limit", "1", "" },
	{ "mem_limit=1", "mem-limit", "1", "" },
	{ "mem_limit=a-b", "mem-limit", "a-b", "" },
	{ "BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro", "BOOT_IMAGE", "/vmlinuz", "root=/dev/vda1 ro" },
	{ "crashkernel=64M ro crashkernel=1G-:128M", "crashkernel", "1G-:128M", "ro" },
};

TEST(value)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *value = cmdline_value(cases[i].line, cases[i].name);

		if (!CHECK_STR(value, cases[i].value))
			printf("in line %s\n", cases[i].line);
		free(value);
	}
}

TEST(without)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *line = cmdline_without(cases[i].line, cases[i].name);

		CHECK_STR(line, cases[i].without);
		free(line);
	}
}

TEST(insert)
{
	static const struct {
		const char *line, *words, *all;
	} inserts[] = {
		{ "", "w", "w" },
		{ "a b", "w x", "a b w x" },
		{ "a -- b", "w x", "a w x -- b" },
		{ "-- b", "w", "w -- b" },
		{ "a --", "w", "a w --" },
		{ "a=\" -- \" b", "w", "a=\" -- \" b w" },
		{ "a --b -- c -- d", "w", "a --b w -- c -- d" },
	};

	for (size_t i = 0; i < sizeof(inserts) / sizeof(inserts[0]); i++) {
		char *line = cmdline_insert(inserts[i].line, inserts[i].words);

		CHECK_STR(line, inserts[i].all);
		free(line);
	}
}

TEST(put_in_place)
{
	char *line = NULL;

	CHECK(cmdline_put_address(&line, "elfcorehdr", 0x1000));
	CHECK_STR(line, "elfcorehdr=0x1000");
	CHECK(cmdline_add(&line, "quiet -- init"));
	CHECK(cmdline_put_address(&line, "elfcorehdr", UINT64_MAX));
	CHECK_STR(line, "quiet elfcorehdr=0xffffffffffffffff -- init");
	free(line);
}

TEST(join)
{
	static const struct {
		const char *a, *b, *joined;
	} joins[] = {
		{ "", "", "" },
		{ "a", "", "a" },
		{ "", "b", "b" },
		{ "a b", "c", "a b c" },
	};

	for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++) {
		char *line = cmdline_join(joins[i].a, joins[i].b);

		CHECK_STR(line, joins[i].joined);
		free(line);
	}
}

/* Whatever the bytes are, every answer is a part of the line and taking words away ends. */
TEST(random_lines)
{
	static const char alphabet[] = "a=\" \tb-_";
	uint32_t seed = 99;

	for (int round = 0; round < 20000; round++) {
		char line[20], *value, *left, *again;
		size_t length = round % sizeof(line);

		for (size_t i = 0; i < length; i++) {
			seed = seed * 1664525 + 1013904223;
			line[i] = alphabet[(seed >> 24) % (sizeof(alphabet) - 1)];
		}
		line[length] = '\0';
		value = cmdline_value(line, "a");
		CHECK(!value || strstr(line, value));
		left = cmdline_without(line, "a");
		again = cmdline_value(left, "a");
		CHECK(!again && strlen(left) <= length);
		free(value);
		free(left);
		free(again);
	}
}

TEST_MAIN
