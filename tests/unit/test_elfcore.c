/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>

#include "elf_bytes.h"
#include "test.h"
#include "vmcoreinfo.h"

/* ---- a core file, built for a test and then damaged ---- */

struct segment {
	uint32_t type;
	uint64_t vaddr, paddr, memsz;
	const void *data;
	size_t size;
};

struct core_file {
	bool is64;
	uint8_t *data;
	size_t size;
	size_t phoff;
	size_t phdr_size;
};

static struct err e;

static void put(struct core_file *f, size_t offset, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		f->data[offset + i] = value >> (8 * i);
}

static void put_ehdr(struct core_file *f, size_t count)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 0, ELFDATA2LSB, EV_CURRENT };

	memcpy(f->data, ident, sizeof(ident));
	f->data[EI_CLASS] = f->is64 ? ELFCLASS64 : ELFCLASS32;
	put(f, 16, 2, ET_CORE);
	put(f, 18, 2, f->is64 ? EM_X86_64 : EM_386);
	put(f, 20, 4, EV_CURRENT);
	if (f->is64) {
		put(f, 24, 8, 0x123456789a);
		put(f, 32, 8, f->phoff);
		put(f, 52, 2, 64);
		put(f, 54, 2, 56);
		put(f, 56, 2, count);
	} else {
		put(f, 24, 4, 0x12345678);
		put(f, 28, 4, f->phoff);
		put(f, 40, 2, 52);
		put(f, 42, 2, 32);
		put(f, 44, 2, count);
	}
}

/* Offsets of the fields of a program header, for 32 and 64 bit. */
enum phdr_field { P_TYPE, P_FLAGS, P_OFFSET, P_VADDR, P_PADDR, P_FILESZ, P_MEMSZ };
static const uint8_t phdr_at[2][7] = { { 0, 24, 4, 8, 12, 16, 20 }, { 0, 4, 8, 16, 24, 32, 40 } };

static void put_phdr(struct core_file *f, size_t index, enum phdr_field field, uint64_t value)
{
	bool word = field == P_TYPE || field == P_FLAGS || !f->is64;

	put(f, f->phoff + index * f->phdr_size + phdr_at[f->is64][field], word ? 4 : 8, value);
}

static struct core_file make(bool is64, const struct segment *segments, size_t count)
{
	struct core_file f = { .is64 = is64, .phoff = is64 ? 64 : 52, .phdr_size = is64 ? 56 : 32 };
	size_t at = f.phoff + count * f.phdr_size;

	f.size = at;
	for (size_t i = 0; i < count; i++)
		f.size += segments[i].size;
	f.data = calloc(1, f.size);
	if (!f.data)
		abort();
	put_ehdr(&f, count);
	for (size_t i = 0; i < count; i++) {
		const struct segment *s = &segments[i];

		put_phdr(&f, i, P_TYPE, s->type);
		put_phdr(&f, i, P_FLAGS, PF_R | PF_W);
		put_phdr(&f, i, P_OFFSET, at);
		put_phdr(&f, i, P_VADDR, s->vaddr);
		put_phdr(&f, i, P_PADDR, s->paddr);
		put_phdr(&f, i, P_FILESZ, s->size);
		put_phdr(&f, i, P_MEMSZ, s->memsz);
		if (s->size)
			memcpy(f.data + at, s->data, s->size);
		at += s->size;
	}
	return f;
}

static bool parse(struct elfcore *core, const struct core_file *f)
{
	return elfcore_of_bytes(core, (struct bytes){ f->data, f->size }, &e);
}

static bool parses(const struct core_file *f)
{
	struct elfcore core;

	if (!parse(&core, f))
		return false;
	elfcore_deinit(&core);
	return true;
}

#define VMCOREINFO_TEXT \
	"OSRELEASE=6.12.117\n" \
	"SYMBOL(init_top_pgt)=ffffffff9ac15000\n" \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n" \
	"NUMBER(sme_mask)=0\n" \
	"EMPTY=\n"

static const char cpu_note[] = "\x05\0\0\0"
			       "\x04\0\0\0"
			       "\x01\0\0\0"
			       "CORE\0\0\0\0"
			       "ABCD";
static const char info_note[] = "\x0b\0\0\0"
				"\x08\0\0\0"
				"\0\0\0\0"
				"VMCOREINFO\0\0"
				"A=1\nB=2\n";

#define NOTE(text) \
	{ \
		.type = PT_NOTE, .data = text, .size = sizeof(text) - 1 \
	}
#define LOAD(virtual, physical, bytes) \
	{ \
		.type = PT_LOAD, .vaddr = virtual, .paddr = physical, .memsz = 0x1000, \
		.data = bytes, .size = sizeof(bytes) - 1 \
	}

static const struct segment usual[] = {
	NOTE(cpu_note),
	NOTE(info_note),
	LOAD(0xc0001000, 0x1000, "first"),
	LOAD(0xc0100000, 0x100000, "second one"),
};

#define USUAL_COUNT (sizeof(usual) / sizeof(usual[0]))

/* ---- well-formed cores ---- */

TEST(usual_core)
{
	for (int is64 = 0; is64 < 2; is64++) {
		struct core_file f = make(is64, usual, USUAL_COUNT);
		struct elfcore core;
		struct bytes desc;

		if (!CHECK(parse(&core, &f)))
			return;
		CHECK_EQ_U64(core.is64, is64);
		CHECK_EQ_U64(core.machine, is64 ? EM_X86_64 : EM_386);
		CHECK_EQ_U64(core.entry, is64 ? 0x123456789a : 0x12345678);
		CHECK_EQ_U64(core.load_count, 2);
		CHECK_EQ_U64(core.loads[0].paddr, 0x1000);
		CHECK_EQ_U64(core.loads[0].vaddr, 0xc0001000);
		CHECK_EQ_U64(core.loads[0].memsz, 0x1000);
		CHECK_EQ_U64(core.loads[0].filesz, 5);
		CHECK_EQ_U64(core.loads[0].flags, PF_R | PF_W);
		CHECK(!memcmp(f.data + core.loads[0].offset, "first", 5));
		CHECK_EQ_U64(core.loads[1].paddr, 0x100000);
		CHECK(!memcmp(f.data + core.loads[1].offset, "second one", 10));
		CHECK_EQ_U64(core.notes_size, sizeof(cpu_note) - 1 + sizeof(info_note) - 1);
		if (CHECK(elfcore_note(&core, "CORE", 1, &desc)))
			CHECK(desc.size == 4 && !memcmp(desc.data, "ABCD", 4));
		if (CHECK(elfcore_note(&core, "VMCOREINFO", 0, &desc)))
			CHECK(desc.size == 8 && !memcmp(desc.data, "A=1\nB=2\n", 8));
		elfcore_deinit(&core);
		elfcore_deinit(&core);
		free(f.data);
	}
}

/* What kexec gives a crash kernel of an i386 kernel by default. */
TEST(elf64_of_i386)
{
	struct core_file f = make(true, usual, USUAL_COUNT);
	struct elfcore core;

	put(&f, 18, 2, EM_386);
	if (!CHECK(parse(&core, &f)))
		return;
	CHECK_EQ_U64(core.machine, EM_386);
	CHECK(core.is64);
	elfcore_deinit(&core);
	free(f.data);
}

/* kcore's vmalloc area: no physical address; and the uppermost page of the address space. */
TEST(kcore_addresses)
{
	static const struct segment segments[] = {
		LOAD(0xffffc90000000000, UINT64_MAX, ""),
		LOAD(0xfffffffffffff000, 0xfffffffffffff000, ""),
		LOAD(0, 0, ""),
	};
	struct core_file f = make(true, segments, 3);
	struct elfcore core;

	if (!CHECK(parse(&core, &f)))
		return;
	CHECK_EQ_U64(core.load_count, 3);
	CHECK_EQ_U64(core.loads[0].paddr, UINT64_MAX);
	CHECK_EQ_U64(core.loads[1].vaddr, 0xfffffffffffff000);
	elfcore_deinit(&core);
	free(f.data);
}

TEST(load_without_memory_is_left_out)
{
	struct core_file f = make(true, usual, USUAL_COUNT);
	struct elfcore core;

	put_phdr(&f, 2, P_FILESZ, 0);
	put_phdr(&f, 2, P_MEMSZ, 0);
	if (!CHECK(parse(&core, &f)))
		return;
	CHECK_EQ_U64(core.load_count, 1);
	CHECK_EQ_U64(core.loads[0].paddr, 0x100000);
	elfcore_deinit(&core);
	free(f.data);
}

TEST(other_segments_are_passed_over)
{
	struct core_file f = make(true, usual, USUAL_COUNT);
	struct elfcore core;

	put_phdr(&f, 3, P_TYPE, PT_TLS);
	put_phdr(&f, 3, P_OFFSET, UINT64_MAX);
	if (!CHECK(parse(&core, &f)))
		return;
	CHECK_EQ_U64(core.load_count, 1);
	elfcore_deinit(&core);
	free(f.data);
}

/* ---- each header field, wrong ---- */

static void check_mangled(bool is64, size_t offset, size_t size, uint64_t value,
			  const char *pattern)
{
	struct core_file f = make(is64, usual, USUAL_COUNT);

	put(&f, offset, size, value);
	CHECK_FAILS(parses(&f), &e, pattern);
	free(f.data);
}

TEST(mangled_elf_header)
{
	static const struct {
		size_t at32, at64, size;
		uint64_t value;
		const char *error;
	} cases[] = {
		{ 0, 0, 1, 0, "ELF header: not an ELF file" },
		{ 3, 3, 1, 'f', "ELF header: not an ELF file" },
		{ 4, 4, 1, 0, "ELF header: neither 32 nor 64 bit (class 0)" },
		{ 4, 4, 1, 3, "ELF header: neither 32 nor 64 bit (class 3)" },
		{ 5, 5, 1, ELFDATA2MSB, "ELF header: not little-endian (data encoding 2)" },
		{ 6, 6, 1, 2, "ELF header: ELF version 2 is not known" },
		{ 16, 16, 2, ET_EXEC, "ELF header: not a core file (type 2)" },
		{ 18, 18, 2, EM_AARCH64, "ELF header: neither i386 nor x86_64 (machine 1*" },
		{ 20, 20, 4, 0, "ELF header: ELF version 0 is not known" },
		{ 42, 54, 2, 0, "ELF header: a program header has 0 bytes instead of *" },
		{ 42, 54, 2, 57, "ELF header: a program header has 57 bytes instead of *" },
		{ 44, 56, 2, 0, "no program headers" },
		{ 44, 56, 2, 1000, "program headers: beyond the end of the file" },
		{ 28, 32, 4, 1000, "program headers: beyond the end of the file" },
		{ 28, 32, 4, UINT32_MAX, "program headers: beyond the end of the file" },
		/* PN_XNUM with no section headers */
		{ 44, 56, 2, PN_XNUM, "a section header has 0 bytes instead of *" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_mangled(false, cases[i].at32, cases[i].size, cases[i].value, cases[i].error);
		check_mangled(true, cases[i].at64, cases[i].size, cases[i].value, cases[i].error);
	}
	check_mangled(true, 32, 8, UINT64_MAX, "program headers: beyond the end of the file");
	check_mangled(true, 32, 8, UINT64_MAX - 200, "program headers: beyond the end of the file");
}

/* A core that QEMU's dump-guest-memory made. */
TEST(a_field_that_nobody_needs)
{
	for (int is64 = 0; is64 < 2; is64++) {
		struct core_file f = make(is64, usual, USUAL_COUNT);

		put(&f, is64 ? 52 : 40, 2, 8);
		CHECK(parses(&f));
		free(f.data);
	}
}

TEST(wrong_class_for_the_sizes)
{
	check_mangled(false, 4, 1, ELFCLASS64, "ELF header: *");
	check_mangled(true, 4, 1, ELFCLASS32, "ELF header: *");
}

TEST(mangled_program_header)
{
	static const struct {
		size_t index;
		enum phdr_field field;
		uint64_t value;
		const char *error;
	} cases[] = {
		{ 2, P_FILESZ, 0x1001, "program header 2: *beyond the end of the file" },
		{ 2, P_FILESZ, UINT32_MAX, "program header 2: *beyond the end of the file" },
		{ 2, P_MEMSZ, 4, "program header 2: 0x5 bytes in the file for 0x4 bytes of *" },
		{ 2, P_MEMSZ, 0, "program header 2: 0x5 bytes in the file for 0 bytes of memory" },
		{ 3, P_OFFSET, UINT32_MAX, "program header 3: *beyond the end of the file" },
		{ 1, P_OFFSET, 100000, "program header 1: *beyond the end of the file" },
		{ 1, P_FILESZ, 12, "program header 1: a note goes beyond its segment's end" },
		{ 1, P_FILESZ, 8, "program header 1: a note goes beyond its segment's end" },
		{ 1, P_FILESZ, 31, "program header 1: a note goes beyond its segment's end" },
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct core_file f = make(i % 2, usual, USUAL_COUNT);

		put_phdr(&f, cases[i / 2].index, cases[i / 2].field, cases[i / 2].value);
		CHECK_FAILS(parses(&f), &e, cases[i / 2].error);
		free(f.data);
	}
}

/* Offset and size that wrap around to something inside the file. */
TEST(offset_overflow)
{
	struct core_file f = make(true, usual, USUAL_COUNT);

	put_phdr(&f, 3, P_OFFSET, UINT64_MAX - 3);
	CHECK_FAILS(parses(&f), &e, "program header 3: 0xa bytes at offset 0xfffffffffffffffc *");
	put_phdr(&f, 3, P_OFFSET, 16);
	CHECK(parses(&f));
	put_phdr(&f, 3, P_FILESZ, UINT64_MAX);
	put_phdr(&f, 3, P_MEMSZ, UINT64_MAX);
	CHECK_FAILS(parses(&f), &e, "program header 3: *");
	free(f.data);
}

TEST(truncated)
{
	for (int is64 = 0; is64 < 2; is64++) {
		struct core_file f = make(is64, usual, USUAL_COUNT);

		CHECK(parses(&f));
		while (f.size) {
			uint8_t *exact;

			f.size--;
			exact = malloc(f.size ? f.size : 1);
			if (!exact)
				abort();
			memcpy(exact, f.data, f.size);
			CHECK_FAILS(parses(&(struct core_file){ .data = exact, .size = f.size }),
				    &e, "*beyond the end of the file");
			free(exact);
		}
		free(f.data);
	}
}

/* ---- many program headers ---- */

static struct core_file make_many(bool is64, uint32_t count, size_t shentsize)
{
	struct core_file f = { .is64 = is64, .phoff = is64 ? 64 : 52, .phdr_size = is64 ? 56 : 32 };
	size_t shoff = f.phoff + count * f.phdr_size;

	f.size = shoff + (is64 ? 64 : 40);
	f.data = calloc(1, f.size);
	if (!f.data)
		abort();
	put_ehdr(&f, PN_XNUM);
	put(&f, is64 ? 40 : 32, is64 ? 8 : 4, shoff);
	put(&f, is64 ? 58 : 46, 2, shentsize);
	put(&f, shoff + (is64 ? 44 : 28), 4, count);
	for (uint32_t i = 0; i < count; i++) {
		put_phdr(&f, i, P_TYPE, PT_LOAD);
		put_phdr(&f, i, P_PADDR, i * UINT64_C(4096));
		put_phdr(&f, i, P_MEMSZ, 4096);
	}
	return f;
}

TEST(extended_numbering)
{
	for (int is64 = 0; is64 < 2; is64++) {
		struct core_file f = make_many(is64, 70000, is64 ? 64 : 40);
		struct elfcore core;

		if (!CHECK(parse(&core, &f)))
			return;
		CHECK_EQ_U64(core.load_count, 70000);
		CHECK_EQ_U64(core.loads[69999].paddr, 69999 * 4096);
		elfcore_deinit(&core);
		f.size--;
		CHECK_FAILS(parses(&f), &e, "section header 0: beyond the end of the file");
		free(f.data);

		f = make_many(is64, 70000, 8);
		CHECK_FAILS(parses(&f), &e, "a section header has 8 bytes instead of *");
		free(f.data);
		f = make_many(is64, 100, is64 ? 64 : 40);
		CHECK_FAILS(parses(&f), &e, "section header 0 has 100 as the number of *");
		free(f.data);
	}
}

/* ---- what the headers may cost ---- */

struct endless {
	const struct core_file *head; /* the rest reads as zeros */
	uint64_t largest;
};

static bool read_endless(void *opaque, uint64_t offset, void *to, size_t size, struct err *why)
{
	struct endless *f = opaque;

	(void)why;
	memset(to, 0, size);
	if (offset < f->head->size)
		memcpy(to, f->head->data + offset,
		       f->head->size - offset < size ? f->head->size - offset : size);
	if (size > f->largest)
		f->largest = size;
	return true;
}

TEST(bounded_memory)
{
	struct core_file f = make(true, usual, 2);
	struct endless endless = { .head = &f };
	struct elfcore core;

	put_phdr(&f, 1, P_FILESZ, ELFCORE_HEADERS_MAX);
	CHECK_FAILS(elfcore_read(&core, read_endless, &endless, UINT64_MAX, &e), &e,
		    "program header 1: more than 16 MiB of headers and notes");
	put_phdr(&f, 1, P_FILESZ, UINT64_MAX / 2);
	CHECK_FAILS(elfcore_read(&core, read_endless, &endless, UINT64_MAX, &e), &e,
		    "program header 1: more than 16 MiB of headers and notes");
	CHECK(endless.largest < 4096);
	/* Twice the same 10 MiB: a note and zeros. */
	put_phdr(&f, 0, P_OFFSET, f.size - (sizeof(info_note) - 1));
	put_phdr(&f, 0, P_FILESZ, 10 << 20);
	put_phdr(&f, 1, P_FILESZ, 10 << 20);
	CHECK_FAILS(elfcore_read(&core, read_endless, &endless, UINT64_MAX, &e), &e,
		    "program header 1: more than 16 MiB of headers and notes");
	free(f.data);

	f = make_many(true, 300, 64);
	put(&f, 64 + 300 * 56 + 44, 4, UINT32_MAX);
	endless.largest = 0;
	CHECK_FAILS(elfcore_read(&core, read_endless, &endless, UINT64_MAX, &e), &e,
		    "more than 16 MiB of headers and notes");
	CHECK(endless.largest < 4096);
	free(f.data);
}

static bool read_fails(void *opaque, uint64_t offset, void *to, size_t size, struct err *why)
{
	const struct core_file *f = opaque;

	if (offset + size > f->size)
		return err_set(why, "the cable is loose");
	memcpy(to, f->data + offset, size);
	return true;
}

TEST(read_error_is_told)
{
	struct core_file f = make(true, usual, USUAL_COUNT);
	struct elfcore core;

	f.size = 10;
	CHECK_FAILS(elfcore_read(&core, read_fails, &f, UINT64_MAX, &e), &e,
		    "ELF header: the cable is loose");
	f.size = 64;
	CHECK_FAILS(elfcore_read(&core, read_fails, &f, UINT64_MAX, &e), &e,
		    "program headers: the cable is loose");
	f.size = 64 + 4 * 56;
	CHECK_FAILS(elfcore_read(&core, read_fails, &f, UINT64_MAX, &e), &e,
		    "program header 0: the cable is loose");
	free(f.data);
}

/* ---- notes ---- */

/* Several segments of odd sizes, with the unused ends that the kernel's buffers have. */
TEST(notes_of_several_segments)
{
	static const char with_end[] = "\x05\0\0\0"
				       "\x05\0\0\0"
				       "\x01\0\0\0"
				       "CORE\0\0\0\0"
				       "first\0\0\0"
				       "\x05\0\0\0"
				       "\x01\0\0\0"
				       "\x09\0\0\0"
				       "CORE\0\0\0\0"
				       "9\0\0\0"
				       "\0\0\0\0"
				       "\0\0\0\0"
				       "\0\0\0\0"
				       "\0\0\0\0"
				       "rubbish that is no note";
	static const char unpadded[] = "\x04\0\0\0"
				       "\x03\0\0\0"
				       "\x02\0\0\0"
				       "CORE"
				       "abc";
	static const char no_desc[] = "\x05\0\0\0"
				      "\0\0\0\0"
				      "\x03\0\0\0"
				      "NAME";
	static const struct segment segments[] = {
		NOTE(with_end),
		NOTE(unpadded),
		{ .type = PT_NOTE, .data = no_desc, .size = sizeof(no_desc) },
		NOTE(info_note),
	};
	struct core_file f = make(true, segments, 4);
	struct elfcore core;
	struct bytes desc;

	if (!CHECK(parse(&core, &f)))
		return;
	if (CHECK(elfcore_note(&core, "CORE", 1, &desc)))
		CHECK(desc.size == 5 && !memcmp(desc.data, "first", 5));
	if (CHECK(elfcore_note(&core, "CORE", 9, &desc)))
		CHECK(desc.size == 1 && *desc.data == '9');
	if (CHECK(elfcore_note(&core, "CORE", 2, &desc)))
		CHECK(desc.size == 3 && !memcmp(desc.data, "abc", 4));
	if (CHECK(elfcore_note(&core, "NAME", 3, &desc)))
		CHECK_EQ_U64(desc.size, 0);
	if (CHECK(elfcore_note(&core, "VMCOREINFO", 0, &desc)))
		CHECK_EQ_U64(desc.size, 8);
	CHECK(!elfcore_note(&core, "VMCOREINFO", 1, &desc));
	CHECK(!elfcore_note(&core, "VMCOREINF", 0, &desc));
	CHECK(!elfcore_note(&core, "VMCOREINFO2", 0, &desc));
	CHECK(!elfcore_note(&core, "COR", 1, &desc));
	elfcore_deinit(&core);
	free(f.data);
}

TEST(notes_with_sizes_that_overflow)
{
	static const char huge_name[] = "\xff\xff\xff\xff"
					"\0\0\0\0"
					"\0\0\0\0"
					"CORE";
	static const char huge_desc[] = "\x05\0\0\0"
					"\xff\xff\xff\xff"
					"\0\0\0\0"
					"CORE\0\0\0\0";
	static const char both[] = "\xfd\xff\xff\xff"
				   "\xfd\xff\xff\xff"
				   "\0\0\0\0"
				   "CORE\0\0\0\0";
	static const struct segment segments[] = { NOTE(huge_name), NOTE(huge_desc), NOTE(both) };

	for (size_t i = 0; i < 3; i++) {
		struct core_file f = make(i % 2, segments + i, 1);

		CHECK_FAILS(parses(&f), &e, "program header 0: a note goes beyond its *end");
		free(f.data);
	}
}

TEST(no_notes)
{
	struct core_file f = make(true, usual + 2, 2);
	struct elfcore core;
	struct bytes desc;

	if (!CHECK(parse(&core, &f)))
		return;
	CHECK_EQ_U64(core.notes_size, 0);
	CHECK(!elfcore_note(&core, "CORE", 1, &desc));
	elfcore_deinit(&core);
	free(f.data);
}

/* ---- VMCOREINFO ---- */

static struct bytes text_bytes(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

TEST(vmcoreinfo_texts)
{
	struct bytes info = text_bytes(VMCOREINFO_TEXT);
	char value[19];

	CHECK(vmcoreinfo_text(info, "OSRELEASE", value, sizeof(value)));
	CHECK_STR(value, "6.12.117");
	CHECK(vmcoreinfo_text(info, "OSRELEASE", value, 9));
	CHECK(!vmcoreinfo_text(info, "OSRELEASE", value, 8));
	CHECK(!vmcoreinfo_text(info, "OSRELEASE", value, 0));
	CHECK(vmcoreinfo_text(info, "EMPTY", value, sizeof(value)));
	CHECK_STR(value, "");
	CHECK(!vmcoreinfo_text(info, "OSRELEAS", value, sizeof(value)));
	CHECK(!vmcoreinfo_text(info, "RELEASE", value, sizeof(value)));
	CHECK(!vmcoreinfo_text(info, "", value, sizeof(value)));
	CHECK(!vmcoreinfo_text((struct bytes){}, "OSRELEASE", value, sizeof(value)));
	/* A last line without its end may have lost digits. */
	CHECK(!vmcoreinfo_text(text_bytes("A=1\nB=12"), "B", value, sizeof(value)));
	CHECK(!vmcoreinfo_text((struct bytes){ (const uint8_t *)"A=1\0002\n", 6 }, "A", value,
			       sizeof(value)));
}

TEST(vmcoreinfo_numbers)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} cases[] = {
		{ "N=0\n", true, 0 },
		{ "N=12\n", true, 12 },
		{ "N=-129\n", true, -129 },
		{ "N=9223372036854775807\n", true, INT64_MAX },
		{ "N=-9223372036854775808\n", true, INT64_MIN },
		{ "N=9223372036854775808\n", false, 0 },
		{ "N=-9223372036854775809\n", false, 0 },
		{ "N=\n", false, 0 },
		{ "N=-\n", false, 0 },
		{ "N= 1\n", false, 0 },
		{ "N=+1\n", false, 0 },
		{ "N=1 \n", false, 0 },
		{ "N=0x10\n", false, 0 },
		{ "N=12a\n", false, 0 },
		{ "M=1\n", false, 0 },
		{ "N=00000000000000000000000000000001\n", false, 0 },
		{ "M=2\nN=010\n", true, 10 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = 42;

		CHECK_EQ_U64(vmcoreinfo_number(text_bytes(cases[i].text), "N", &value),
			     cases[i].ok);
		CHECK_EQ_U64(value, cases[i].ok ? cases[i].value : 42);
	}
}

TEST(vmcoreinfo_symbols)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t value;
	} cases[] = {
		{ "SYMBOL(s)=ffffffff9ac15000\n", true, 0xffffffff9ac15000 },
		{ "SYMBOL(s)=c1234567\n", true, 0xc1234567 },
		{ "SYMBOL(s)=0\n", true, 0 },
		{ "SYMBOL(s)=10000000000000000\n", false, 0 },
		{ "SYMBOL(s)=\n", false, 0 },
		{ "SYMBOL(s)=-1\n", false, 0 },
		{ "SYMBOL(s)=0x1\n", false, 0 },
		{ "SYMBOL(ss)=1\n", false, 0 },
		{ "s=1\n", false, 0 },
	};
	char long_name[200];
	uint64_t value;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		value = 42;
		CHECK_EQ_U64(vmcoreinfo_symbol(text_bytes(cases[i].text), "s", &value),
			     cases[i].ok);
		CHECK_EQ_U64(value, cases[i].ok ? cases[i].value : 42);
	}
	memset(long_name, 's', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	CHECK(!vmcoreinfo_symbol(text_bytes("SYMBOL(s)=1\n"), long_name, &value));
}

/* ---- the running kernel's, where there is one that may be read ---- */

static bool read_fd(void *opaque, uint64_t offset, void *to, size_t size, struct err *why)
{
	ssize_t got = pread(*(int *)opaque, to, size, offset);

	return got == (ssize_t)size || err_sys(why, got < 0 ? errno : EIO, "pread");
}

TEST(proc_kcore)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	struct elfcore core;
	struct bytes desc;
	char page_size[8];

	if (fd < 0) {
		printf("skipped: /proc/kcore cannot be read\n");
		return;
	}
	if (CHECK(elfcore_read(&core, read_fd, &fd, UINT64_MAX, &e))) {
		CHECK(core.load_count > 0);
		if (elfcore_note(&core, "VMCOREINFO", 0, &desc)) {
			CHECK(vmcoreinfo_text(desc, "PAGESIZE", page_size, sizeof(page_size)));
			CHECK_STR(page_size, "4096");
		}
		elfcore_deinit(&core);
	} else {
		printf("%s\n", e.text);
	}
	close(fd);
}

TEST_MAIN
