/* SPDX-License-Identifier: GPL-2.0-only */
#include "elfcore.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* Headers of both classes in one shape. */
struct header {
	uint64_t phoff, shoff;
	uint32_t phnum;
	uint16_t phentsize, shentsize;
};

struct reader {
	struct elfcore *core;
	elfcore_pread_fn *pread_fn;
	void *opaque;
	uint64_t file_size;
	struct err *e;
};

static bool get(const struct reader *r, uint64_t offset, void *to, size_t size)
{
	uint64_t end;

	if (__builtin_add_overflow(offset, size, &end) || end > r->file_size)
		return err_set(r->e, "offset %#llx is beyond the end of the file",
			       (unsigned long long)offset);
	return r->pread_fn(r->opaque, offset, to, size, r->e);
}

static bool check_ident(const unsigned char *ident, struct err *e)
{
	if (memcmp(ident, ELFMAG, SELFMAG))
		return err_set(e, "not an ELF file");
	if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
		return err_set(e, "ELF class %u does not exist", ident[EI_CLASS]);
	if (ident[EI_DATA] != ELFDATA2LSB)
		return err_set(e, "not little-endian");
	return true;
}

static bool check_header(uint16_t type, uint16_t machine, struct err *e)
{
	if (type != ET_CORE)
		return err_set(e, "ELF type %u is not a core file", type);
	if (machine != EM_386 && machine != EM_X86_64)
		return err_set(e, "ELF machine %u is neither i386 nor x86_64", machine);
	return true;
}

#define HEADER_FROM(h, raw) do {			\
	(h)->phoff = (raw).e_phoff;			\
	(h)->shoff = (raw).e_shoff;			\
	(h)->phnum = (raw).e_phnum;			\
	(h)->phentsize = (raw).e_phentsize;		\
	(h)->shentsize = (raw).e_shentsize;		\
} while (0)

static bool read_header(struct reader *r, struct header *h)
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr e32;
		Elf64_Ehdr e64;
	} raw;
	struct elfcore *core = r->core;
	bool is64;

	if (!get(r, 0, raw.ident, sizeof(raw.ident)) || !check_ident(raw.ident, r->e))
		return false;
	is64 = raw.ident[EI_CLASS] == ELFCLASS64;
	if (!get(r, 0, &raw, is64 ? sizeof(raw.e64) : sizeof(raw.e32)))
		return err_prefix(r->e, "ELF header");
	core->is64 = is64;
	if (is64) {
		HEADER_FROM(h, raw.e64);
		core->machine = raw.e64.e_machine;
		core->entry = raw.e64.e_entry;
		return check_header(raw.e64.e_type, core->machine, r->e);
	}
	HEADER_FROM(h, raw.e32);
	core->machine = raw.e32.e_machine;
	core->entry = raw.e32.e_entry;
	return check_header(raw.e32.e_type, core->machine, r->e);
}

/* With PN_XNUM the count is in section header 0 (System V ABI). */
static bool real_phnum(struct reader *r, struct header *h)
{
	Elf64_Shdr s64;
	Elf32_Shdr s32;

	if (h->phnum != PN_XNUM)
		return true;
	if (!h->shoff || h->shentsize != (r->core->is64 ? sizeof(s64) : sizeof(s32)))
		return err_set(r->e, "PN_XNUM without a section header");
	if (r->core->is64 ? !get(r, h->shoff, &s64, sizeof(s64)) : !get(r, h->shoff, &s32, sizeof(s32)))
		return err_prefix(r->e, "section header 0");
	h->phnum = r->core->is64 ? s64.sh_info : s32.sh_info;
	return true;
}

static bool add_notes(struct reader *r, const struct elfcore_load *p)
{
	struct elfcore *core = r->core;
	size_t old = core->notes_size;
	uint8_t *notes;

	if (!p->filesz)
		return true;
	if (p->filesz > ELFCORE_HEADERS_MAX - old)
		return err_set(r->e, "more than %u bytes of notes", ELFCORE_HEADERS_MAX);
	/* Each PT_NOTE starts aligned, so that the notes can be read as one. */
	notes = realloc(core->notes, old + p->filesz + 3);
	if (!notes)
		return err_set(r->e, "no memory for notes");
	core->notes = notes;
	if (!get(r, p->offset, notes + old, p->filesz))
		return false;
	memset(notes + old + p->filesz, 0, 3);
	core->notes_size = (old + p->filesz + 3) & ~(size_t)3;
	return true;
}

static bool check_load(const struct elfcore_load *p, uint64_t file_size, struct err *e)
{
	uint64_t end;

	if (p->filesz > p->memsz)
		return err_set(e, "more bytes in the file than in memory");
	if (__builtin_add_overflow(p->offset, p->filesz, &end))
		return err_set(e, "offset and size overflow");
	if (end > file_size)
		return err_set(e, "ends at %#llx, beyond the end of the file", (unsigned long long)end);
	/* /proc/kcore has no physical addresses for some of its parts. */
	if (p->paddr != UINT64_MAX && p->memsz && p->paddr + (p->memsz - 1) < p->paddr)
		return err_set(e, "physical address and size overflow");
	return true;
}

static bool add_phdr(struct reader *r, uint32_t type, const struct elfcore_load *p)
{
	struct elfcore *core = r->core;

	if (type == PT_NOTE)
		return add_notes(r, p);
	if (type != PT_LOAD)
		return true;
	if (!check_load(p, r->file_size, r->e))
		return false;
	core->loads[core->load_count++] = *p;
	return true;
}

#define LOAD_FROM(raw) ((struct elfcore_load){			\
	.paddr = (raw).p_paddr, .vaddr = (raw).p_vaddr,		\
	.memsz = (raw).p_memsz, .filesz = (raw).p_filesz,	\
	.offset = (raw).p_offset, .flags = (raw).p_flags })

static bool read_phdrs(struct reader *r, const struct header *h)
{
	bool is64 = r->core->is64;
	size_t entry = is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	uint8_t *raw;
	bool ok;

	if (!h->phnum)
		return err_set(r->e, "no program headers");
	if (h->phentsize != entry)
		return err_set(r->e, "program headers of %u bytes instead of %zu", h->phentsize, entry);
	if (h->phnum > ELFCORE_HEADERS_MAX / entry)
		return err_set(r->e, "%u program headers", h->phnum);
	raw = malloc(h->phnum * entry);
	r->core->loads = calloc(h->phnum, sizeof(*r->core->loads));
	ok = (raw && r->core->loads) || err_set(r->e, "no memory for %u program headers", h->phnum);
	ok = ok && (get(r, h->phoff, raw, h->phnum * entry) || err_prefix(r->e, "program headers"));
	for (uint32_t i = 0; ok && i < h->phnum; i++) {
		struct elfcore_load load;
		uint32_t type;

		if (is64) {
			Elf64_Phdr p;

			memcpy(&p, raw + i * entry, entry);
			load = LOAD_FROM(p);
			type = p.p_type;
		} else {
			Elf32_Phdr p;

			memcpy(&p, raw + i * entry, entry);
			load = LOAD_FROM(p);
			type = p.p_type;
		}
		ok = add_phdr(r, type, &load) || err_prefix(r->e, "program header %u", i);
	}
	free(raw);
	return ok;
}

bool elfcore_read(struct elfcore *core, elfcore_pread_fn *pread_fn, void *opaque,
		  uint64_t file_size, struct err *e)
{
	struct reader r = { .core = core, .pread_fn = pread_fn, .opaque = opaque,
			    .file_size = file_size, .e = e };
	struct header h;

	*core = (struct elfcore){ 0 };
	if (read_header(&r, &h) && real_phnum(&r, &h) && read_phdrs(&r, &h))
		return true;
	elfcore_deinit(core);
	return false;
}

static bool pread_bytes(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct bytes *b = opaque;

	return bytes_copy(*b, offset, to, size) ||
	       err_set(e, "offset %#llx is beyond the end of the file", (unsigned long long)offset);
}

bool elfcore_parse(struct elfcore *core, struct bytes file, struct err *e)
{
	return elfcore_read(core, pread_bytes, &file, file.size, e);
}

void elfcore_deinit(struct elfcore *core)
{
	free(core->loads);
	free(core->notes);
	*core = (struct elfcore){ 0 };
}

bool elfcore_note(const struct elfcore *core, const char *name, uint32_t type, struct bytes *desc)
{
	struct bytes notes = { core->notes, core->notes_size };
	size_t length = strlen(name);

	for (uint64_t at = 0; at < notes.size;) {
		uint32_t namesz, descsz, found;
		struct bytes owner, body;

		if (!bytes_le32(notes, at, &namesz) || !bytes_le32(notes, at + 4, &descsz) ||
		    !bytes_le32(notes, at + 8, &found))
			return false;
		at += 12;
		if (!bytes_sub(notes, at, namesz, &owner))
			return false;
		at += ((uint64_t)namesz + 3) & ~3ull;
		if (!bytes_sub(notes, at, descsz, &body))
			return false;
		at += ((uint64_t)descsz + 3) & ~3ull;
		/* The final NUL counts in namesz, but some writers leave it out. */
		if (found == type && namesz >= length && namesz <= length + 1 &&
		    !memcmp(owner.data, name, length) && (namesz == length || !owner.data[length])) {
			*desc = body;
			return true;
		}
	}
	return false;
}

/* The value of "KEY=value" on a line of its own. */
static bool find_value(struct bytes info, const char *key, struct bytes *value)
{
	size_t length = strlen(key);
	const uint8_t *at = info.data, *end = at + info.size;

	while (at < end && *at) {
		const uint8_t *line_end = memchr(at, '\n', end - at);

		line_end = line_end ? line_end : end;
		if ((size_t)(line_end - at) > length && !memcmp(at, key, length) && at[length] == '=') {
			*value = (struct bytes){ at + length + 1, line_end - at - length - 1 };
			return true;
		}
		at = line_end < end ? line_end + 1 : end;
	}
	return false;
}

bool vmcoreinfo_text(struct bytes info, const char *key, char *value, size_t size)
{
	struct bytes found;

	if (!find_value(info, key, &found) || found.size >= size)
		return false;
	memcpy(value, found.data, found.size);
	value[found.size] = 0;
	return true;
}

bool vmcoreinfo_number(struct bytes info, const char *key, int64_t *out)
{
	char text[32], *end;
	int64_t value;

	if (!vmcoreinfo_text(info, key, text, sizeof(text)) || !*text)
		return false;
	value = text[0] == '0' && text[1] == 'x' ? (int64_t)strtoull(text, &end, 16)
						 : strtoll(text, &end, 10);
	if (*end)
		return false;
	*out = value;
	return true;
}

bool vmcoreinfo_symbol(struct bytes info, const char *name, uint64_t *out)
{
	char key[128], text[32], *end;
	size_t length = strlen(name);
	uint64_t value;

	if (length > sizeof(key) - 9)
		return false;
	memcpy(key, "SYMBOL(", 7);
	memcpy(key + 7, name, length);
	memcpy(key + 7 + length, ")", 2);
	if (!vmcoreinfo_text(info, key, text, sizeof(text)) || !*text)
		return false;
	value = strtoull(text, &end, 16);
	if (*end)
		return false;
	*out = value;
	return true;
}
