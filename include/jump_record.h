/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The jump record: what kernel A's loader tells whoever reads A's memory, as the ELF note
 * "KEXECJUMP" of type JUMP_RECORD_NOTE in the elfcorehdr (/proc/vmcore in B, saved images).
 * All fields are little-endian.
 */
#ifndef JUMP_RECORD_H
#define JUMP_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define JUMP_RECORD_NOTE_NAME "KEXECJUMP"
#define JUMP_RECORD_NOTE      1
#define JUMP_RECORD_MAGIC     "kexec-jump rec." /* 16 bytes with its NUL */
#define JUMP_RECORD_VERSION   1

/*
 * With init_on_free or page poisoning a kernel relies on what its free pages hold: then they
 * must be saved as well.
 */
enum free_content {
	FREE_CONTENT_UNKNOWN = 0,
	FREE_CONTENT_NONE = 1, /* free pages may hold anything */
	FREE_CONTENT_MATTERS = 2,
};

struct jump_record {
	char magic[16];
	uint32_t version;
	uint32_t size;		/* of this struct */
	uint16_t machine;	/* EM_386 or EM_X86_64: what A runs on */
	uint16_t paging_levels; /* 2 (i386), 3 (i386 PAE), 4 or 5 */
	uint32_t free_content;	/* enum free_content */
	uint64_t entry;		/* A's gate, GATE_REENTRY */
	uint64_t gate_start;	/* A's gate, all of it; ends are inclusive */
	uint64_t gate_last;
	uint64_t window_start; /* all RAM that B may use, with gate and headers ... */
	uint64_t window_last;
	uint64_t low_start; /* ... and its part below 640 KB */
	uint64_t low_last;
	uint64_t headers_start; /* the elfcorehdr */
	uint64_t headers_last;
	uint64_t text_start; /* A's kernel text and data, 0 and 0 when not known */
	uint64_t text_last;
	uint64_t ram_bytes;	  /* all RAM of A */
	char release[72];	  /* uname -r */
	char build[136];	  /* uname -v */
	uint8_t firmware_map[32]; /* SHA-256 of the firmware memory map: host/firmware.h */
	uint32_t cpu_vendor[3];	  /* CPUID leaf 0: ebx, edx, ecx */
	uint32_t cpu_signature;	  /* CPUID leaf 1: eax */
	uint32_t cpu_features[8]; /* CPUID 1.ecx 1.edx 7.ebx 7.ecx 7.edx 80000001.ecx .edx, 0;
				   * with the bits that differ between CPUs or boots cleared */
};

_Static_assert(offsetof(struct jump_record, entry) == 32, "jump_record.entry");
_Static_assert(offsetof(struct jump_record, release) == 128, "jump_record.release");
_Static_assert(offsetof(struct jump_record, firmware_map) == 336, "jump_record.firmware_map");
_Static_assert(sizeof(struct jump_record) == 416, "jump_record");

#endif
