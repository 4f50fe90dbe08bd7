/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

int do_conf(struct hibernate *h, char **argv, struct err *e)
{
	enum conf_key key;

	if (!argv[1] || argv[2])
		return misused(e, "conf: one key is needed");
	key = conf_find(argv[1], strlen(argv[1]));
	if (key == CONF_KEYS)
		return misused(e, "conf: no such key: %s", argv[1]);
	if (!hibernate_conf(h, e))
		return EXIT_FAILED;
	puts(hibernate_value(h, key));
	return EXIT_GOOD;
}
