/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF core files of physical memory, as /proc/vmcore, /proc/kcore and saved images have them:
 * ELF32 or ELF64, little-endian, ET_CORE. Only the headers and notes are held in memory.
 */
#ifndef CORE_ELFCORE_H
#define CORE_ELFCORE_H

#include "bytes.h"
#include "err.h"
#include "range.h"

#define ELFCORE_HEADERS_MAX (16u << 20) /* bytes; no real core has more */

struct elfcore_load {
	uint64_t paddr;
	uint64_t vaddr;
	uint64_t memsz;
	uint64_t filesz;
	uint64_t offset; /* in the file */
	uint32_t flags;	 /* PF_* */
};

struct elfcore {
	bool is64;
	uint16_t machine; /* EM_386 or EM_X86_64 */
	uint64_t entry;
	/*
	 * In the order of the file, without those of no memory: memsz > 0, filesz <= memsz.
	 * Addresses are as the file has them: paddr of /proc/kcore's vmalloc area is ~0, and
	 * address plus size may wrap around.
	 */
	struct elfcore_load *loads;
	size_t load_count, load_room;
	uint8_t *notes; /* all whole notes of all PT_NOTE, each padded to 4 bytes */
	size_t notes_size, notes_room;
};

/* A note as it lies among others: name and description, each padded to 4 bytes. */
struct elfcore_note {
	uint32_t type;
	struct bytes name; /* most writers count its NUL, but not all */
	struct bytes desc;
	struct bytes all; /* with its header and without padding at the end */
};

/*
 * How elfcore_read() gets at the file: fills @to with exactly @size bytes from @offset, or fails
 * with @e set. @opaque is the caller's.
 */
typedef bool elfcore_pread_fn(void *opaque, uint64_t offset, void *to, size_t size, struct err *e);

/*
 * Reads and checks the headers. @file_size bounds every PT_LOAD and PT_NOTE; UINT64_MAX when it is
 * not known (/proc files). False with @e set for anything that is not a well-formed core.
 * @core is to be freed with elfcore_deinit() only after success.
 */
bool elfcore_read(struct elfcore *core, elfcore_pread_fn *pread_fn, void *opaque,
		  uint64_t file_size, struct err *e);
/*
 * The same of an elfcorehdr, @size bytes of headers at physical address @start: the offset of its
 * notes is their physical address. @read_phys reads at physical addresses.
 */
bool elfcore_read_headers(struct elfcore *core, elfcore_pread_fn *read_phys, void *opaque,
			  uint64_t start, uint64_t size, struct err *e);
void elfcore_deinit(struct elfcore *core);

/* Takes the first note from @left; false when there is no whole one. */
bool elfcore_take_note(struct bytes *left, struct elfcore_note *n);
bool elfcore_note_is_named(const struct elfcore_note *n, const char *name);
/* The description of the first note with this name and type; false when there is none. */
bool elfcore_note(const struct elfcore *core, const char *name, uint32_t type, struct bytes *desc);

#endif
