/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "enter.h"
#include "mailbox_io.h"
#include "run.h"

bool enter_restored(const struct hibernate *h, const struct reach *r, const char *id, bool shown,
		    struct err *e)
{
	static const char *const jump[] = { "kexec", "-e", "-x", "-y", NULL };
	char message[MAILBOX_TEXT];
	struct err ignored;

	snprintf(message, sizeof(message), "restored id=%s", id);
	if (!mailbox_write(h->root, message, e) || (r && !reach_freeze(r, true, shown, e)))
		return false;
	if (run_kept(jump, shown, e))
		err_set(e, "the restored kernel came back at once");
	if (r)
		reach_freeze(r, false, shown, &ignored);
	return false;
}
