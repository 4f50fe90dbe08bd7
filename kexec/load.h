/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps of a load, from the request to the kernel that has it: doc/overview.md. */
#ifndef KEXEC_LOAD_H
#define KEXEC_LOAD_H

#include <stdio.h>

#include "host.h"
#include "layout_lent.h"
#include "options.h"

/* Where what is worth seeing goes on the way; NULL: not wanted, but for notes and advice. */
struct load_output {
	FILE *plan, *debug; /* what will be loaded */
	FILE *map;	    /* a drawing of it */
	FILE *notes;	    /* warnings, and what is left out */
	FILE *advice;	    /* what is still to be done */
};

/*
 * Loads what the request says, or, with --dry-run, does all but that. *@no_file_call: -s was given,
 * but the kernel has no such system call.
 */
bool load(const struct request *r, const struct host *h, const struct load_output *to,
	  bool *no_file_call, struct err *e);

/*
 * Loads a kernel that was jumped to once more (kexec/layout_lent.h), from memory that is in no
 * file: for a request whose verb is VERB_LOAD_JUMP, and whose kernel is what to call it.
 */
bool load_again(const struct request *r, const struct host *h, const struct load_output *to,
		const struct lent_image *from, struct err *e);

#endif
