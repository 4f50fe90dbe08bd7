/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hibernate-hook: what B and C do, as a hook of their init. B is asked by a message from A to save
 * A's memory, and answers with a message when it goes back. C (kexec_jump=restore) restores what B
 * saved, enters it, and does not come back from that.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hook.h"
#include "say.h"

static bool is_restoring(const struct hibernate *h)
{
	char *word = hibernate_boot_word(h, "kexec_jump");
	bool is = word && !strcmp(word, "restore");

	free(word);
	return is;
}

static bool ready(struct hibernate *h)
{
	struct err e;

	if (hibernate_make_run(h, &e) && hibernate_read(h, &e))
		return true;
	complain(&e);
	return false;
}

static int run_hook(struct hibernate *h)
{
	if (!is_restoring(h))
		return ready(h) ? visit(h) : EXIT_FAILED;
	if (ready(h))
		restore(h);
	return leave(h);
}

int main(void)
{
	struct hibernate h;
	struct err e;
	int code = EXIT_FAILED;

	umask(077);
	if (hibernate_init(&h, &e))
		code = run_hook(&h);
	else
		complain(&e);
	hibernate_deinit(&h);
	return code;
}
