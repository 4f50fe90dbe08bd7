/* SPDX-License-Identifier: GPL-2.0-only */
#include "check_kernel.h"
#include "make.h"
#include "modules.h"
#include "verbs.h"

/* Another kernel may be the second one from now on; nothing else is touched. */
static bool renew(struct hibernate *h, const char *kernel, struct err *e)
{
	struct new_conf n = { "" };
	bool ok;

	if (!need_root(h, e) || !hibernate_read(h, e) ||
	    (kernel && *kernel && !conf_set(&h->conf, CONF_KERNEL, kernel, e)) ||
	    !check_kernel(h, e) || !modules_check(h, e) || !check_jump(h, e))
		return false;
	ok = new_conf_begin(h, &n, e) && new_conf_initrd(h, &n, e) && new_conf_commit(h, &n, e);
	new_conf_end(&n);
	return ok;
}

int do_renew(struct hibernate *h, char **argv, struct err *e)
{
	const char *kernel = NULL;

	argv++;
	while (*argv) {
		if (!take_value(&argv, "--kernel", &kernel))
			return misused(e, "renew: %s is not known", *argv);
		if (!kernel)
			return misused(e, "renew: --kernel needs a value");
	}
	return exit_code(renew(h, kernel, e));
}
