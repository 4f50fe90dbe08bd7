/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and writing another kernel's memory, by physical address, by that kernel's own virtual
 * addresses, or by its symbols: what kimgcore and oldmem have in common.
 */
#ifndef KDUMP_PEEK_H
#define KDUMP_PEEK_H

#include "peer_kernel.h"

enum { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_FAILED = 255 };

/* What one of the programs has besides: exit status EXIT_GOOD, or another one with @e set. */
struct peek_command {
	const char *name; /* NULL: the end of the list */
	int (*run)(void *opaque, int argc, char **argv, struct err *e); /* argv[0] is the name */
};

struct peek {
	const char *program; /* for usage and messages */
	const char *usage;
	const struct peek_command *more;
	bool (*open)(void *opaque, struct err *e);
	void (*close)(void *opaque);
	/* That kernel's structures, as often as they are asked for; NULL: they cannot be read. */
	struct peer_kernel *(*kernel)(void *opaque, struct err *e);
	/* Where the content of a page is, or why it may not be read, or written. */
	bool (*page)(void *opaque, uint64_t page, bool write, uint64_t *now, struct err *e);
	/* @size bytes in one such page. */
	bool (*read)(void *opaque, uint64_t now, void *to, size_t size, struct err *e);
	bool (*write)(void *opaque, uint64_t now, const void *from, size_t size, struct err *e);
	bool (*end)(void *opaque, struct err *e); /* of what was written; NULL: nothing is left */
	void *opaque;
};

/* The commands that both have. */
#define PEEK_USAGE(program) \
	"       " program " read [--virtual] ADDRESS LENGTH   its memory, to standard output\n" \
	"       " program " write [--virtual] ADDRESS         standard input, to its memory\n" \
	"       " program " dmesg                             its log\n"
#define PEEK_ADDRESS \
	"ADDRESS is physical, with --virtual one of that kernel's own, or SYMBOL[+OFFSET].\n"

/*
 * The whole program: what main() returns. Nothing is written, to memory or to standard output,
 * unless all of the range may be.
 */
int peek_main(struct peek *p, int argc, char **argv);

#endif
