/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "elfcore_write.h"
#include "test.h"

/* A file whose first bytes are also found from @base on, as headers that lie in memory are. */
struct file {
	struct bytes bytes;
	uint64_t base;
};

static bool read_file(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct file *f = opaque;

	if (offset >= f->base)
		offset -= f->base;
	return bytes_copy(f->bytes, offset, to, size) || err_set(e, "outside");
}

static struct elfcore core_of(bool is64, size_t loads)
{
	struct elfcore core = { .is64 = is64, .machine = EM_386, .entry = 0x12345678 };
	const struct bytes three = { (const uint8_t *)"one", 3 };

	CHECK(elfcore_add_note(&core, "KEY", 7, three));
	CHECK(elfcore_add_note(&core, "LONGER", 8, (struct bytes){ NULL, 9 }));
	CHECK_EQ_U64(core.notes_size, elfcore_note_size("KEY", 3) + elfcore_note_size("LONGER", 9));
	for (size_t i = 0; i < loads; i++) {
		const struct elfcore_load load = {
			.paddr = 0x1000 + i * 0x2000,
			.vaddr = 0xc0000000 + i,
			.memsz = 0x1800,
			.filesz = 0x1000 + i % 2,
			.offset = 0x10000 + i * 0x1000,
			.flags = i % 8,
		};

		CHECK(elfcore_add_load(&core, &load));
	}
	return core;
}

static void check_same(const struct elfcore *a, const struct elfcore *b)
{
	CHECK_EQ_U64(a->is64, b->is64);
	CHECK_EQ_U64(a->machine, b->machine);
	CHECK_EQ_U64(a->entry, b->entry);
	if (CHECK_EQ_U64(a->notes_size, b->notes_size))
		CHECK(!memcmp(a->notes, b->notes, a->notes_size));
	if (!CHECK_EQ_U64(a->load_count, b->load_count))
		return;
	for (size_t i = 0; i < a->load_count; i++) {
		const struct elfcore_load *x = &a->loads[i], *y = &b->loads[i];

		if (!CHECK(x->paddr == y->paddr && x->vaddr == y->vaddr && x->memsz == y->memsz &&
			   x->filesz == y->filesz && x->offset == y->offset &&
			   x->flags == y->flags))
			return;
	}
}

static void write_and_read(bool is64, size_t loads, uint64_t base)
{
	struct elfcore core = core_of(is64, loads), again;
	size_t size = elfcore_headers_size(is64, loads, core.notes_size);
	uint8_t *bytes = calloc(1, size);
	struct file f = { { bytes, size }, base ? base : UINT64_MAX };
	struct err e;

	elfcore_write_headers(&core, base, bytes);
	if (CHECK(elfcore_read(&again, read_file, &f, UINT64_MAX, &e))) {
		check_same(&core, &again);
		elfcore_deinit(&again);
	} else {
		puts(e.text);
	}
	free(bytes);
	elfcore_deinit(&core);
}

TEST(what_is_written_is_read)
{
	static const size_t counts[] = { 1, 5, PN_XNUM - 2, PN_XNUM - 1, PN_XNUM + 3 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		for (int is64 = 0; is64 < 2; is64++) {
			write_and_read(is64, counts[i], 0);
			write_and_read(is64, counts[i], 0x70000000);
		}
}

/* Behind the notes there is one without a name, inside p_memsz: there the kernel stops to read. */
TEST(notes_have_an_end)
{
	struct elfcore core = core_of(true, 1);
	size_t size = elfcore_headers_size(true, 1, core.notes_size);
	uint8_t *bytes = calloc(1, size);
	Elf64_Phdr note;

	elfcore_write_headers(&core, 0, bytes);
	memcpy(&note, bytes + sizeof(Elf64_Ehdr), sizeof(note));
	CHECK_EQ_U64(note.p_type, PT_NOTE);
	CHECK_EQ_U64(note.p_filesz, core.notes_size);
	CHECK_EQ_U64(note.p_memsz, core.notes_size + 12);
	CHECK_EQ_U64(note.p_offset + note.p_memsz, size);
	for (size_t i = note.p_offset + note.p_filesz; i < size; i++)
		CHECK(!bytes[i]);
	free(bytes);
	elfcore_deinit(&core);
}

/* Of a note without a description the padding may be missing; the copy has it. */
TEST(copied_notes)
{
	static const uint8_t raw[] = { 3, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 'A', 'B', 0 };
	struct bytes left = { raw, sizeof(raw) }, desc;
	struct elfcore core = { 0 };
	struct elfcore_note note;

	if (!CHECK(elfcore_take_note(&left, &note)))
		return;
	CHECK(!left.size && elfcore_note_is_named(&note, "AB"));
	CHECK(elfcore_copy_note(&core, &note));
	CHECK(elfcore_add_note(&core, "CD", 6, (struct bytes){ raw, 4 }));
	CHECK_EQ_U64(core.notes_size, 16 + elfcore_note_size("CD", 4));
	CHECK(elfcore_note(&core, "AB", 5, &desc) && !desc.size);
	CHECK(elfcore_note(&core, "CD", 6, &desc) && desc.size == 4 && *desc.data == 3);
	elfcore_deinit(&core);
}

TEST_MAIN
