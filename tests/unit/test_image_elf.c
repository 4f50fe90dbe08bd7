/* SPDX-License-Identifier: GPL-2.0-only */
#include "elf_kernel.h"
#include "vmlinux.h"
#include "x86.h"

static struct image_elf elf;
static struct linux_kernel kernel;
static struct err e;

static bool is_taken(const char *words)
{
	bool taken = elf_probe(&elf, words, &e) == PROBE_MINE;

	if (!taken)
		printf("%s: %s\n", words, e.text);
	return taken;
}

static bool is_linux(const char *words)
{
	return is_taken(words) && vmlinux_find(&kernel, &elf);
}

TEST(a_vmlinux)
{
	if (!CHECK(is_linux("kind=vmlinux")))
		return;
	CHECK_EQ_U64(elf.bits, 64);
	CHECK_EQ_U64(elf.load_count, 4);
	CHECK_EQ_U64(elf.entry, 0x1000000);
	CHECK(!elf.is_dyn && !elf.pvh_entry);
	CHECK_STR(kernel.version, "6.12.0 (test@test) #1");
	CHECK(kernel.has_64bit_entry && !kernel.has_32bit_entry && kernel.relocatable);
	CHECK(kernel.has_efi_kexec && !kernel.has_5level && !kernel.can_be_above_4g);
	CHECK_EQ_U64(kernel.align, 2 * MIB);
	CHECK_EQ_U64(kernel.preferred, 16 * MIB);
	CHECK_EQ_U64(kernel.init_size, 0x502000);
	CHECK_EQ_U64(kernel.protocol, 0x20f);
}

TEST(a_vmlinux_for_i386)
{
	if (!CHECK(is_linux("kind=vmlinux32")))
		return;
	CHECK_EQ_U64(elf.bits, 32);
	CHECK(!kernel.has_64bit_entry && kernel.has_32bit_entry && !kernel.relocatable);
	CHECK(!kernel.has_efi_kexec && !kernel.has_5level);
	CHECK_EQ_U64(kernel.initrd_max, 0x37ffffff);
}

TEST(what_a_release_tells)
{
	CHECK(is_linux("kind=vmlinux release=6.17.0-rc1") && kernel.has_5level);
	CHECK(is_linux("kind=vmlinux release=6.16.400") && !kernel.has_5level);
	CHECK(is_linux("kind=vmlinux text=pgdir_shift") && kernel.has_5level);
	CHECK(is_linux("kind=vmlinux release=3.13") && !kernel.has_efi_kexec);
	CHECK(is_linux("kind=vmlinux release=2.6.18-6") && !kernel.relocatable);
	CHECK_EQ_U64(kernel.protocol, 0x204);
	CHECK_EQ_U64(kernel.cmdline_max, 255);
	/* One that is not aligned as its code wants it. */
	CHECK(is_linux("kind=vmlinux load=0x1010000,0x1000,0x1000") && !kernel.relocatable);
}

TEST(no_linux)
{
	CHECK(is_taken("kind=elf32") && !vmlinux_find(&kernel, &elf));
	CHECK(is_taken("kind=elf") && !vmlinux_find(&kernel, &elf));
	CHECK(is_taken("kind=elf text='Linux version %s'") && !vmlinux_find(&kernel, &elf));
}

TEST(xen_notes)
{
	CHECK(is_taken("kind=vmlinux pvh=0x1000700") && elf.pvh_entry == 0x1000700);
	CHECK(is_taken("kind=elf32 pvh=0x100008") && elf.pvh_entry == 0x100008);
	/* Outside of what is loaded. */
	CHECK(is_taken("kind=vmlinux pvh=0x700") && !elf.pvh_entry);
	CHECK(is_taken("kind=vmlinux pvh=0x1000700 p4.filesz=23") && !elf.pvh_entry);
}

TEST(entries)
{
	/* By its virtual address. */
	CHECK(is_taken("load=0x200000,0x100,0x2000,0x80200000 entry=0x80200010"));
	CHECK_EQ_U64(elf.entry, 0x200010);
	CHECK(is_taken("kind=elf type=dyn entry=0x104fff") && elf.is_dyn);
	CHECK(elf_probe(&elf, "entry=0x105000", &e) == PROBE_ERROR);
	CHECK_MATCH(e.text, "its entry 0x105000 is in nothing that is loaded");
}

TEST(segments_that_share_a_page)
{
	static const uint8_t zeros[0xf00];
	struct elf_piece piece;

	if (!CHECK(is_taken("load=0x300000,0x1000,0x1000 load=0x200f00,0x100,0x400 "
			    "load=0x200100,0x200,0xa00 load=0x201300,0,0x10")))
		return;
	CHECK_EQ_U64(elf.load_count, 4);
	CHECK(image_elf_piece(&elf, 0, &piece, &e));
	CHECK_EQ_U64(piece.load_count, 3);
	CHECK_EQ_U64(piece.pages.start, 0x200000);
	CHECK_EQ_U64(piece.pages.last, 0x201fff);
	CHECK_EQ_U64(piece.data.size, 0x1000);
	CHECK(!memcmp(piece.data.data, zeros, 0x100));
	CHECK(piece.data.data[0x100] == 'C' && piece.data.data[0x2ff] == 'C');
	CHECK(!memcmp(piece.data.data + 0x300, zeros, 0xc00));
	CHECK(piece.data.data[0xf00] == 'B');
	free(piece.owned);
	CHECK(image_elf_piece(&elf, 3, &piece, &e));
	CHECK(!piece.owned && piece.data.size == 0x1000 && piece.load_count == 1);

	/* No copy of any size. */
	if (!CHECK(is_taken("load=0x200800,0x100,0x20000000 load=0x20200800,0x10,0x10")))
		return;
	CHECK_FAILS(image_elf_piece(&elf, 0, &piece, &e), &e,
		    "its segments at 0x200000 and after share pages, and have more than 256 MiB");
}

TEST(refused)
{
	static const struct {
		const char *words, *reason;
	} cases[] = {
		{ "size=20", "an ELF file that ends in its header" },
		{ "machine=arm64", "an ELF file for ARM64: this machine takes*" },
		{ "machine=i386", "a 64-bit ELF file for machine 3: *" },
		{ "kind=elf32 machine=x86_64", "a 32-bit ELF file for machine 62: *" },
		{ "type=rel", "an ELF object, such as a kernel module: *" },
		{ "type=9", "an ELF file of type 9: *" },
		{ "phentsize=55", "its program headers have 55 bytes instead of 56" },
		{ "phoff=0xffffffffffffffff", "its program headers go beyond the end of the file" },
		{ "phnum=2000", "its program headers go beyond the end of the file" },
		{ "phnum=0", "an ELF file with nothing to load" },
		{ "header=interp", "a program for an operating system, not a kernel" },
		{ "header=tls", "a program for an operating system, not a kernel" },
		{ "p0.filesz=0x5001", "program header 0: more bytes in the file than in memory" },
		{ "p0.memsz=0", "program header 0: more bytes in the file than in memory" },
		{ "p0.offset=0x101", "program header 0: goes beyond the end of the file*" },
		{ "p0.paddr=0xfffffffffffff000", "program header 0: goes beyond*address space" },
		{ "kind=elf32 p0.paddr=0xfffff000", "program header 0: goes beyond*address space" },
		{ "load=0x1000,1,0x1000 load=0x1fff,1,1", "its segments of 0x1000 bytes at 0x1000 "
							  "and of 0x1 bytes at 0x1fff overlap" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(elf_probe(&elf, cases[i].words, &e) == PROBE_ERROR);
		CHECK_MATCH(e.text, cases[i].reason);
	}
	CHECK(elf_probe(&elf, "type=core", &e) == PROBE_NOT_MINE);
	CHECK(elf_probe(&elf, "size=3", &e) == PROBE_NOT_MINE);
}

TEST_MAIN
