/* SPDX-License-Identifier: GPL-2.0-only */
#include "image_multiboot.h"
#include "elf_kernel.h"
#include "multiboot.h"
#include "x86.h"

static struct image_multiboot m;
static struct err e;

static enum probe probe(unsigned version, const char *words)
{
	return image_multiboot_probe(&m, elf_kernel(words), version, &e);
}

static bool is_taken(unsigned version, const char *words)
{
	bool taken = probe(version, words) == PROBE_MINE;

	if (!taken)
		printf("%s: %s\n", words, e.text);
	return taken;
}

static void refused(unsigned version, const char *words, const char *reason)
{
	CHECK(probe(version, words) == PROBE_ERROR);
	CHECK_MATCH(e.text, reason);
}

TEST(version_1)
{
	if (!CHECK(is_taken(1, "kind=elf32 mb1=0x3")))
		return;
	CHECK_EQ_U64(m.version, 1);
	CHECK_EQ_U64(m.elf.bits, 32);
	CHECK_EQ_U64(m.elf.entry, 0x100000);
	CHECK(!m.wants_screen && !m.takes_screen && !m.places.last);
	CHECK(is_taken(1, "kind=elf mb1=0x7") && m.wants_screen && m.elf.bits == 64);
	CHECK(probe(1, "kind=elf32 mb2=") == PROBE_NOT_MINE);
	CHECK(probe(1, "kind=elf32 mb1=0x3 mb1_at=0x1ff4") == PROBE_MINE);
	CHECK(probe(1, "kind=elf32 mb1=0x3 mb1_at=0x1ff8") == PROBE_NOT_MINE);
	CHECK(probe(1, "kind=elf32 mb1=0x3 mb1_at=0x1002") == PROBE_NOT_MINE);
}

TEST(version_1_with_addresses)
{
	/* No ELF file: magic number, flags, checksum, header, load, load end, bss end, entry. */
	if (!CHECK(is_taken(1, "kind=elf32 byte@0=0 mb1=0x10003 mb1_at=0x100 "
			       "addresses=0x200100,0x200080,0x200480,0x202000,0x200180")))
		return;
	CHECK_EQ_U64(m.elf.load_count, 1);
	CHECK_EQ_U64(m.elf.loads[0].paddr, 0x200080);
	CHECK_EQ_U64(m.elf.loads[0].memsz, 0x1f80);
	CHECK_EQ_U64(m.elf.loads[0].data.size, 0x400);
	CHECK(m.elf.loads[0].data.data == m.elf.file.data + 0x80);
	CHECK_EQ_U64(m.elf.entry, 0x200180);
	/* Up to the end of the file, without bss. */
	if (CHECK(is_taken(1, "kind=elf32 byte@0=0 mb1=0x10003 mb1_at=0x100 size=0x1000 "
			      "addresses=0x200100,0x200080,0,0,0x200180"))) {
		CHECK_EQ_U64(m.elf.loads[0].data.size, 0xf80);
		CHECK_EQ_U64(m.elf.loads[0].memsz, 0xf80);
	}
	CHECK(probe(1, "kind=elf32 byte@0=0 mb1=3") == PROBE_NOT_MINE);
}

TEST(version_2)
{
	if (!CHECK(is_taken(2, "kind=elf32 mb2=")))
		return;
	CHECK_EQ_U64(m.version, 2);
	CHECK(!m.wants_screen && !m.takes_screen && !m.places.last);
	/* Requests, the alignment of modules, a screen, places, EFI's ways: as Xen has them. */
	if (!CHECK(is_taken(2, "kind=elf32 mb2=1:0:4:6,6:0,5:1:0:0:0,7:1,9:1:0x100000,"
			       "10:1:0x200000:0xffffffff:0x200000:2,4:1:2")))
		return;
	CHECK(m.takes_screen && !m.wants_screen);
	CHECK_EQ_U64(m.places.start, 0x200000);
	CHECK_EQ_U64(m.places.last, 0xffffffff);
	CHECK_EQ_U64(m.elf.align, 2 * MIB);
	CHECK(is_taken(2, "kind=elf32 mb2=3:0:0x100010,5:0:0:0:0") && m.wants_screen);
	CHECK_EQ_U64(m.elf.entry, 0x100010);
	/* Optional ones may be anything. */
	CHECK(is_taken(2, "kind=elf32 mb2=77:1:1:2,1:1:15:17"));
	CHECK(is_taken(2, "kind=elf32 byte@0=0 mb2=2:0:0x200100:0x200080:0x200480:0,3:0:0x200180 "
			  "mb2_at=0x100"));
	CHECK_EQ_U64(m.elf.loads[0].data.size, 0x400);
}

TEST(refused_by_name)
{
	refused(1, "kind=elf32 mb1=0x13", "*wants what no loader is known to have (flags 0x13)");
	refused(1, "kind=elf32 mb1=0x10003 mb1_at=0x1000 size=0x1010", "*ends in its header");
	refused(1, "kind=elf32 mb1=3 machine=arm64", "an ELF file for ARM64*");
	refused(1, "kind=elf mb1=3 p0.paddr=0x100000000 p0.vaddr=0x100000000 entry=0x100000000",
		"it reaches beyond 4 GiB, *");
	refused(1, "kind=elf32 mb1=0x10003 mb1_at=0x100 addresses=0x200000,0x200080,0,0,0",
		"its multiboot header is before what it loads");
	refused(1, "kind=elf32 mb1=0x10003 mb1_at=0x100 addresses=0x200200,0x200080,0,0,0",
		"its multiboot header is before what it loads");
	refused(1, "kind=elf32 mb1=0x10003 mb1_at=0x100 addresses=0x200100,0x200080,0x300000,0,0",
		"its multiboot header loads to 0x300000, beyond the end of the file*");
	refused(1, "kind=elf32 mb1=0x10003 mb1_at=0x100 addresses=0x200100,0x200080,0x200180,0,1",
		"its entry 0x1 is in nothing that is loaded");
	refused(2, "kind=elf32 mb2= architecture=4", "a multiboot 2 kernel of architecture 4: *");
	refused(2, "kind=elf32 mb2=1:0:12", "*wants information of type 12, *");
	refused(2, "kind=elf32 mb2=20:0", "*wants what no loader is known to have (tag 20)");
	refused(2, "kind=elf32 mb2=3:0", "its multiboot header has a tag (3) that is cut short");
	refused(2, "kind=elf32 mb2=3:0:1", "its entry 0x1 is in nothing that is loaded");
	refused(2, "kind=elf32 mb2=10:1:9:8:4096:0", "its multiboot header wants it between *");
	refused(2, "kind=elf32 mb2=10:1:0:9:3:0", "its multiboot header wants it between *");
	refused(2, "kind=elf32 mb2= mb2_length=0x100000", "*ends in its header");
}

TEST_MAIN
