/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second kernel as A has it. It is warm when it is loaded and has run, and kept when what it is
 * then stands in the file KEEP=: so it need not boot again, in whichever boot of this system. Both
 * count only while configuration, kernel and root file system are the ones it was made of.
 */
#ifndef HIBERNATE_SECOND_H
#define HIBERNATE_SECOND_H

#include "hibernate.h"

bool second_files_there(const struct hibernate *h, struct err *e);
bool second_is_warm(const struct hibernate *h);
bool second_is_kept(const struct hibernate *h);

/* Asks kexec to load it, as the configuration says, or only whether it could. */
bool second_load_anew(const struct hibernate *h, bool dry_run, struct err *e);
/* What is warm stays, what is kept is loaded in the state in which it was kept. */
bool second_load(const struct hibernate *h, struct err *e);
/* It has come back. */
bool second_set_warm(const struct hibernate *h, struct err *e);
/* It has come back, by itself or with the whole system: what is kept works. */
void second_works(const struct hibernate *h);
/* Keeps the one that is loaded. */
bool second_keep(const struct hibernate *h, struct err *e);
void second_forget(const struct hibernate *h);

#endif
