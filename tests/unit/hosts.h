/* SPDX-License-Identifier: GPL-2.0-only */
/* The recorded hosts of tests/hosts, made once for a test program and removed at its end. */
#ifndef TEST_HOSTS_H
#define TEST_HOSTS_H

#include <stdio.h>
#include <stdlib.h>

static char hosts_folder[] = "/tmp/kexec-hosts-XXXXXX";

static void hosts_remove(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", hosts_folder);
	if (system(command))
		perror(command);
}

/* The root of the host called @name; "": the folder of all hosts. A static buffer of four. */
static const char *host_root(const char *name)
{
	static char roots[4][128], command[1024];
	static unsigned int next;
	const char *src = getenv("SRC");

	if (!*command) {
		if (!mkdtemp(hosts_folder) || atexit(hosts_remove))
			exit(1);
		snprintf(command, sizeof(command), "'%s/tests/hosts/make' %s", src ? src : ".",
			 hosts_folder);
		if (system(command)) {
			fprintf(stderr, "tests/hosts/make failed (is SRC the source folder?)\n");
			exit(1);
		}
	}
	next = (next + 1) % 4;
	snprintf(roots[next], sizeof(roots[next]), "%s/%s", hosts_folder, name);
	return roots[next];
}

#endif
