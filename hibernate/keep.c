/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <unistd.h>

#include "mailbox_io.h"
#include "run.h"
#include "say.h"
#include "second.h"
#include "verbs.h"

static bool check(const struct hibernate *h, struct err *e)
{
	char text[MAILBOX_TEXT];

	if (!strcmp(hibernate_value(h, CONF_KEEP), "no"))
		return err_set(e, "KEEP=no in %s", h->conf_path);
	return second_files_there(h, e) && mailbox_read(h->root, text, e);
}

static bool keep(struct hibernate *h, struct err *e)
{
	static const char *const jump[] = { "kexec", "-e", NULL };
	const char *file;

	if (!need_root(h, e) || !hibernate_conf(h, e) || !check(h, e))
		return false;
	file = hibernate_value(h, CONF_KEEP);
	if (second_is_kept(h)) {
		say("%s holds the second kernel already", file);
		return true;
	}
	if (!second_load(h, e) || !mailbox_write(h->root, "keep", e))
		return false;
	sync();
	if (!run_told(jump, e) || !second_set_warm(h, e))
		return false;
	if (!second_keep(h, e))
		return err_prefix(e, "the second kernel cannot be kept");
	say("the second kernel is kept in %s", file);
	return true;
}

int do_keep(struct hibernate *h, char **argv, struct err *e)
{
	int code = no_arguments(argv, e);

	return code ? code : exit_code(keep(h, e));
}
