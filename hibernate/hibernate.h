/* SPDX-License-Identifier: GPL-2.0-only */
/* What each verb works with: the machine, the configuration, and the target in it. */
#ifndef HIBERNATE_H
#define HIBERNATE_H

#include <limits.h>

#include "conf.h"
#include "target_name.h"

enum { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_STAYED = 3, EXIT_FAILED = 255 };

struct hibernate {
	const char *root;   /* of /proc, /sys, /dev, /etc, /boot and /run: "" but for tests */
	char run[PATH_MAX]; /* ROOT/run/kexec-hibernate, a folder for our files */
	char conf_path[PATH_MAX];
	struct conf conf;
	struct target_name target; /* of conf; all zero before hibernate_target() */
	bool force;
};

/*
 * From KEXEC_HIBERNATE_ROOT and KEXEC_HIBERNATE_CONF; nothing is read. The programs that came with
 * this one are found before any of the same name. @h is to be freed with hibernate_deinit() in any
 * case.
 */
bool hibernate_init(struct hibernate *h, struct err *e);
void hibernate_deinit(struct hibernate *h);
/* Makes the folder. */
bool hibernate_make_run(const struct hibernate *h, struct err *e);
bool hibernate_conf(struct hibernate *h, struct err *e);
/* Understands TARGET=. */
bool hibernate_target(struct hibernate *h, struct err *e);
/* Both. */
bool hibernate_read(struct hibernate *h, struct err *e);

static inline const char *hibernate_value(const struct hibernate *h, enum conf_key key)
{
	return h->conf.value[key];
}

/*
 * The path of a file that came with this program, but is no program in PATH; false with @e set: it
 * is not there. KEXEC_HIBERNATE_LIB is a folder that is looked into first.
 */
bool hibernate_part(const char *name, char path[PATH_MAX], struct err *e);
/* The value of KEY=VALUE, or "" of KEY alone, on the kernel command line; NULL: it is not there. */
char *hibernate_boot_word(const struct hibernate *h, const char *key);

#endif
