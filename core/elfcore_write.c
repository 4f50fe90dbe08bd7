/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts: System V ABI (ELF), fs/proc/vmcore.c. */
#include <elf.h>
#include <string.h>

#include "elf_widen.h"
#include "elfcore_write.h"
#include "grow.h"

static uint64_t align4(uint64_t size)
{
	return (size + 3) & ~UINT64_C(3);
}

bool elfcore_add_load(struct elfcore *core, const struct elfcore_load *load)
{
	if (!grow_array(&core->loads, &core->load_room, core->load_count + 1, sizeof(*load)))
		return false;
	core->loads[core->load_count++] = *load;
	return true;
}

/* Room for @size more bytes of notes, zeroed and padded; NULL: no memory. */
static uint8_t *add_room(struct elfcore *core, uint64_t size)
{
	uint8_t *at;

	size = align4(size);
	if (!grow_array(&core->notes, &core->notes_room, core->notes_size + size, 1))
		return NULL;
	at = memset(core->notes + core->notes_size, 0, size);
	core->notes_size += size;
	return at;
}

size_t elfcore_prstatus_size(uint16_t machine)
{
	return machine == EM_386 ? 144 : 336;
}

uint64_t elfcore_note_size(const char *name, uint64_t desc_size)
{
	return sizeof(Elf64_Nhdr) + align4(strlen(name) + 1) + align4(desc_size);
}

bool elfcore_add_note(struct elfcore *core, const char *name, uint32_t type, struct bytes desc)
{
	Elf64_Nhdr header = { .n_namesz = strlen(name) + 1, .n_descsz = desc.size, .n_type = type };
	uint8_t *at = add_room(core, elfcore_note_size(name, desc.size));

	if (!at)
		return false;
	memcpy(at, &header, sizeof(header));
	memcpy(at + sizeof(header), name, header.n_namesz);
	if (desc.data)
		memcpy(at + sizeof(header) + align4(header.n_namesz), desc.data, desc.size);
	return true;
}

bool elfcore_copy_note(struct elfcore *core, const struct elfcore_note *note)
{
	uint8_t *at = add_room(core, note->all.size);

	if (at)
		memcpy(at, note->all.data, note->all.size);
	return at;
}

static Elf32_Ehdr narrow_ehdr(const Elf64_Ehdr *h)
{
	Elf32_Ehdr narrow = {
		.e_type = h->e_type,
		.e_machine = h->e_machine,
		.e_version = h->e_version,
		.e_entry = h->e_entry,
		.e_phoff = h->e_phoff,
		.e_shoff = h->e_shoff,
		.e_ehsize = h->e_ehsize,
		.e_phentsize = h->e_phentsize,
		.e_phnum = h->e_phnum,
		.e_shentsize = h->e_shentsize,
		.e_shnum = h->e_shnum,
	};

	memcpy(narrow.e_ident, h->e_ident, sizeof(narrow.e_ident));
	return narrow;
}

static Elf32_Phdr narrow_phdr(const Elf64_Phdr *p)
{
	return (Elf32_Phdr){
		.p_type = p->p_type,
		.p_flags = p->p_flags,
		.p_offset = p->p_offset,
		.p_vaddr = p->p_vaddr,
		.p_paddr = p->p_paddr,
		.p_filesz = p->p_filesz,
		.p_memsz = p->p_memsz,
		.p_align = p->p_align,
	};
}

/* Where the parts are, the program headers of the notes counted. */
struct layout {
	uint64_t phdr_size, phdr_count;
	uint64_t shdr_size, shdr_at; /* 0: no section header */
	uint64_t notes_at;
};

static struct layout layout_of(bool is64, size_t load_count, size_t note_count)
{
	uint64_t ehdr_size = is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	struct layout l = {
		.phdr_size = elf_phdr_size(is64),
		.phdr_count = (uint64_t)load_count + note_count,
	};

	l.notes_at = ehdr_size + l.phdr_count * l.phdr_size;
	/* So many are counted in section header 0. */
	if (l.phdr_count >= PN_XNUM) {
		l.shdr_size = is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
		l.shdr_at = l.notes_at;
		l.notes_at += l.shdr_size;
	}
	return l;
}

uint64_t elfcore_headers_size(bool is64, size_t load_count, uint64_t notes_size)
{
	/* The kernel reads on until a note without a name (merge_note_headers_elf64()). */
	return layout_of(is64, load_count, 1).notes_at + notes_size + sizeof(Elf64_Nhdr);
}

uint64_t elfcore_headers_size_notes(bool is64, size_t load_count, size_t note_count)
{
	return layout_of(is64, load_count, note_count).notes_at;
}

static void put_ehdr(const struct elfcore *core, const struct layout *l, uint8_t *to)
{
	Elf64_Ehdr h = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
			     core->is64 ? ELFCLASS64 : ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = core->machine,
		.e_version = EV_CURRENT,
		.e_entry = core->entry,
		.e_phoff = core->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr),
		.e_phentsize = l->phdr_size,
		.e_phnum = l->shdr_at ? PN_XNUM : l->phdr_count,
		.e_shoff = l->shdr_at,
		.e_shentsize = l->shdr_size,
		.e_shnum = l->shdr_at ? 1 : 0,
	};
	Elf32_Ehdr narrow;

	h.e_ehsize = h.e_phoff;
	narrow = narrow_ehdr(&h);
	if (core->is64)
		memcpy(to, &h, sizeof(h));
	else
		memcpy(to, &narrow, sizeof(narrow));
}

static uint8_t *put_phdr(bool is64, const Elf64_Phdr *p, uint8_t *to)
{
	Elf32_Phdr narrow;

	if (is64)
		return (uint8_t *)memcpy(to, p, sizeof(*p)) + sizeof(*p);
	narrow = narrow_phdr(p);
	return (uint8_t *)memcpy(to, &narrow, sizeof(narrow)) + sizeof(narrow);
}

static void put_shdr(bool is64, uint32_t phdr_count, uint8_t *to)
{
	Elf64_Shdr wide = { .sh_info = phdr_count };
	Elf32_Shdr narrow = { .sh_info = phdr_count };

	if (is64)
		memcpy(to, &wide, sizeof(wide));
	else
		memcpy(to, &narrow, sizeof(narrow));
}

static uint8_t *put_start(const struct elfcore *core, const struct layout *l, uint8_t *to)
{
	put_ehdr(core, l, to);
	return to + (core->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
}

/* What follows the program headers of the notes. */
static void put_loads(const struct elfcore *core, const struct layout *l, uint8_t *at, uint8_t *to)
{
	for (size_t i = 0; i < core->load_count; i++) {
		const struct elfcore_load *load = &core->loads[i];
		Elf64_Phdr phdr = {
			.p_type = PT_LOAD,
			.p_flags = load->flags,
			.p_offset = load->offset,
			.p_vaddr = load->vaddr,
			.p_paddr = load->paddr,
			.p_filesz = load->filesz,
			.p_memsz = load->memsz,
		};

		at = put_phdr(core->is64, &phdr, at);
	}
	if (l->shdr_at)
		put_shdr(core->is64, l->phdr_count, to + l->shdr_at);
}

void elfcore_write_headers(const struct elfcore *core, uint64_t base, uint8_t *to)
{
	struct layout l = layout_of(core->is64, core->load_count, 1);
	Elf64_Phdr note = {
		.p_type = PT_NOTE,
		.p_offset = base + l.notes_at,
		.p_filesz = core->notes_size,
		.p_memsz = core->notes_size + sizeof(Elf64_Nhdr),
		.p_align = 4,
	};

	put_loads(core, &l, put_phdr(core->is64, &note, put_start(core, &l, to)), to);
	if (core->notes_size)
		memcpy(to + l.notes_at, core->notes, core->notes_size);
}

/* As crash_prepare_elf64_headers() of kernel/crash_core.c makes them. */
void elfcore_write_headers_notes(const struct elfcore *core, const struct range *notes,
				 size_t note_count, uint8_t *to)
{
	struct layout l = layout_of(core->is64, core->load_count, note_count);
	uint8_t *at = put_start(core, &l, to);

	for (size_t i = 0; i < note_count; i++) {
		Elf64_Phdr note = {
			.p_type = PT_NOTE,
			.p_offset = notes[i].start,
			.p_paddr = notes[i].start,
			.p_filesz = range_size(notes[i]),
			.p_memsz = range_size(notes[i]),
		};

		at = put_phdr(core->is64, &note, at);
	}
	put_loads(core, &l, at, to);
}
