/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an errno of the calls that load, unload and run means, and whether another way may do: one
 * table of reasons.
 */
#ifndef KEXEC_EXPLAIN_H
#define KEXEC_EXPLAIN_H

#include "host.h"

/* What the kernel was asked, as a set in the table. */
enum asked {
	ASKED_LOAD = 1 << 0,   /* kexec_load(2) */
	ASKED_FILE = 1 << 1,   /* kexec_file_load(2) */
	ASKED_MODULE = 1 << 2, /* /dev/kexec_jump */
	ASKED_EXEC = 1 << 3,   /* reboot(2) */
};

struct question {
	const char *what; /* begins the line */
	enum asked asked;
	const struct host *host;
	bool crash;	  /* a crash kernel, of which loads are counted for themselves */
	bool is_unsigned; /* ASKED_FILE: the kernel file has no signature */
};

/*
 * "@what: reason". What may not be has the one cause that the system tells (host/policy.h), when it
 * tells any. Always returns false.
 */
bool explain(struct err *e, const struct question *q, int errnum);

/* Whether another way may do where this one failed, as it is checked, planned or built in apart. */
bool explain_other_way(enum asked asked, int errnum);

#endif
