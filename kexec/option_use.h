/* SPDX-License-Identifier: GPL-2.0-only */
/* Which option does anything with which verb: what does nothing there is refused, not dropped. */
#ifndef KEXEC_OPTION_USE_H
#define KEXEC_OPTION_USE_H

#include "option_table.h"

/* A FORCE that loads nothing is an EXEC here. Errors name the verbs with which it goes. */
bool option_use_check(const struct option_row *row, const struct request *r, struct err *e);
/* Whether all of @verbs, a set of 1 << enum verb, go together, where @verb was chosen. */
bool option_use_check_verbs(enum verb verb, unsigned verbs, struct err *e);

#endif
