/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmdline.h"
#include "crash.h"
#include "elf_widen.h"
#include "purgatory.h"
#include "sides.h"

static struct side s;
static struct crash c;

static bool open_crash(const char *name)
{
	if (!open_side(&s, name) || !CHECK(crash_kernel_read(&s.host.crash, host_root(name), &s.e)))
		return false;
	s.image.can_be_above_4g = s.image.has_64bit_entry;
	return true;
}

static bool prepare_crash(void)
{
	plan_deinit(&s.plan);
	c = (struct crash){
		.plan = &s.plan,
		.host = &s.host,
		.kernel = &s.kernel,
		.request = &s.request,
		.image = &s.image,
	};
	return begin_on(&s.plan, PLAN_LOAD_CRASH, &s.host) && crash_prepare(&c, &s.cmdline, &s.e);
}

static bool prepared_crash(const char *name)
{
	if (!open_crash(name))
		return false;
	if (CHECK(prepare_crash()))
		return true;
	printf("%s: %s\n", name, s.e.text);
	return false;
}

static void close_crash(void)
{
	close_side(&s);
}

/* ---- What the crash kernel reads ---- */

/* A program header, ELF32 or ELF64. */
static Elf64_Phdr header(unsigned i)
{
	const uint8_t *at = plan_find(&s.plan, "elfcorehdr")->data.data;
	Elf64_Phdr wide;
	Elf32_Phdr p;

	if (at[EI_CLASS] == ELFCLASS64) {
		memcpy(&wide, at + sizeof(Elf64_Ehdr) + i * sizeof(wide), sizeof(wide));
		return wide;
	}
	memcpy(&p, at + sizeof(Elf32_Ehdr) + i * sizeof(p), sizeof(p));
	return elf_widen_phdr(&p);
}

static unsigned header_count(uint8_t class)
{
	const uint8_t *at = plan_find(&s.plan, "elfcorehdr")->data.data;
	Elf64_Ehdr wide;
	Elf32_Ehdr narrow;

	memcpy(&wide, at, sizeof(wide));
	memcpy(&narrow, at, sizeof(narrow));
	CHECK_EQ_U64(at[EI_CLASS], class);
	return class == ELFCLASS64 ? wide.e_phnum : narrow.e_phnum;
}

static void check_note(unsigned i, uint64_t paddr, uint64_t size)
{
	Elf64_Phdr p = header(i);

	CHECK_EQ_U64(p.p_type, PT_NOTE);
	CHECK_EQ_U64(p.p_offset, paddr);
	CHECK_EQ_U64(p.p_memsz, size);
	CHECK_EQ_U64(p.p_filesz, size);
}

static void check_load(unsigned i, uint64_t start, uint64_t last, uint64_t vaddr)
{
	Elf64_Phdr p = header(i);

	CHECK_EQ_U64(p.p_type, PT_LOAD);
	CHECK_EQ_U64(p.p_offset, start);
	CHECK_EQ_U64(p.p_paddr, start);
	CHECK_EQ_U64(p.p_filesz, last - start + 1);
	CHECK_EQ_U64(p.p_memsz, last - start + 1);
	CHECK_EQ_U64(p.p_vaddr, vaddr);
}

/* Low RAM, which the purgatory keeps at @at. */
static void check_low(unsigned i, uint64_t at)
{
	Elf64_Phdr p = header(i);

	CHECK_EQ_U64(p.p_type, PT_LOAD);
	CHECK_EQ_U64(p.p_paddr, 0x1000);
	CHECK_EQ_U64(p.p_offset, at);
	CHECK_EQ_U64(p.p_filesz, 0x9e000);
	CHECK_EQ_U64(p.p_memsz, 0x9e000);
	CHECK_EQ_U64(p.p_vaddr - header(i + 1).p_vaddr, 0x1000 - header(i + 1).p_paddr);
	CHECK_EQ_U64(s.plan.backup.start, at);
	CHECK_EQ_U64(plan_find(&s.plan, "low RAM's copy")->paddr, at);
}

TEST(x86_64_headers)
{
	const uint64_t direct = 0xffff891140000000;

	if (!prepared_crash("x86_64-crash"))
		return;
	CHECK_EQ_U64(header_count(ELFCLASS64), 7);
	check_note(0, 0x1ec1d000, 368);
	check_note(1, 0x1ec5d000, 368);
	check_note(2, 0x2d0b000, 0x1024);
	check_load(3, 0x13000000, 0x141fffff, 0xffffffff9a000000);
	check_low(4, 0xdf62000);
	check_load(5, 0x100000, 0x3ffffff, header(5).p_vaddr);
	check_load(6, 0xe000000, 0x1ffdffff, header(5).p_vaddr - 0x100000 + 0xe000000);
	CHECK(header(5).p_vaddr > direct - (1ull << 46));
	CHECK(c.has_text);
	close_crash();
}

TEST(i386_headers)
{
	if (!prepared_crash("i386-crash"))
		return;
	CHECK_EQ_U64(header_count(ELFCLASS32), 6);
	check_note(0, 0x1f3c1000, 180);
	check_note(2, 0x1d0c000, 0x1024);
	check_low(3, 0x1af62000);
	check_load(4, 0x100000, 0x10ffffff, 0xc0100000);
	check_load(5, 0x1b000000, 0x1ffdffff, 0xdb000000);

	s.request.core_headers = CORE_ELF64;
	CHECK(prepare_crash());
	CHECK_EQ_U64(header_count(ELFCLASS64), 6);

	/* What the kernel itself makes of them later is ELF64. */
	s.request = (struct request){ .mem_max = UINT64_MAX, .hotplug = true };
	s.host.crash.elfcorehdr_size = 8192;
	CHECK(prepare_crash());
	CHECK_EQ_U64(header_count(ELFCLASS64), 6);
	s.request.core_headers = CORE_ELF32;
	CHECK(prepare_crash());
	CHECK_EQ_U64(header_count(ELFCLASS32), 6);

	/* An x86_64 crash kernel takes no ELF32. */
	s.image.has_64bit_entry = true;
	CHECK_FAILS(prepare_crash(), &s.e, "--elf32-core-headers is for two i386 kernels: *");
	close_crash();
}

TEST(broken_pages_are_neither_dumped_nor_used)
{
	if (!open_crash("x86_64-crash"))
		return;
	CHECK(ranges_add(&s.host.broken, (struct range){ 0x200000, 0x200fff }));
	CHECK(ranges_add(&s.host.broken, (struct range){ 0xdfff000, 0xdffffff }));
	CHECK(ranges_add(&s.host.broken, (struct range){ 0x20000, 0x20fff }));
	if (CHECK(prepare_crash())) {
		check_load(6, 0x100000, 0x1fffff, header(6).p_vaddr);
		check_load(7, 0x201000, 0x3ffffff, header(6).p_vaddr + 0x101000);
		CHECK_EQ_U64(s.plan.backup.last, 0xdffefff);
		CHECK_EQ_U64(s.plan.low.start, 0x21000);
		check_load(5, 0x1000, 0x1ffff, header(6).p_vaddr - 0xff000);
	}
	close_crash();
}

/* Firmware may have cut it in two: the smaller piece stays what it is, and is dumped from there. */
TEST(low_memory_in_pieces)
{
	struct ranges usable = {};
	const struct range hole = { 0x20000, 0x20fff };

	if (!open_crash("x86_64-crash"))
		return;
	CHECK(memmap_set(&s.host.iomem.map, hole, MEM_RESERVED));
	CHECK(ranges_remove(&s.host.iomem.own, hole));
	if (CHECK(prepare_crash())) {
		CHECK_EQ_U64(s.plan.low.start, 0x21000);
		CHECK_EQ_U64(s.plan.low.last, 0x9efff);
		CHECK_EQ_U64(range_size(s.plan.backup), 0x7e000);
		CHECK_EQ_U64(header(4).p_paddr, 0x21000);
		check_load(5, 0x1000, 0x1ffff, header(6).p_vaddr - 0xff000);
		CHECK(memmap_ranges(&s.plan.next, MEM_RAM, &usable));
		CHECK_EQ_U64(usable.at[0].start, 0x21000);
	}
	ranges_deinit(&usable);
	close_crash();
}

/* ---- Its memory ---- */

static void check_usable(struct ranges *usable, uint64_t start, uint64_t last)
{
	struct range r = { start, last };

	CHECK(ranges_contain(usable, r));
	CHECK(ranges_remove(usable, r));
}

/* The one further up is written; the lower one and what is the contiguous allocator's are RAM. */
TEST(two_regions_and_contiguous_memory)
{
	struct ranges usable = {};

	if (!prepared_crash("x86_64-crash-high"))
		return;
	CHECK_EQ_U64(s.plan.confined.start, 0x128000000);
	CHECK_EQ_U64(s.plan.confined.last, 0x137ffffff);
	CHECK_EQ_U64(s.plan.backup.last, 0x137ffffff);
	CHECK_EQ_U64(s.plan.headers.last + 1, s.plan.backup.start);
	CHECK(memmap_ranges(&s.plan.next, MEM_RAM, &usable));
	check_usable(&usable, 0x1000, 0x9efff);
	check_usable(&usable, 0xa8000000, 0xb7ffffff);
	check_usable(&usable, 0x128000000, s.plan.headers.start - 1);
	check_usable(&usable, 0x180000000, 0x18fffffff);
	CHECK_EQ_U64(usable.count, 0);
	CHECK_EQ_U64(header_count(ELFCLASS64), 10);
	check_load(5, 0x100000, 0xa7ffffff, header(5).p_vaddr);
	check_load(6, 0xb8000000, 0xbffdffff, header(5).p_vaddr + 0xb7f00000);
	check_load(7, 0x100000000, 0x127ffffff, header(5).p_vaddr + 0xfff00000);
	check_load(8, 0x138000000, 0x17fffffff, header(5).p_vaddr + 0x137f00000);
	check_load(9, 0x190000000, 0x1bfffffff, header(5).p_vaddr + 0x18ff00000);
	s.image.can_be_above_4g = false;
	CHECK_FAILS(prepare_crash(), &s.e,
		    "the memory reserved for a crash kernel begins at 0x128000000, and this "
		    "kernel must be below 4 GiB: boot with crashkernel=SIZE without \",high\"");
	ranges_deinit(&usable);
	close_crash();
}

TEST(bounds)
{
	if (!open_crash("x86_64-crash"))
		return;
	s.request.mem_max = 0x8ffffff;
	if (CHECK(prepare_crash()))
		CHECK_EQ_U64(s.plan.backup.last, 0x8ffffff);
	s.request.mem_max = 0x3ffffff;
	CHECK_FAILS(prepare_crash(), &s.e,
		    "--mem-min and --mem-max leave nothing of the memory reserved for a crash "
		    "kernel, 0x4000000-0xdffffff");
	close_crash();
}

TEST(what_is_missing)
{
	if (!open_crash("x86_64-512m"))
		return;
	CHECK_FAILS(crash_check(&s.host, &s.e), &s.e,
		    "no memory is reserved for a crash kernel: *");
	close_crash();
	if (!open_crash("x86_64-crash"))
		return;
	CHECK(crash_check(&s.host, &s.e));
	crash_kernel_deinit(&s.host.crash);
	CHECK_FAILS(prepare_crash(), &s.e, "this kernel keeps no notes for a crash *");
	close_crash();
}

/* What is said to be memory, and is none, is neither used nor dumped. */
TEST(memory_that_is_none)
{
	struct ranges usable = {};

	if (!open_crash("x86_64-crash"))
		return;
	CHECK(ranges_add(&s.host.crash.cma, (struct range){ 0x1fff0000, 0x2fffffff }));
	s.host.iomem.has_crash_kernel_low = true;
	s.host.iomem.crash_kernel_low = (struct range){ 0x40000000, 0x4fffffff };
	if (CHECK(prepare_crash())) {
		CHECK(memmap_ranges(&s.plan.next, MEM_RAM, &usable));
		CHECK_EQ_U64(usable.count, 2);
		CHECK_EQ_U64(usable.at[1].start, 0x4000000);
	}
	ranges_deinit(&usable);
	close_crash();
}

/* ---- The command line ---- */

static void check_words(const char *before, const char *pattern)
{
	free(s.cmdline);
	s.cmdline = strdup(before);
	if (CHECK(prepare_crash()))
		CHECK_MATCH(s.cmdline, pattern);
}

TEST(words_on_the_command_line)
{
	if (!open_crash("x86_64-crash"))
		return;
	check_words("elfcorehdr=0x1000 quiet", "quiet elfcorehdr=0xdf61000");
	check_words("quiet -- single", "quiet elfcorehdr=0xdf61000 -- single");
	s.request.pass_memmap = true;
	check_words("", "elfcorehdr=0xdf61000 memmap=exactmap memmap=0x1000$0x0 "
			"memmap=0x9e000@0x1000 memmap=0x1000$0x9f000 memmap=0x3f00000$0x100000 "
			"memmap=0x9f61000@0x4000000 memmap=0x1209f000$0xdf61000 *");
	s.request.pass_memmap = false;
	close_crash();
}

/* ---- The kernel keeps the headers up to date ---- */

TEST(hotplug)
{
	struct err note;

	if (!open_crash("x86_64-crash"))
		return;
	s.request.hotplug = true;
	if (CHECK(prepare_crash())) {
		const struct segment *headers = plan_find(&s.plan, "elfcorehdr");

		CHECK_EQ_U64(headers->memsz, pages(459312 + sizeof(Elf64_Ehdr)));
		CHECK(!headers->digest);
		CHECK_EQ_U64(backend_load_flags(&s.plan), KEXEC_ARCH_X86_64_FLAG |
								  KEXEC_ON_CRASH_FLAG |
								  KEXEC_CRASH_HOTPLUG_FLAG);
		CHECK(!crash_note(&c, CRASH_NO_HOTPLUG, &note));
	}
	s.host.crash.elfcorehdr_size = 0;
	if (CHECK(prepare_crash())) {
		CHECK(plan_find(&s.plan, "elfcorehdr")->digest);
		CHECK_EQ_U64(backend_load_flags(&s.plan),
			     KEXEC_ARCH_X86_64_FLAG | KEXEC_ON_CRASH_FLAG);
		CHECK(crash_note(&c, CRASH_NO_HOTPLUG, &note));
		CHECK_MATCH(note.text, "--hotplug: this kernel does not keep *");
	}
	close_crash();
}

TEST(notes)
{
	struct err note;

	if (!prepared_crash("x86_64-crash"))
		return;
	CHECK(!crash_note(&c, CRASH_NO_HOTPLUG, &note));
	CHECK(!crash_note(&c, CRASH_KEYS_STAY, &note));
	CHECK(!crash_note(&c, CRASH_NO_TEXT, &note));
	s.host.crash.dm_crypt_keys = 1;
	CHECK(crash_note(&c, CRASH_KEYS_STAY, &note));
	CHECK_MATCH(note.text, "the dm-crypt keys *: use -s");
	c.has_text = false;
	CHECK(crash_note(&c, CRASH_NO_TEXT, &note));
	CHECK_MATCH(note.text, "*/proc/kallsyms hides addresses*");
	close_crash();
}

/* ---- The last check ---- */

TEST(nothing_is_written_elsewhere)
{
	struct place outside = { .name = "stray", .memsz = 4096 };

	if (!prepared_crash("x86_64-crash"))
		return;
	CHECK(purgatory_place(&s.plan, &s.e));
	CHECK(plan_check(&s.plan, &s.e));
	if (CHECK(purgatory_seal(&s.plan, &s.request, &s.e))) {
		struct gate_params g;

		memcpy(&g, plan_find(&s.plan, "purgatory")->data.data + GATE_PARAMS, sizeof(g));
		CHECK_EQ_U64(g.backup_from, 0x1000);
		CHECK_EQ_U64(g.backup_to, s.plan.backup.start);
		CHECK_EQ_U64(g.backup_size, 0x9e000);
	}
	CHECK(plan_add_at(&s.plan, &outside, 0xe000000, NULL, &s.e));
	CHECK_FAILS(plan_check(&s.plan, &s.e), &s.e,
		    "stray is not in the memory reserved for a crash kernel; *");
	close_crash();
}

TEST(purgatory_above_4g)
{
	if (!prepared_crash("x86_64-crash-high"))
		return;
	s.plan.entry_bits = 32;
	CHECK_FAILS(purgatory_place(&s.plan, &s.e), &s.e, "no room for the purgatory: *");
	s.plan.entry_bits = 64;
	if (CHECK(purgatory_place(&s.plan, &s.e))) {
		CHECK(s.plan.gate >= 1ull << 32);
		CHECK(purgatory_seal(&s.plan, &s.request, &s.e));
		s.request.console_vga = true;
		CHECK_FAILS(purgatory_seal(&s.plan, &s.request, &s.e), &s.e,
			    "purgatory: --console-vga, --console-fb and --reset-vga do not go with "
			    "a crash kernel above 4 GiB *");
	}
	close_crash();
}

TEST_MAIN
