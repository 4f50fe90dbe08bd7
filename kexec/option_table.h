/* SPDX-License-Identifier: GPL-2.0-only */
/* Every option of the command line, a row each: parsing, --help and the completions go by it. */
#ifndef KEXEC_OPTION_TABLE_H
#define KEXEC_OPTION_TABLE_H

#include "options.h"

enum option_kind {
	IGNORED, /* accepted for the sake of callers: the manual says why it has no effect */
	VERB,	 /* one more verb in the set */
	FLAG,	 /* bool */
	CHOICE,	 /* an enum of the size of int gets the row's value */
	TEXT,
	LIST,	  /* const char **, its size_t count is the row's value as an offset */
	SIZE,	  /* number, with K, M, G, T or without */
	ENTRY,	  /* number, noted as given */
	HELPER,	  /* VERB, with an optional ENTRY */
	STATUS,	  /* the same, with an optional number */
	WATCHDOG, /* seconds, or none given */
	SECONDS,
	PORT,
	BAUD,
	VIA,
};

struct option_row {
	const char *name;
	char letter;
	enum option_kind kind;
	size_t field;
	size_t value;
	unsigned verbs; /* with which it does anything, a set of 1 << enum verb; not a VERB's */
	const char *argument; /* for --help: what follows the name; NULL: nothing */
	const char *help;     /* NULL: another row's text names it */
	const char *section;  /* that begins here */
};

#define OPTIONS_MAX 128 /* more than option_count */

/* In the order of --help. */
extern const struct option_row option_table[];
extern const size_t option_count;
/* In place of a help text, where load.c refuses it in words. */
extern const char option_refused[];

#endif
