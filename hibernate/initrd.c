/* SPDX-License-Identifier: GPL-2.0-only */
#include "make.h"
#include "verbs.h"

int do_initrd(struct hibernate *h, char **argv, struct err *e)
{
	if (!argv[1] || argv[2])
		return misused(e, "initrd: one file name is needed");
	return exit_code(hibernate_conf(h, e) && make_initrd(h, h->conf_path, argv[1], e));
}
