/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elfcorehdr.h"

#define NOTE_VMCOREINFO 0 /* kernel/vmcore_info.c */
#define HOLES		2 /* in w->ram, still to come: see elfcorehdr.h */

/* sizeof(struct elf_prstatus) of both architectures (include/linux/elfcore.h, asm/elf.h). */
#define PRSTATUS_SIZE_386    144
#define PRSTATUS_SIZE_X86_64 336

_Static_assert(sizeof(Elf32_Nhdr) == 12 && sizeof(Elf64_Nhdr) == 12, "notes are of one form");

/* A program header before its class is known. */
struct header {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};

/* The block in the making. */
struct block {
	const struct elfcorehdr_wants *w;
	uint8_t *bytes;
	size_t phdrs;	/* written so far */
	size_t note_at; /* offset of the next note */
};

static size_t ehdr_size(const struct elfcorehdr_wants *w)
{
	return w->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
}

static size_t phdr_size(const struct elfcorehdr_wants *w)
{
	return w->is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}

static size_t prstatus_size(const struct elfcorehdr_wants *w)
{
	return w->machine == EM_386 ? PRSTATUS_SIZE_386 : PRSTATUS_SIZE_X86_64;
}

static uint64_t align4(uint64_t n)
{
	return (n + 3) & ~3ull;
}

static uint64_t note_size(const char *name, uint64_t desc)
{
	return sizeof(Elf64_Nhdr) + align4(strlen(name) + 1) + align4(desc);
}

static uint64_t notes_size(const struct elfcorehdr_wants *w)
{
	uint64_t size = w->cpus * note_size("CORE", prstatus_size(w));

	if (w->vmcoreinfo.size)
		size += note_size("VMCOREINFO", w->vmcoreinfo.size);
	if (w->record)
		size += note_size(JUMP_RECORD_NOTE_NAME, sizeof(*w->record));
	return size;
}

/* i386 only: a range that begins in the direct map and ends above it. */
static bool crosses_direct_map(const struct elfcorehdr_wants *w, struct range r)
{
	return w->direct_last && r.start <= w->direct_last && r.last > w->direct_last;
}

static size_t phdr_count(const struct elfcorehdr_wants *w)
{
	size_t count = w->ram->count + w->has_text + 2; /* notes and gate */

	for (size_t i = 0; i < w->ram->count; i++)
		count += crosses_direct_map(w, w->ram->at[i]);
	return count;
}

/* With @phdrs program headers; the note that ends all, which has no name, included. */
static uint64_t block_size(const struct elfcorehdr_wants *w, uint64_t phdrs)
{
	return ehdr_size(w) + phdrs * phdr_size(w) + notes_size(w) + sizeof(Elf64_Nhdr);
}

uint64_t elfcorehdr_size(const struct elfcorehdr_wants *w)
{
	return block_size(w, phdr_count(w) + HOLES);
}

/* The memory is ours and zeroed; the structs have no padding. */
static void put_ehdr(struct block *b, size_t phdrs)
{
	const struct elfcorehdr_wants *w = b->w;
	const unsigned char ident[EI_NIDENT] = {
		ELFMAG0,     ELFMAG1,	 ELFMAG2,	ELFMAG3, w->is64 ? ELFCLASS64 : ELFCLASS32,
		ELFDATA2LSB, EV_CURRENT, ELFOSABI_NONE,
	};
	Elf64_Ehdr e64 = {
		.e_type = ET_CORE,
		.e_machine = w->machine,
		.e_version = EV_CURRENT,
		.e_entry = w->entry,
		.e_phoff = sizeof(e64),
		.e_ehsize = sizeof(e64),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = phdrs,
	};
	Elf32_Ehdr e32 = {
		.e_type = ET_CORE,
		.e_machine = w->machine,
		.e_version = EV_CURRENT,
		.e_entry = w->entry,
		.e_phoff = sizeof(e32),
		.e_ehsize = sizeof(e32),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = phdrs,
	};

	if (w->is64)
		memcpy(b->bytes, &e64, sizeof(e64));
	else
		memcpy(b->bytes, &e32, sizeof(e32));
	memcpy(b->bytes, ident, sizeof(ident));
}

static void put_phdr(struct block *b, const struct header *h)
{
	Elf64_Phdr p64 = {
		.p_type = h->type,
		.p_flags = h->flags,
		.p_offset = h->offset,
		.p_vaddr = h->vaddr,
		.p_paddr = h->paddr,
		.p_filesz = h->filesz,
		.p_memsz = h->memsz,
		.p_align = h->align,
	};
	Elf32_Phdr p32 = {
		.p_type = h->type,
		.p_flags = h->flags,
		.p_offset = h->offset,
		.p_vaddr = h->vaddr,
		.p_paddr = h->paddr,
		.p_filesz = h->filesz,
		.p_memsz = h->memsz,
		.p_align = h->align,
	};
	uint8_t *at = b->bytes + ehdr_size(b->w) + b->phdrs++ * phdr_size(b->w);

	if (b->w->is64)
		memcpy(at, &p64, sizeof(p64));
	else
		memcpy(at, &p32, sizeof(p32));
}

static void put_load(struct block *b, struct range r, uint64_t vaddr)
{
	uint64_t size = range_size(r);

	put_phdr(b, &(struct header){
			    .type = PT_LOAD,
			    .flags = PF_R | PF_W | PF_X,
			    .offset = r.start,
			    .paddr = r.start,
			    .vaddr = vaddr,
			    .filesz = size,
			    .memsz = size,
		    });
}

/*
 * makedumpfile takes p_vaddr 0 on x86_64 for "none" (NOT_KV_ADDR). On i386 it would believe that
 * a segment of more than 3 GiB at 0 covers the kernel's addresses: there -1 is the custom.
 */
static uint64_t no_vaddr(const struct elfcorehdr_wants *w)
{
	return w->machine == EM_386 ? UINT64_MAX : 0;
}

static uint64_t direct_vaddr(const struct elfcorehdr_wants *w, uint64_t paddr)
{
	if (w->page_offset == UINT64_MAX || (w->direct_last && paddr > w->direct_last))
		return no_vaddr(w);
	return w->page_offset + paddr;
}

static void put_ram(struct block *b, struct range r)
{
	struct range low = { r.start, b->w->direct_last };

	if (crosses_direct_map(b->w, r)) {
		put_load(b, low, direct_vaddr(b->w, low.start));
		r.start = low.last + 1;
	}
	put_load(b, r, direct_vaddr(b->w, r.start));
}

static void put_note(struct block *b, const char *name, uint32_t type, const void *desc,
		     size_t size)
{
	Elf64_Nhdr header = { .n_namesz = strlen(name) + 1, .n_descsz = size, .n_type = type };
	uint8_t *at = b->bytes + b->note_at;

	b->note_at += note_size(name, size);
	memcpy(at, &header, sizeof(header));
	at += sizeof(header);
	memcpy(at, name, header.n_namesz);
	if (desc)
		memcpy(at + align4(header.n_namesz), desc, size);
}

/*
 * One PT_NOTE, and the first header: fs/proc/vmcore.c merge_note_headers_elf64() relies on that.
 * The same function reads on until a note without a name, inside p_memsz.
 */
static void put_notes(struct block *b, size_t headers)
{
	const struct elfcorehdr_wants *w = b->w;
	uint64_t size = notes_size(w);

	put_phdr(b, &(struct header){
			    .type = PT_NOTE,
			    .offset = w->at + headers,
			    .filesz = size,
			    .memsz = size + sizeof(Elf64_Nhdr),
			    .align = 4,
		    });
	b->note_at = headers;
	for (unsigned int i = 0; i < w->cpus; i++)
		put_note(b, "CORE", NT_PRSTATUS, NULL, prstatus_size(w));
	if (w->vmcoreinfo.size)
		put_note(b, "VMCOREINFO", NOTE_VMCOREINFO, w->vmcoreinfo.data, w->vmcoreinfo.size);
	if (w->record)
		put_note(b, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, w->record, sizeof(*w->record));
}

static bool check(const struct elfcorehdr_wants *w, size_t phdrs, struct err *e)
{
	const struct ranges *ram = w->ram;
	uint64_t ram_last = ram->count ? ram->at[ram->count - 1].last : 0, block_last;

	if (phdrs >= PN_XNUM)
		return err_set(e, "RAM in %zu pieces is more than core headers can describe",
			       phdrs);
	if (block_size(w, phdrs) > w->room || w->room > SIZE_MAX)
		return err_set(e, "core headers of %" PRIu64 " bytes do not fit in 0x%" PRIx64,
			       block_size(w, phdrs), w->room);
	if (__builtin_add_overflow(w->at, w->room - 1, &block_last))
		return err_set(e, "core headers cannot be at 0x%" PRIx64, w->at);
	if (w->is64)
		return true;
	if (ram_last > UINT32_MAX)
		return err_set(e,
			       "RAM up to 0x%" PRIx64 " cannot be described by ELF32 core "
			       "headers: leave out --elf32-core-headers",
			       ram_last);
	if (block_last > UINT32_MAX || w->gate.last > UINT32_MAX || w->entry > UINT32_MAX)
		return err_set(e, "ELF32 core headers, and a gate with them, must be below 4 GiB");
	return true;
}

bool elfcorehdr_make(const struct elfcorehdr_wants *w, uint8_t **out, struct err *e)
{
	size_t phdrs = phdr_count(w);
	struct block b = { .w = w };

	if (!check(w, phdrs, e))
		return false;
	b.bytes = calloc(1, w->room);
	if (!b.bytes)
		return err_set(e, "out of memory for core headers");

	put_ehdr(&b, phdrs);
	put_notes(&b, ehdr_size(w) + phdrs * phdr_size(w));
	if (w->has_text)
		put_load(&b, w->text, w->text_vaddr);
	for (size_t i = 0; i < w->ram->count; i++)
		put_ram(&b, w->ram->at[i]);
	put_load(&b, w->gate, no_vaddr(w));
	*out = b.bytes;
	return true;
}
