/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernels of a jump hand each other, in physical page 0 after the mailbox: A, before each
 * jump, says in which of its pages what it sends is, and in which the answer may be put; B puts it
 * there, and says so here, before it jumps back. A's pages belong to the process that sleeps in
 * kexec -e. All fields are little-endian, addresses are physical.
 */
#ifndef JUMP_MESSAGE_H
#define JUMP_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#define JUMP_MESSAGE_ADDRESS 0xa00
#define JUMP_MESSAGE_MAGIC   "kexec-jump msg." /* 16 bytes with its NUL */
#define JUMP_DATA_MAX	     65536	       /* bytes each way */
#define JUMP_DATA_PAGES	     (JUMP_DATA_MAX / 4096)
#define JUMP_STATUS_MAX	     124

/* Some data, which are in pages. */
struct jump_data {
	uint32_t size;	    /* bytes */
	uint32_t is_there;  /* 0: nothing was sent; 1: it was, of 0 bytes perhaps */
	uint8_t digest[32]; /* SHA-256 of them */
};

struct jump_answer {
	uint64_t number; /* of the message that it answers */
	uint32_t status; /* 0 to JUMP_STATUS_MAX */
	uint32_t reserved;
	struct jump_data data;
	uint8_t digest[32]; /* SHA-256 of what is before it */
};

/* How a jump ended that B did not end. */
enum jump_end {
	JUMP_END_PANIC = 0,
	JUMP_END_LIMIT = 1,  /* A's gate waited for it no longer */
	JUMP_END_NO_CPU = 2, /* B was not entered: the CPU to run it on did not start */
};

struct jump_message {
	char magic[16];
	uint64_t number; /* random, of this jump */
	struct jump_data data;
	uint64_t data_pages[JUMP_DATA_PAGES]; /* as many as the data take; the rest is 0 */
	uint64_t room_pages[JUMP_DATA_PAGES]; /* for the answer's data: all of them */
	uint8_t digest[32];		      /* SHA-256 of what is before it */
	struct jump_answer answer;
	uint64_t crashed; /* number of the jump that B did not end: A's gate says so ... */
	uint32_t end;	  /* ... and why: enum jump_end */
	uint32_t reserved;
	uint64_t limit; /* how long A's gate waits for B, in cycles of the TSC; 0: for ever */
};

_Static_assert(offsetof(struct jump_message, data_pages) == 64, "jump_message.data_pages");
_Static_assert(offsetof(struct jump_message, answer) == 352, "jump_message.answer");
_Static_assert(sizeof(struct jump_message) == 464, "jump_message");

#endif
