/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs other programs, found in PATH; no shell is between. */
#ifndef HIBERNATE_RUN_H
#define HIBERNATE_RUN_H

#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/* In place of a file descriptor. */
enum { RUN_NULL = -1, RUN_OURS = -2, RUN_LOG = -3 };

#define RUN_LOG_SIZE 900 /* bytes of a line that are kept */

struct run {
	const char *const *argv; /* ends with NULL */
	int in;			 /* a descriptor, or RUN_NULL */
	int out, err;		 /* a descriptor, or any of them */
};

/*
 * Runs them all, each fed by the one before it as the caller has made their pipes. They own their
 * descriptors, which are closed here whatever happens. False unless all end with status 0; @why is
 * then the last line that one of them wrote to RUN_LOG, without the name of the program before it,
 * or what became of them. @shown: these lines go to our standard error as well.
 */
bool run_all(const struct run *runs, size_t count, bool shown, struct err *why);

/* One, whose output goes where ours does; @why is "" when it has told it there. */
bool run_shown(const char *const *argv, struct err *why);
/* The same, but its standard output is discarded. */
bool run_told(const char *const *argv, struct err *why);
/*
 * One, the last line of which is kept for @why. @shown: its output goes where ours does, and its
 * errors do, too; else they are seen nowhere.
 */
bool run_kept(const char *const *argv, bool shown, struct err *why);
/* One with no output of which anybody makes something. */
bool run_silent(const char *const *argv);

/*
 * Each line of its output, without its newline, goes to @line, until that returns false. @status
 * may be NULL; false: it could not be run.
 */
bool run_lines(const char *const *argv, bool (*line)(void *opaque, char *text), void *opaque,
	       int *status, struct err *e);

/* In a process group of its own. -1 with @e set. */
pid_t run_start(const struct run *r, bool group, struct err *e);

/* A pipe that programs do not inherit. */
bool run_pipe(int fds[2], struct err *e);
void run_close(int fd);

/* Where PATH, and after it the folders of the superuser, have a program; false: nowhere. */
bool run_find(const char *name, char *path, size_t size);

/* The words of a command, as they grow; all zero is none. */
#define RUN_WORDS 128
struct words {
	const char *at[RUN_WORDS + 1]; /* ends with NULL */
	size_t count;
	bool failed; /* there were too many, or no memory for one */
	char *owned[RUN_WORDS];
	size_t owned_count;
};
/* @word stays the caller's. */
void words_add(struct words *w, const char *word);
void words_format(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Those that blanks part in @text. */
void words_split(struct words *w, const char *text);
/* False: they are not all there. */
bool words_check(const struct words *w, struct err *e);
void words_deinit(struct words *w);

#endif
