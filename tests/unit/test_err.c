/* SPDX-License-Identifier: GPL-2.0-only */
#include "test.h"

TEST(set_formats)
{
	struct err e;

	CHECK(!err_set(&e, "segment %d of %s", 3, "vmlinux"));
	CHECK_STR(e.text, "segment 3 of vmlinux");
	CHECK_FAILS(err_set(&e, "%s", ""), &e, "");
}

TEST(sys_says_the_words)
{
	struct err e;

	CHECK_FAILS(err_sys(&e, ENOENT, "open %s", "/x"), &e, "open /x: No such file or directory");
	CHECK_FAILS(err_sys(&e, 12345, "x"), &e, "x: Unknown error 12345");
}

TEST(prefix_and_append)
{
	struct err e;

	err_set(&e, "offset beyond end of file");
	err_prefix(&e, "program header %d", 3);
	CHECK(!err_prefix(&e, "%s", "dump.elf"));
	CHECK(!err_append(&e, " (%d bytes)", 7));
	CHECK_STR(e.text, "dump.elf: program header 3: offset beyond end of file (7 bytes)");
}

TEST(arguments_may_be_the_old_text)
{
	struct err e;

	err_set(&e, "one");
	err_set(&e, "<%s>", e.text);
	CHECK_STR(e.text, "<one>");
	err_prefix(&e, "{%s}", e.text);
	CHECK_STR(e.text, "{<one>}: <one>");
	err_append(&e, "+%s", e.text);
	CHECK_STR(e.text, "{<one>}: <one>+{<one>}: <one>");
}

TEST(too_long_is_cut)
{
	char big[3 * ERR_TEXT_SIZE];
	struct err e;

	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';

	err_set(&e, "%s", big);
	CHECK_EQ_U64(strlen(e.text), ERR_TEXT_SIZE - 1);
	CHECK_STR(e.text + ERR_TEXT_SIZE - 5, "a...");

	err_set(&e, "%.*s", ERR_TEXT_SIZE - 1, big);
	CHECK_EQ_U64(strlen(e.text), ERR_TEXT_SIZE - 1);
	CHECK_STR(e.text + ERR_TEXT_SIZE - 5, "aaaa");
	err_append(&e, "b");
	CHECK_STR(e.text + ERR_TEXT_SIZE - 5, "a...");

	err_set(&e, "end");
	err_prefix(&e, "%s", big);
	CHECK_STR(e.text + ERR_TEXT_SIZE - 5, "a...");
	err_sys(&e, ENOMEM, "%s", big);
	CHECK_STR(e.text + ERR_TEXT_SIZE - 5, "a...");
}

TEST(stays_one_printable_line)
{
	struct err e;

	err_set(&e, "open %s", "a\nb\x1b[2J\x7f");
	CHECK_STR(e.text, "open a?b?[2J?");
	err_set(&e, "%s", "Gr\xc3\xbc\xc3\x9f");
	CHECK_STR(e.text, "Gr\xc3\xbc\xc3\x9f");
	err_set(&e, "%s",
		"a\x9b"
		"2Jb\xc2\x9b"
		"c\xc3");
	CHECK_STR(e.text, "a?2Jb??c?");
}

TEST_MAIN
