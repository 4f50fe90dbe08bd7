/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The elfcorehdr: ELF32 or ELF64 headers of this kernel's memory for the next one's /proc/vmcore,
 * as one block of bytes, with the notes in it, or pointing at them.
 */
#ifndef KEXEC_ELFCOREHDR_H
#define KEXEC_ELFCOREHDR_H

#include "bytes.h"
#include "err.h"
#include "jump_record.h"
#include "range.h"

struct elfcorehdr_wants {
	bool is64;
	uint16_t machine;	  /* EM_386 or EM_X86_64: of the kernel */
	uint16_t header_machine;  /* what e_machine says: what the other kernel takes */
	uint64_t at;		  /* physical address where the block will be */
	uint64_t room;		  /* bytes there; the result is padded to it with zeros */
	uint64_t entry;		  /* e_entry */
	const struct ranges *ram; /* a PT_LOAD each; p_offset = p_paddr */
	uint64_t page_offset;	  /* direct map: virtual address of physical 0; ~0: unknown */
	uint64_t direct_last;	  /* i386: its last physical address; 0: it has all RAM */
	struct range text;	  /* kernel text, as a PT_LOAD of its own when has_text */
	uint64_t text_vaddr;
	bool has_text;
	struct range gate;		  /* one more PT_LOAD; last 0: none */
	struct bytes vmcoreinfo;	  /* the text of the note, verbatim */
	const struct jump_record *record; /* NULL: no note */
	unsigned cpus;			  /* NT_PRSTATUS notes, zero-filled */
	/* RAM that is kept elsewhere, at @moved_to, and is not in @ram; last 0: none. */
	struct range moved;
	uint64_t moved_to;
	/* Notes that lie in memory, a PT_NOTE each, instead of all those: a crash kernel's. */
	const struct range *notes;
	size_t note_count; /* 0: none */
};

/*
 * Bytes that the block will have at most, for placing it before it is made: @w->ram may still lose
 * two ranges (window and low RAM) from its inside.
 */
uint64_t elfcorehdr_size(const struct elfcorehdr_wants *w);
/*
 * The block, newly allocated, w->room bytes. Memory without a known virtual address has
 * p_vaddr = 0, on i386 ~0, as makedumpfile wants it. Fails when ELF32 cannot express an address.
 */
bool elfcorehdr_make(const struct elfcorehdr_wants *w, uint8_t **out, struct err *e);

#endif
