/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <stdlib.h>

#include "elf_widen.h"
#include "elfcorehdr.h"
#include "test.h"

#define MIB (1ull << 20)
#define AT  0x15ff0000ull

static const char info[] = "OSRELEASE=6.12.117\nPAGESIZE=4096\n";
static const struct jump_record record = {
	.magic = JUMP_RECORD_MAGIC,
	.version = 1,
	.size = sizeof(record),
	.entry = 0x15fe0040,
	.release = "6.12.117",
};

/* The block seen by a reader who knows only ELF. */
struct seen {
	uint8_t *bytes;
	Elf64_Ehdr ehdr; /* widened when the block is ELF32 */
	Elf64_Phdr phdr[32];
};

static struct ranges ram_of(const struct range *r, size_t count)
{
	struct ranges ram = {};

	for (size_t i = 0; i < count; i++)
		CHECK(ranges_add(&ram, r[i]));
	return ram;
}

#define RAM(...) \
	ram_of((const struct range[]){ __VA_ARGS__ }, \
	       sizeof((const struct range[]){ __VA_ARGS__ }) / sizeof(struct range))

static struct elfcorehdr_wants wants(bool is64, uint16_t machine, const struct ranges *ram)
{
	struct elfcorehdr_wants w = {
		.is64 = is64,
		.machine = machine,
		.header_machine = machine,
		.at = AT,
		.entry = 0x15fe0040,
		.ram = ram,
		.page_offset = machine == EM_386 ? 0xc0000000 : 0xffff888000000000,
		.gate = { 0x15fe0000, 0x15feffff },
		.vmcoreinfo = { (const uint8_t *)info, strlen(info) },
		.record = &record,
		.cpus = 2,
	};

	w.room = (elfcorehdr_size(&w) + 4095) & ~4095ull;
	return w;
}

static void widen(struct seen *s)
{
	Elf32_Ehdr e;
	Elf32_Phdr p;

	memcpy(&e, s->bytes, sizeof(e));
	s->ehdr = (Elf64_Ehdr){
		.e_type = e.e_type,
		.e_machine = e.e_machine,
		.e_version = e.e_version,
		.e_entry = e.e_entry,
		.e_phoff = e.e_phoff,
		.e_ehsize = e.e_ehsize,
		.e_phentsize = e.e_phentsize,
		.e_phnum = e.e_phnum,
		.e_shoff = e.e_shoff,
	};
	memcpy(s->ehdr.e_ident, e.e_ident, EI_NIDENT);
	CHECK_EQ_U64(e.e_ehsize, sizeof(e));
	CHECK_EQ_U64(e.e_phentsize, sizeof(p));
	for (size_t i = 0; i < e.e_phnum && i < 32; i++) {
		memcpy(&p, s->bytes + e.e_phoff + i * sizeof(p), sizeof(p));
		s->phdr[i] = elf_widen_phdr(&p);
	}
}

/* Everything that fs/proc/vmcore.c checks before it believes a header. */
static bool look(const struct elfcorehdr_wants *w, struct seen *s)
{
	struct err e;

	*s = (struct seen){};
	if (!CHECK(elfcorehdr_make(w, &s->bytes, &e))) {
		printf("%s\n", e.text);
		return false;
	}
	if (s->bytes[EI_CLASS] == ELFCLASS64) {
		memcpy(&s->ehdr, s->bytes, sizeof(s->ehdr));
		memcpy(s->phdr, s->bytes + s->ehdr.e_phoff,
		       (s->ehdr.e_phnum < 32 ? s->ehdr.e_phnum : 32) * sizeof(s->phdr[0]));
		CHECK_EQ_U64(s->ehdr.e_ehsize, sizeof(Elf64_Ehdr));
		CHECK_EQ_U64(s->ehdr.e_phentsize, sizeof(Elf64_Phdr));
	} else {
		widen(s);
	}
	CHECK(memcmp(s->bytes, ELFMAG, SELFMAG) == 0);
	CHECK_EQ_U64(s->bytes[EI_DATA], ELFDATA2LSB);
	CHECK_EQ_U64(s->bytes[EI_VERSION], EV_CURRENT);
	CHECK_EQ_U64(s->bytes[EI_CLASS], w->is64 ? ELFCLASS64 : ELFCLASS32);
	CHECK_EQ_U64(s->ehdr.e_version, EV_CURRENT);
	CHECK_EQ_U64(s->ehdr.e_type, ET_CORE);
	CHECK_EQ_U64(s->ehdr.e_machine, w->machine);
	CHECK_EQ_U64(s->ehdr.e_phoff, s->ehdr.e_ehsize);
	CHECK_EQ_U64(s->ehdr.e_entry, w->entry);
	CHECK_EQ_U64(s->ehdr.e_shoff, 0);
	CHECK_EQ_U64(s->phdr[0].p_type, PT_NOTE);
	for (size_t i = 1; i < s->ehdr.e_phnum && i < 32; i++) {
		CHECK_EQ_U64(s->phdr[i].p_type, PT_LOAD);
		CHECK_EQ_U64(s->phdr[i].p_offset, s->phdr[i].p_paddr);
		CHECK_EQ_U64(s->phdr[i].p_filesz, s->phdr[i].p_memsz);
	}
	return true;
}

static void check_load(const Elf64_Phdr *p, uint64_t start, uint64_t last, uint64_t vaddr)
{
	CHECK_EQ_U64(p->p_paddr, start);
	CHECK_EQ_U64(p->p_memsz, last - start + 1);
	CHECK_EQ_U64(p->p_vaddr, vaddr);
}

struct note {
	char name[16];
	uint32_t type, size;
	const uint8_t *desc;
};

/* The walk of update_note_header_size_elf64(): ends at a note without a name, inside p_memsz. */
static size_t read_notes(const struct elfcorehdr_wants *w, const struct seen *s, struct note *notes,
			 size_t room, uint64_t *size)
{
	uint64_t start = s->phdr[0].p_offset - w->at, max = s->phdr[0].p_memsz, at = 0;
	size_t count = 0;
	Elf64_Nhdr n;

	CHECK_EQ_U64(s->phdr[0].p_offset % 4, 0);
	if (!CHECK(s->phdr[0].p_offset >= w->at && start + max <= w->room))
		return 0;
	for (; count < room; count++) {
		if (!CHECK(at + sizeof(n) <= max))
			break;
		memcpy(&n, s->bytes + start + at, sizeof(n));
		if (!n.n_namesz)
			break;
		CHECK(n.n_namesz <= sizeof(notes->name));
		memcpy(notes[count].name, s->bytes + start + at + sizeof(n), n.n_namesz);
		notes[count].type = n.n_type;
		notes[count].size = n.n_descsz;
		notes[count].desc = s->bytes + start + at + sizeof(n) + (n.n_namesz + 3) / 4 * 4;
		at += sizeof(n) + (n.n_namesz + 3) / 4 * 4 + (n.n_descsz + 3) / 4 * 4;
	}
	*size = at;
	return count;
}

static void check_notes(const struct elfcorehdr_wants *w, const struct seen *s, uint32_t prstatus)
{
	struct note n[8] = {};
	uint64_t size;

	if (!CHECK_EQ_U64(read_notes(w, s, n, 8, &size), 4))
		return;
	CHECK_EQ_U64(s->phdr[0].p_filesz, size);
	for (int i = 0; i < 2; i++) {
		CHECK_STR(n[i].name, "CORE");
		CHECK_EQ_U64(n[i].type, NT_PRSTATUS);
		CHECK_EQ_U64(n[i].size, prstatus);
		for (uint32_t j = 0; j < n[i].size; j++) {
			if (n[i].desc[j] && !CHECK(!n[i].desc[j]))
				break;
		}
	}
	CHECK_STR(n[2].name, "VMCOREINFO");
	CHECK_EQ_U64(n[2].type, 0);
	CHECK_EQ_U64(n[2].size, strlen(info));
	CHECK(memcmp(n[2].desc, info, strlen(info)) == 0);
	CHECK_STR(n[3].name, JUMP_RECORD_NOTE_NAME);
	CHECK_EQ_U64(n[3].type, JUMP_RECORD_NOTE);
	CHECK_EQ_U64(n[3].size, sizeof(record));
	CHECK(memcmp(n[3].desc, &record, sizeof(record)) == 0);
}

TEST(x86_64)
{
	struct ranges ram = RAM({ MIB, 256 * MIB - 1 }, { 352 * MIB, 3072 * MIB - 1 },
				{ 4096 * MIB, 8192 * MIB - 1 });
	struct elfcorehdr_wants w = wants(true, EM_X86_64, &ram);
	struct seen s;

	w.has_text = true;
	w.text = (struct range){ 0x3000000, 0x4ffffff };
	w.text_vaddr = 0xffffffff82000000;
	if (look(&w, &s)) {
		CHECK_EQ_U64(s.ehdr.e_phnum, 6);
		check_notes(&w, &s, 336);
		check_load(&s.phdr[1], 0x3000000, 0x4ffffff, 0xffffffff82000000);
		check_load(&s.phdr[2], MIB, 256 * MIB - 1, 0xffff888000100000);
		check_load(&s.phdr[3], 352 * MIB, 3072 * MIB - 1, 0xffff888016000000);
		check_load(&s.phdr[4], 4096 * MIB, 8192 * MIB - 1, 0xffff888100000000);
		check_load(&s.phdr[5], 0x15fe0000, 0x15feffff, 0);
	}
	free(s.bytes);

	w.page_offset = UINT64_MAX;
	w.has_text = false;
	if (look(&w, &s)) {
		CHECK_EQ_U64(s.ehdr.e_phnum, 5);
		check_load(&s.phdr[1], MIB, 256 * MIB - 1, 0);
		check_load(&s.phdr[3], 4096 * MIB, 8192 * MIB - 1, 0);
	}
	free(s.bytes);
	ranges_deinit(&ram);
}

/* i386 has virtual addresses up to the end of low memory only. */
static void check_i386(bool is64, uint64_t none)
{
	struct ranges ram = RAM({ MIB, 192 * MIB - 1 }, { 288 * MIB, 3072 * MIB - 1 });
	struct elfcorehdr_wants w = wants(is64, EM_386, &ram);
	struct seen s;

	w.direct_last = 880 * MIB - 1;
	w.room = (elfcorehdr_size(&w) + 4095) & ~4095ull;
	if (look(&w, &s)) {
		CHECK_EQ_U64(s.ehdr.e_phnum, 5);
		check_notes(&w, &s, 144);
		check_load(&s.phdr[1], MIB, 192 * MIB - 1, 0xc0100000);
		check_load(&s.phdr[2], 288 * MIB, 880 * MIB - 1, 0xd2000000);
		check_load(&s.phdr[3], 880 * MIB, 3072 * MIB - 1, none);
		check_load(&s.phdr[4], 0x15fe0000, 0x15feffff, none);
	}
	free(s.bytes);

	w.direct_last = 0;
	if (look(&w, &s)) {
		CHECK_EQ_U64(s.ehdr.e_phnum, 4);
		check_load(&s.phdr[2], 288 * MIB, 3072 * MIB - 1,
			   is64 ? 0xd2000000 : (uint32_t)0xd2000000);
	}
	free(s.bytes);
	ranges_deinit(&ram);
}

TEST(i386_elf64)
{
	check_i386(true, UINT64_MAX);
}
TEST(i386_elf32)
{
	check_i386(false, UINT32_MAX);
}

TEST(i386_all_of_it_above_low_memory)
{
	struct ranges ram = RAM({ MIB, 880 * MIB - 1 }, { 4096 * MIB, 9216 * MIB - 1 });
	struct elfcorehdr_wants w = wants(true, EM_386, &ram);
	struct seen s;

	w.direct_last = 880 * MIB - 1;
	if (look(&w, &s)) {
		check_load(&s.phdr[1], MIB, 880 * MIB - 1, 0xc0100000);
		check_load(&s.phdr[2], 4096 * MIB, 9216 * MIB - 1, UINT64_MAX);
	}
	free(s.bytes);
	ranges_deinit(&ram);
}

TEST(size_is_a_bound)
{
	struct ranges ram = RAM({ 0x1000, 0x9efff }, { MIB, 512 * MIB - 1 });
	struct elfcorehdr_wants w = wants(true, EM_X86_64, &ram);
	uint64_t bound = elfcorehdr_size(&w);
	struct seen s;
	struct err e;

	/* Low memory goes, the window leaves two pieces, and one byte less would do as well. */
	CHECK(ranges_remove(&ram, (struct range){ 0x2000, 0x8fff }));
	CHECK(ranges_remove(&ram, (struct range){ 256 * MIB, 300 * MIB - 1 }));
	w.room = bound;
	if (look(&w, &s)) {
		uint64_t used = s.phdr[0].p_offset - w.at + s.phdr[0].p_memsz;

		CHECK_EQ_U64(s.ehdr.e_phnum, 6);
		CHECK_EQ_U64(used, bound);
	}
	free(s.bytes);
	w.room = bound - 1;
	CHECK_FAILS(elfcorehdr_make(&w, &s.bytes, &e), &e,
		    "an elfcorehdr of * does not fit in 0x*");
	ranges_deinit(&ram);
}

TEST(room_beyond_the_headers_is_zero)
{
	struct ranges ram = RAM({ MIB, 512 * MIB - 1 });
	struct elfcorehdr_wants w = wants(true, EM_X86_64, &ram);
	struct seen s;

	w.room = 3 * 4096;
	if (look(&w, &s)) {
		uint64_t end = s.phdr[0].p_offset - w.at + s.phdr[0].p_filesz;

		for (; end < w.room && !s.bytes[end]; end++)
			;
		CHECK_EQ_U64(end, w.room);
	}
	free(s.bytes);
	ranges_deinit(&ram);
}

TEST(without_optional_notes)
{
	struct ranges ram = RAM({ MIB, 512 * MIB - 1 });
	struct elfcorehdr_wants w = wants(true, EM_X86_64, &ram);
	struct note n[4] = {};
	uint64_t size;
	struct seen s;

	w.record = NULL;
	w.vmcoreinfo = (struct bytes){};
	w.cpus = 1;
	if (look(&w, &s)) {
		CHECK_EQ_U64(read_notes(&w, &s, n, 4, &size), 1);
		CHECK_STR(n[0].name, "CORE");
	}
	free(s.bytes);
	ranges_deinit(&ram);
}

TEST(elf32_limits)
{
	struct ranges ram = RAM({ MIB, 3072 * MIB - 1 }, { 4096 * MIB, 5120 * MIB - 1 });
	struct ranges low = RAM({ MIB, 3072 * MIB - 1 });
	struct elfcorehdr_wants w = wants(false, EM_386, &ram);
	uint8_t *bytes;
	struct err e;

	CHECK_FAILS(
		elfcorehdr_make(&w, &bytes, &e), &e,
		"an ELF32 elfcorehdr cannot describe RAM up to 0x13fffffff: *--elf32-core-headers");
	w.ram = &low;
	w.at = UINT32_MAX - 100;
	CHECK_FAILS(elfcorehdr_make(&w, &bytes, &e), &e,
		    "an ELF32 elfcorehdr, its notes and its gate * below 4 GiB");
	w.at = UINT64_MAX - 100;
	CHECK_FAILS(elfcorehdr_make(&w, &bytes, &e), &e, "an elfcorehdr cannot be at *");
	ranges_deinit(&ram);
	ranges_deinit(&low);
}

TEST(more_ranges_than_a_header_counts)
{
	struct ranges ram = {};
	struct elfcorehdr_wants w;
	uint8_t *bytes;
	struct err e;

	for (uint64_t i = 0; i < PN_XNUM - 2; i++)
		CHECK(ranges_add(&ram, (struct range){ i * 0x2000, i * 0x2000 + 0xfff }));
	w = wants(true, EM_X86_64, &ram);
	CHECK_FAILS(elfcorehdr_make(&w, &bytes, &e), &e,
		    "RAM is in 65534 pieces and notes in 1, *");
	CHECK(ranges_remove(&ram, ram.at[0]));
	if (CHECK(elfcorehdr_make(&w, &bytes, &e)))
		free(bytes);
	ranges_deinit(&ram);
}

TEST_MAIN
