/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes what elfcore_read() reads, as the start of every core that this project makes: ELF header,
 * program headers, the notes' one first, and the notes.
 */
#ifndef CORE_ELFCORE_WRITE_H
#define CORE_ELFCORE_WRITE_H

#include "elfcore.h"

/* Append to @core, which is to be freed with elfcore_deinit(); false when memory ran out. */
bool elfcore_add_load(struct elfcore *core, const struct elfcore_load *load);
/* @desc.data NULL: @desc.size zeros. */
bool elfcore_add_note(struct elfcore *core, const char *name, uint32_t type, struct bytes desc);
/* A note of another core, as it is there. */
bool elfcore_copy_note(struct elfcore *core, const struct elfcore_note *note);

/* sizeof(struct elf_prstatus) of EM_386 or EM_X86_64 (include/linux/elfcore.h, asm/elf.h). */
size_t elfcore_prstatus_size(uint16_t machine);
/* Bytes that such a note adds to struct elfcore's notes. */
uint64_t elfcore_note_size(const char *name, uint64_t desc_size);
/* Bytes of the headers of a core with so many loads and bytes of notes. */
uint64_t elfcore_headers_size(bool is64, size_t load_count, uint64_t notes_size);
/*
 * Writes the headers to @to, which has elfcore_headers_size() bytes that are zero. The offset of
 * the notes is @base more than where they are after @to: the physical address of headers that lie
 * in memory, 0 in a file. With ELF32 what is beyond 32 bits is cut off: the caller has checked.
 */
void elfcore_write_headers(const struct elfcore *core, uint64_t base, uint8_t *to);

/*
 * The same for headers in memory whose notes lie elsewhere there: a PT_NOTE for each of @notes, in
 * place of those of @core.
 */
uint64_t elfcore_headers_size_notes(bool is64, size_t load_count, size_t note_count);
void elfcore_write_headers_notes(const struct elfcore *core, const struct range *notes,
				 size_t note_count, uint8_t *to);

#endif
