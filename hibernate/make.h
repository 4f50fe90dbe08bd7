/* SPDX-License-Identifier: GPL-2.0-only */
/* What setup and renew put in place: the configuration and the second kernel's root file system. */
#ifndef HIBERNATE_MAKE_H
#define HIBERNATE_MAKE_H

#include "hibernate.h"

/* The second kernel's root file system, with the configuration of @conf_path inside. */
bool make_initrd(const struct hibernate *h, const char *conf_path, const char *output,
		 struct err *e);

/* The configuration of @h, in a file beside the one that is in force. */
struct new_conf {
	char path[PATH_MAX];
};

/* Writes it and reads it again. To be ended in any case once it has been begun. */
bool new_conf_begin(struct hibernate *h, struct new_conf *n, struct err *e);
/* INITRD= with it inside. */
bool new_conf_initrd(const struct hibernate *h, const struct new_conf *n, struct err *e);
/* It is in force from now on. */
bool new_conf_commit(const struct hibernate *h, const struct new_conf *n, struct err *e);
/* What was not committed goes. */
void new_conf_end(const struct new_conf *n);

#endif
