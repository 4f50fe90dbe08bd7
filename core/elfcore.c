/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts: System V ABI (ELF), include/uapi/linux/elf.h, fs/proc/kcore.c and fs/proc/vmcore.c. */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elf_widen.h"
#include "elfcore.h"
#include "grow.h"

/* The file while its headers are read. */
struct reader {
	struct elfcore *core;
	elfcore_pread_fn *pread_fn;
	void *opaque;
	uint64_t file_size;
	uint64_t budget; /* bytes that headers and notes may still take */
};

static bool is_inside(const struct reader *r, uint64_t offset, uint64_t size, struct err *e)
{
	uint64_t end;

	return (!__builtin_add_overflow(offset, size, &end) && end <= r->file_size) ||
	       err_set(e, "beyond the end of the file");
}

static bool read_at(const struct reader *r, uint64_t offset, void *to, size_t size, struct err *e)
{
	return is_inside(r, offset, size, e) && r->pread_fn(r->opaque, offset, to, size, e);
}

static size_t shdr_size(bool is64)
{
	return is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
}

static bool read_ident(const struct reader *r, bool *is64, struct err *e)
{
	uint8_t ident[EI_NIDENT];

	if (!read_at(r, 0, ident, sizeof(ident), e))
		return false;
	if (memcmp(ident, ELFMAG, SELFMAG))
		return err_set(e, "not an ELF file");
	if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
		return err_set(e, "neither 32 nor 64 bit (class %u)", ident[EI_CLASS]);
	if (ident[EI_DATA] != ELFDATA2LSB)
		return err_set(e, "not little-endian (data encoding %u)", ident[EI_DATA]);
	if (ident[EI_VERSION] != EV_CURRENT)
		return err_set(e, "ELF version %u is not known", ident[EI_VERSION]);
	*is64 = ident[EI_CLASS] == ELFCLASS64;
	return true;
}

/*
 * ELF64 headers on an i386 kernel are normal: what kexec gives a crash kernel by default. Nobody
 * needs e_ehsize, in which QEMU before 8.0 has 8.
 */
static bool check_ehdr(const Elf64_Ehdr *h, bool is64, struct err *e)
{
	if (h->e_version != EV_CURRENT)
		return err_set(e, "ELF version %u is not known", h->e_version);
	if (h->e_type != ET_CORE)
		return err_set(e, "not a core file (type %u)", h->e_type);
	if (h->e_machine != EM_386 && h->e_machine != EM_X86_64)
		return err_set(e, "neither i386 nor x86_64 (machine %u)", h->e_machine);
	if (h->e_phentsize != elf_phdr_size(is64))
		return err_set(e, "a program header has %u bytes instead of %zu", h->e_phentsize,
			       elf_phdr_size(is64));
	return true;
}

static bool read_ehdr(const struct reader *r, Elf64_Ehdr *h, struct err *e)
{
	bool *is64 = &r->core->is64;
	Elf32_Ehdr narrow;

	if (!read_ident(r, is64, e) ||
	    !(*is64 ? read_at(r, 0, h, sizeof(*h), e) : read_at(r, 0, &narrow, sizeof(narrow), e)))
		return false;
	if (!*is64)
		*h = elf_widen_ehdr(&narrow);
	return check_ehdr(h, *is64, e);
}

/* With 65535 program headers or more their number stands in section header 0. */
static bool read_phnum(const struct reader *r, const Elf64_Ehdr *h, uint32_t *count, struct err *e)
{
	bool is64 = r->core->is64;
	Elf64_Shdr wide;
	Elf32_Shdr narrow;

	*count = h->e_phnum;
	if (h->e_phnum != PN_XNUM)
		return *count || err_set(e, "no program headers");
	if (h->e_shentsize != shdr_size(is64))
		return err_set(e, "a section header has %u bytes instead of %zu", h->e_shentsize,
			       shdr_size(is64));
	if (!(is64 ? read_at(r, h->e_shoff, &wide, sizeof(wide), e)
		   : read_at(r, h->e_shoff, &narrow, sizeof(narrow), e)))
		return err_prefix(e, "section header 0");
	*count = is64 ? wide.sh_info : narrow.sh_info;
	return *count >= PN_XNUM ||
	       err_set(e, "section header 0 has %u as the number of program headers", *count);
}

/* Takes from the budget, before anything is allocated. */
static bool spend(struct reader *r, uint64_t size, struct err *e)
{
	if (size > r->budget)
		return err_set(e, "more than %u MiB of headers and notes",
			       ELFCORE_HEADERS_MAX >> 20);
	r->budget -= size;
	return true;
}

static void add_load(struct elfcore *core, const Elf64_Phdr *p)
{
	/* Describes nothing, and has no last byte that a caller could compute. */
	if (!p->p_memsz)
		return;
	core->loads[core->load_count++] = (struct elfcore_load){
		.paddr = p->p_paddr,
		.vaddr = p->p_vaddr,
		.memsz = p->p_memsz,
		.filesz = p->p_filesz,
		.offset = p->p_offset,
		.flags = p->p_flags,
	};
}

static uint64_t align4(uint64_t size)
{
	return (size + 3) & ~UINT64_C(3);
}

/* What follows the first @size bytes of @b; nothing when there are no more. */
static struct bytes behind(struct bytes b, uint64_t size)
{
	struct bytes rest = {};

	bytes_sub(b, size, b.size - size, &rest);
	return rest;
}

bool elfcore_take_note(struct bytes *left, struct elfcore_note *n)
{
	uint64_t name = sizeof(Elf64_Nhdr), desc;
	uint32_t name_size, desc_size;

	if (!bytes_le32(*left, 0, &name_size) || !bytes_le32(*left, 4, &desc_size) ||
	    !bytes_le32(*left, 8, &n->type))
		return false;
	desc = name + align4(name_size);
	n->desc = (struct bytes){};
	if (!bytes_sub(*left, name, name_size, &n->name) ||
	    (desc_size && !bytes_sub(*left, desc, desc_size, &n->desc)))
		return false;
	/* The name's padding may be missing when there is no description. */
	n->all = (struct bytes){ left->data,
				 desc + desc_size < left->size ? desc + desc_size : left->size };
	*left = behind(*left, align4(desc + desc_size));
	return true;
}

/*
 * Where the notes at @b end: at a note without a name, which ends a buffer that the kernel filled
 * (update_note_header_size_elf64() in fs/proc/vmcore.c), or with the bytes. False when they end
 * in the middle of one.
 */
static bool notes_end(struct bytes b, size_t *end)
{
	struct bytes left = b;
	uint32_t name_size;
	struct elfcore_note n;

	while (bytes_le32(left, 0, &name_size) && name_size)
		if (!elfcore_take_note(&left, &n))
			return false;
	*end = b.size - left.size;
	return true;
}

/*
 * The notes of several segments follow each other in memory without a gap: each segment is padded
 * to 4 bytes, and what is not a note is left out.
 */
static bool add_notes(struct reader *r, const Elf64_Phdr *p, struct err *e)
{
	struct elfcore *core = r->core;
	size_t size = p->p_filesz, end;
	uint8_t *at;

	if (!spend(r, p->p_filesz, e))
		return false;
	if (!grow_array(&core->notes, &core->notes_room, core->notes_size + size + 3, 1))
		return err_set(e, "not enough memory for the notes");
	at = core->notes + core->notes_size;
	if (!read_at(r, p->p_offset, at, size, e))
		return false;
	memset(at + size, 0, 3);
	if (!notes_end((struct bytes){ at, size }, &end))
		return err_set(e, "a note goes beyond its segment's end");
	core->notes_size += align4(end);
	return true;
}

static bool check_phdr(const struct reader *r, const Elf64_Phdr *p, struct err *e)
{
	uint64_t end;

	if (__builtin_add_overflow(p->p_offset, p->p_filesz, &end) || end > r->file_size)
		return err_set(e,
			       "%#" PRIx64 " bytes at offset %#" PRIx64 " go beyond the end of "
			       "the file",
			       p->p_filesz, p->p_offset);
	return p->p_type != PT_LOAD || p->p_filesz <= p->p_memsz ||
	       err_set(e, "%#" PRIx64 " bytes in the file for %#" PRIx64 " bytes of memory",
		       p->p_filesz, p->p_memsz);
}

static bool add_phdr(struct reader *r, const Elf64_Phdr *p, struct err *e)
{
	if (p->p_type != PT_LOAD && p->p_type != PT_NOTE)
		return true;
	if (!check_phdr(r, p, e))
		return false;
	if (p->p_type == PT_NOTE)
		return !p->p_filesz || add_notes(r, p, e);
	add_load(r->core, p);
	return true;
}

static bool add_phdrs(struct reader *r, const uint8_t *table, uint32_t count, struct err *e)
{
	size_t size = elf_phdr_size(r->core->is64);

	for (uint32_t i = 0; i < count; i++, table += size) {
		Elf32_Phdr narrow;
		Elf64_Phdr p;

		if (r->core->is64) {
			memcpy(&p, table, size);
		} else {
			memcpy(&narrow, table, size);
			p = elf_widen_phdr(&narrow);
		}
		if (!add_phdr(r, &p, e))
			return err_prefix(e, "program header %u", i);
	}
	return true;
}

/* Memory for a table that is not there is not worth asking for. */
static bool check_phdrs(struct reader *r, uint64_t offset, uint64_t size, struct err *e)
{
	return spend(r, size, e) &&
	       (is_inside(r, offset, size, e) || err_prefix(e, "program headers"));
}

static bool read_phdrs(struct reader *r, uint64_t offset, uint32_t count, struct err *e)
{
	uint64_t size = (uint64_t)count * elf_phdr_size(r->core->is64);
	struct elfcore_load *loads;
	uint8_t *table;
	bool ok;

	if (!check_phdrs(r, offset, size, e))
		return false;
	table = malloc(size);
	loads = calloc(count, sizeof(*loads));
	if (!table || !loads) {
		free(table);
		free(loads);
		return err_set(e, "not enough memory for %u program headers", count);
	}
	r->core->loads = loads;
	ok = read_at(r, offset, table, size, e) || err_prefix(e, "program headers");
	ok = ok && add_phdrs(r, table, count, e);
	free(table);
	return ok;
}

bool elfcore_read(struct elfcore *core, elfcore_pread_fn *pread_fn, void *opaque,
		  uint64_t file_size, struct err *e)
{
	struct reader r = {
		.core = core,
		.pread_fn = pread_fn,
		.opaque = opaque,
		.file_size = file_size,
		.budget = ELFCORE_HEADERS_MAX,
	};
	Elf64_Ehdr h;
	uint32_t count;

	*core = (struct elfcore){};
	if (!read_ehdr(&r, &h, e))
		return err_prefix(e, "ELF header");
	core->machine = h.e_machine;
	core->entry = h.e_entry;
	if (read_phnum(&r, &h, &count, e) && read_phdrs(&r, h.e_phoff, count, e))
		return true;
	elfcore_deinit(core);
	return false;
}

void elfcore_deinit(struct elfcore *core)
{
	free(core->loads);
	free(core->notes);
	*core = (struct elfcore){};
}

bool elfcore_note_is_named(const struct elfcore_note *n, const char *name)
{
	size_t length = strlen(name);

	return (n->name.size == length || (n->name.size == length + 1 && !n->name.data[length])) &&
	       !memcmp(n->name.data, name, length);
}

bool elfcore_note(const struct elfcore *core, const char *name, uint32_t type, struct bytes *desc)
{
	struct bytes left = { core->notes, core->notes_size };
	struct elfcore_note n;

	while (elfcore_take_note(&left, &n)) {
		if (n.type == type && elfcore_note_is_named(&n, name)) {
			*desc = n.desc;
			return true;
		}
	}
	return false;
}

struct headers_in_memory {
	elfcore_pread_fn *read_phys;
	void *opaque;
	uint64_t start, size;
};

static bool read_headers(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct headers_in_memory *h = opaque;
	uint64_t at = offset < h->start ? offset : offset - h->start;

	if (at > h->size || size > h->size - at)
		return err_set(e, "offset %#" PRIx64 " is beyond the elfcorehdr", offset);
	return h->read_phys(h->opaque, h->start + at, to, size, e);
}

bool elfcore_read_headers(struct elfcore *core, elfcore_pread_fn *read_phys, void *opaque,
			  uint64_t start, uint64_t size, struct err *e)
{
	struct headers_in_memory h = {
		.read_phys = read_phys,
		.opaque = opaque,
		.start = start,
		.size = size,
	};

	return elfcore_read(core, read_headers, &h, UINT64_MAX, e);
}
