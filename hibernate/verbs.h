/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands: each returns an exit code, with @e set where there is something left to say. */
#ifndef HIBERNATE_VERBS_H
#define HIBERNATE_VERBS_H

#include "hibernate.h"

/* @argv[0] is the verb, and it ends with NULL. */
typedef int verb_fn(struct hibernate *h, char **argv, struct err *e);

verb_fn do_conf, do_discard, do_initrd, do_keep, do_now, do_renew, do_resume, do_setup, do_status;

/* EXIT_USAGE. */
int misused(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For a verb without arguments: 0, or what to return. */
int no_arguments(char **argv, struct err *e);
/* False: somebody else's. */
bool need_root(const struct hibernate *h, struct err *e);
static inline int exit_code(bool ok)
{
	return ok ? EXIT_GOOD : EXIT_FAILED;
}

/*
 * An option NAME VALUE or NAME=VALUE at **@argv: moves on past it and tells its value, NULL when
 * that is missing. False: it is another word.
 */
bool take_value(char ***argv, const char *name, const char **value);

#endif
