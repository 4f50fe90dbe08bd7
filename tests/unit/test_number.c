/* SPDX-License-Identifier: GPL-2.0-only */
#include "number.h"
#include "test.h"

TEST(parse_good)
{
	static const struct {
		const char *text;
		uint64_t value;
	} cases[] = {
		{ "0", 0 },
		{ "00", 0 },
		{ "4096", 4096 },
		{ "0x1000", 4096 },
		{ "0X1f", 31 },
		{ "010", 8 },
		{ "18446744073709551615", UINT64_MAX },
		{ "0xffffffffffffffff", UINT64_MAX },
		{ "0x00000000000000000001", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 42;
		struct err e = {};

		CHECK(number_parse(cases[i].text, &value, &e));
		CHECK_EQ_U64(value, cases[i].value);
		value = 42;
		CHECK(number_parse_size(cases[i].text, &value, &e));
		CHECK_EQ_U64(value, cases[i].value);
	}
}

TEST(parse_bad)
{
	static const char *const texts[] = {
		"",
		" 1",
		"1 ",
		"-1",
		"+1",
		"0x",
		"0xg",
		"08",
		"1e3",
		"abc",
		"1\n",
		"--",
		"1,000",
		"18446744073709551616",
		"0x10000000000000000",
		"99999999999999999999999999",
		"1KK",
		"1KB",
		"K",
		"1.5G",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t value = 42;
		struct err e;

		CHECK_FAILS(number_parse(texts[i], &value, &e), &e, "\"*\" *");
		CHECK_FAILS(number_parse_size(texts[i], &value, &e), &e, "\"*\" *");
		CHECK_EQ_U64(value, 42);
	}
}

TEST(parse_says_why)
{
	uint64_t value;
	struct err e;

	CHECK_FAILS(number_parse("1M", &value, &e), &e, "*\"M\" is left over*");
	CHECK_FAILS(number_parse("18446744073709551616", &value, &e), &e, "*does not fit*");
	CHECK_FAILS(number_parse_size("1X", &value, &e), &e, "*K, M, G, T*");
	CHECK_FAILS(number_parse_size("", &value, &e), &e, "\"\" is not a number*");
}

TEST(suffixes)
{
	static const struct {
		const char *text;
		uint64_t value;
	} cases[] = {
		{ "1K", 1024 },
		{ "1k", 1024 },
		{ "64M", 64 << 20 },
		{ "0x10m", 16 << 20 },
		{ "3G", UINT64_C(3) << 30 },
		{ "3g", UINT64_C(3) << 30 },
		{ "1T", UINT64_C(1) << 40 },
		{ "0T", 0 },
		{ "16777215t", UINT64_C(16777215) << 40 },
		{ "18014398509481983K", UINT64_MAX - 1023 },
	};
	uint64_t value;
	struct err e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(number_parse_size(cases[i].text, &value, &e));
		CHECK_EQ_U64(value, cases[i].value);
	}
	CHECK_FAILS(number_parse_size("16777216T", &value, &e), &e, "*does not fit*");
	CHECK_FAILS(number_parse_size("18014398509481984K", &value, &e), &e, "*does not fit*");
}

TEST(size_words)
{
	static const struct {
		uint64_t bytes;
		const char *words;
	} cases[] = {
		{ 0, "0 bytes" },
		{ 1, "1 byte" },
		{ 1023, "1023 bytes" },
		{ 1024, "1 KiB" },
		{ 1536, "1.5 KiB" },
		{ 642252800, "612.5 MiB" },
		{ 512 << 20, "512 MiB" },
		{ (1 << 20) - 1, "1 MiB" },
		{ (1 << 20) - 1024, "1023 KiB" },
		{ UINT64_C(6) << 30, "6 GiB" },
		{ UINT64_C(1) << 40, "1 TiB" },
		{ UINT64_C(1) << 50, "1 PiB" },
		{ UINT64_C(1) << 60, "1 EiB" },
		{ UINT64_MAX, "16 EiB" },
		{ UINT64_MAX / 2, "8 EiB" },
		{ (UINT64_C(1) << 50) - 1, "1 PiB" },
	};
	char buf[24];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_STR(number_size_words(cases[i].bytes, buf), cases[i].words);
}

TEST(int_within)
{
	static const char *const bad[] = { "",	 " 5",	"5 ",
					   "+",	 "0x5", "4",
					   "20", "-5",	"99999999999999999999" };
	int value = 0;

	CHECK(number_parse_int("5", 5, 19, &value) && value == 5);
	CHECK(number_parse_int("+19", 5, 19, &value) && value == 19);
	CHECK(number_parse_int("-100", -100, 19, &value) && value == -100);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!number_parse_int(bad[i], 5, 19, &value) && value == -100);
}

TEST_MAIN
