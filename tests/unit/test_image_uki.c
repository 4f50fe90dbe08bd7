/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "image_uki.h"
#include "made.h"

static struct image_uki uki;
static struct err e;

static enum probe probe(const char *words, uint64_t profile)
{
	return image_uki_probe(&uki, made("mkuki", words), profile, &e);
}

static void check_part(struct bytes part, const char *text)
{
	CHECK(part.size == strlen(text) && !memcmp(part.data, text, part.size));
}

static void check_cmdline(const char *text)
{
	char *line = image_uki_cmdline(&uki);

	if (CHECK(line != NULL))
		CHECK_STR(line, text);
	free(line);
}

TEST(all_parts)
{
	CHECK(probe("sbat=x linux=kernel initrd=disk ucode=code dtb=tree cmdline='a=b c' uname=1",
		    0) == PROBE_MINE);
	check_part(uki.kernel, "kernel");
	check_part(uki.initrd, "disk");
	check_part(uki.ucode, "code");
	check_part(uki.dtb, "tree");
	check_cmdline("a=b c");
	CHECK(probe("machine=0x14c linux=kernel", 0) == PROBE_MINE && !uki.initrd.size);
	check_cmdline("");
	CHECK(probe("linux=kernel cmdline='a\n b\n\n'", 0) == PROBE_MINE);
	check_cmdline("a  b");
}

TEST(profiles)
{
	static const char words[] =
		"linux=kernel cmdline=zero initrd=disk profile=ID=a "
		"profile=ID=b cmdline=one profile=ID=c initrd=other cmdline=two";

	CHECK(probe(words, 0) == PROBE_MINE);
	check_cmdline("zero");
	check_part(uki.initrd, "disk");
	CHECK(probe(words, 1) == PROBE_MINE);
	check_cmdline("one");
	check_part(uki.initrd, "disk");
	CHECK(probe(words, 2) == PROBE_MINE);
	check_cmdline("two");
	check_part(uki.initrd, "other");
	CHECK(probe(words, 3) == PROBE_ERROR);
	CHECK_STR(e.text, "--uki-profile=3: it has 3 profiles");
	CHECK(probe("linux=kernel", 1) == PROBE_ERROR);
	CHECK_STR(e.text, "--uki-profile=1: it has 0 profiles");
	CHECK(probe("profile=a profile=b linux=kernel", 0) == PROBE_ERROR);
	CHECK_STR(e.text, "its section .linux is empty, or another profile's");
	CHECK(probe("profile=a profile=b linux=kernel", 1) == PROBE_MINE);
}

TEST(what_is_none_or_damaged)
{
	CHECK(probe("text=x cmdline=y", 0) == PROBE_NOT_MINE);
	CHECK(probe("linux=kernel size=64", 0) == PROBE_NOT_MINE);
	CHECK(image_uki_probe(&uki, (struct bytes){ (const uint8_t *)"MZ", 2 }, 0, &e) ==
	      PROBE_NOT_MINE);
	CHECK(probe("machine=0xaa64 linux=kernel", 0) == PROBE_ERROR);
	CHECK_MATCH(e.text, "a unified kernel image for machine 0xaa64: *");
	CHECK(probe("linux=kernel initrd=disk size=1024", 0) == PROBE_ERROR);
	CHECK_MATCH(e.text, "its section .initrd goes beyond the end of the file*");
	CHECK(probe("linux=kernel raw=0", 0) == PROBE_ERROR);
	CHECK_MATCH(e.text, "its section .linux is empty*");
	CHECK(probe("linux=kernel raw=3", 0) == PROBE_MINE);
	check_part(uki.kernel, "ker");
}

TEST_MAIN
