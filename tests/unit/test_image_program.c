/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>

#include "image_program.h"
#include "test.h"

static struct err e;

static struct {
	Elf32_Ehdr h;
	Elf32_Phdr p[2];
	uint8_t text[64];
} file;

static void good(void)
{
	memset(&file, 0, sizeof(file));
	file.h = (Elf32_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_entry = 0x3000010,
		.e_phoff = sizeof(file.h),
		.e_phentsize = sizeof(file.p[0]),
		.e_phnum = 2,
	};
	file.p[0] = (Elf32_Phdr){
		.p_type = PT_LOAD,
		.p_offset = offsetof(typeof(file), text),
		.p_paddr = 0x3000000,
		.p_filesz = sizeof(file.text),
		.p_memsz = 0x2000,
	};
	file.p[1] = (Elf32_Phdr){ .p_type = PT_GNU_STACK };
}

static bool parse(struct image_program *p)
{
	return image_program_parse(p, (struct bytes){ (uint8_t *)&file, sizeof(file) }, &e);
}

static void refused(const char *pattern)
{
	struct image_program p;

	CHECK_FAILS(parse(&p), &e, pattern);
	good();
}

TEST(an_elf_program)
{
	struct image_program p;

	good();
	CHECK(parse(&p));
	CHECK(!p.is_flat);
	CHECK_EQ_U64(p.entry, 0x3000010);
	CHECK_EQ_U64(p.load_count, 1);
	CHECK_EQ_U64(p.loads[0].paddr, 0x3000000);
	CHECK_EQ_U64(p.loads[0].memsz, 0x2000);
	CHECK(p.loads[0].data.data == file.text && p.loads[0].data.size == sizeof(file.text));
}

TEST(a_flat_program)
{
	static const uint8_t code[] = { 0xc3 };
	static uint8_t kernel[1024];
	struct image_program p;

	CHECK(image_program_parse(&p, (struct bytes){ code, sizeof(code) }, &e));
	CHECK(p.is_flat);
	CHECK_EQ_U64(p.loads[0].memsz, 1);
	memcpy(kernel + 0x202, "HdrS", 4);
	CHECK_FAILS(image_program_parse(&p, (struct bytes){ kernel, sizeof(kernel) }, &e), &e,
		    "a Linux kernel, *");
}

TEST(what_is_no_program)
{
	good();
	file.h.e_ident[EI_CLASS] = ELFCLASS64;
	refused("a 64-bit program; *");
	file.h.e_machine = EM_ARM;
	refused("an ELF file, but not one for i386");
	file.h.e_type = ET_DYN;
	refused("an ELF file of type 3; *");
	file.h.e_phentsize = 31;
	refused("its program headers have 31 bytes instead of 32");
	file.h.e_phnum = 200;
	refused("its program headers go beyond the end of the file");
	file.h.e_entry = 0x3002000;
	refused("its entry 0x3002000 is in nothing that is loaded");
	file.p[0].p_memsz = 63;
	refused("*more bytes in the file than in memory");
	file.p[0].p_offset = sizeof(file) - 63;
	refused("a program header goes beyond the end of the file");
	file.p[0].p_paddr = 0xfffff000;
	refused("a program header goes beyond 4 GiB");
	file.p[1] = file.p[0];
	file.p[1].p_paddr = 0x5000000;
	refused("it reaches from 0x3000000 to 0x5001fff, more than 16 MiB");
	file.h.e_phnum = 0;
	refused("its entry *");
}

TEST_MAIN
