/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second opinion: what kexec/elfcorehdr.c writes and core/elfcore.c reads, libelf sees alike.
 */
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>

#include "elfcore.h"
#include "elfcorehdr.h"
#include "test.h"

#define AT 0x20000 /* where the headers are in memory, and in the file that stands for it */

struct file {
	uint8_t *bytes;
	size_t size;
};

static bool read_file(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct file *f = opaque;
	struct bytes b = { f->bytes, f->size };

	return bytes_copy(b, offset, to, size) || err_set(e, "outside");
}

/* As /proc/vmcore is read: the headers at the start, the notes at their own address. */
static bool make_file(const struct elfcorehdr_wants *w, struct file *f)
{
	uint8_t *block;
	struct err e;

	if (!CHECK(elfcorehdr_make(w, &block, &e)))
		return false;
	f->size = AT + w->room;
	f->bytes = calloc(1, f->size);
	memcpy(f->bytes, block, w->room);
	memcpy(f->bytes + AT, block, w->room);
	free(block);
	return true;
}

static void compare_loads(const struct elfcore *core, Elf *elf, size_t count)
{
	size_t loads = 0;
	GElf_Phdr p;

	for (size_t i = 0; i < count; i++) {
		const struct elfcore_load *load = &core->loads[loads];

		if (!CHECK(gelf_getphdr(elf, i, &p)) || p.p_type != PT_LOAD)
			continue;
		if (!CHECK(loads++ < core->load_count))
			return;
		CHECK_EQ_U64(load->paddr, p.p_paddr);
		CHECK_EQ_U64(load->vaddr, p.p_vaddr);
		CHECK_EQ_U64(load->memsz, p.p_memsz);
		CHECK_EQ_U64(load->filesz, p.p_filesz);
		CHECK_EQ_U64(load->offset, p.p_offset);
		CHECK_EQ_U64(load->flags, p.p_flags);
	}
	CHECK_EQ_U64(loads, core->load_count);
}

/* How many notes libelf finds; those with a name of their own are compared. */
static size_t compare_notes(const struct elfcore *core, Elf *elf)
{
	size_t offset = 0, next, name, desc, count = 0;
	Elf_Data *data;
	GElf_Phdr p;
	GElf_Nhdr n;

	if (!CHECK(gelf_getphdr(elf, 0, &p)) || !CHECK_EQ_U64(p.p_type, PT_NOTE))
		return 0;
	data = elf_getdata_rawchunk(elf, p.p_offset, p.p_filesz, ELF_T_NHDR);
	if (!CHECK(data))
		return 0;
	while ((next = gelf_getnote(data, offset, &n, &name, &desc)) != 0) {
		const char *text = (const char *)data->d_buf + name;
		struct bytes ours;

		count++;
		offset = next;
		if (strcmp(text, "CORE") == 0)
			continue;
		if (!CHECK(elfcore_note(core, text, n.n_type, &ours)) ||
		    !CHECK_EQ_U64(ours.size, n.n_descsz))
			continue;
		CHECK(memcmp(ours.data, (const char *)data->d_buf + desc, ours.size) == 0);
	}
	CHECK_EQ_U64(offset, data->d_size);
	return count;
}

static void compare(bool is64, uint16_t machine)
{
	static const char info[] = "OSRELEASE=6.12.117\n";
	static const struct jump_record record = { .magic = JUMP_RECORD_MAGIC, .version = 1 };
	struct ranges ram = {};
	struct elfcorehdr_wants w = {
		.is64 = is64,
		.machine = machine,
		.header_machine = machine,
		.at = AT,
		.entry = 0x10040,
		.ram = &ram,
		.page_offset = machine == EM_386 ? 0xc0000000 : 0xffff888000000000,
		.gate = { 0x10000, 0x1ffff },
		.vmcoreinfo = { (const uint8_t *)info, strlen(info) },
		.record = &record,
		.cpus = 3,
	};
	struct elfcore core;
	struct file f;
	size_t count;
	struct err e;
	Elf *elf;

	CHECK(ranges_add(&ram, (struct range){ 0x100000, 0x7ffffff }));
	CHECK(ranges_add(&ram, (struct range){ 0x9000000, 0x1fffffff }));
	w.room = (elfcorehdr_size(&w) + 4095) & ~4095ull;
	if (!make_file(&w, &f))
		return;
	if (!CHECK(elfcore_read(&core, read_file, &f, UINT64_MAX, &e)))
		return;
	elf = elf_memory((char *)f.bytes, f.size);
	if (CHECK(elf) && CHECK_EQ_U64(elf_kind(elf), ELF_K_ELF) &&
	    CHECK_EQ_U64(elf_getphdrnum(elf, &count), 0)) {
		GElf_Ehdr ehdr;

		CHECK(gelf_getehdr(elf, &ehdr) && ehdr.e_entry == core.entry);
		CHECK_EQ_U64(ehdr.e_machine, core.machine);
		CHECK_EQ_U64(gelf_getclass(elf), is64 ? ELFCLASS64 : ELFCLASS32);
		compare_loads(&core, elf, count);
		CHECK_EQ_U64(compare_notes(&core, elf), w.cpus + 2);
	}
	elf_end(elf);
	elfcore_deinit(&core);
	ranges_deinit(&ram);
	free(f.bytes);
}

TEST(x86_64)
{
	CHECK(elf_version(EV_CURRENT) != EV_NONE);
	compare(true, EM_X86_64);
}

TEST(i386_in_elf64)
{
	CHECK(elf_version(EV_CURRENT) != EV_NONE);
	compare(true, EM_386);
}

TEST(i386_in_elf32)
{
	CHECK(elf_version(EV_CURRENT) != EV_NONE);
	compare(false, EM_386);
}

TEST_MAIN
