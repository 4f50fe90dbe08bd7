/* SPDX-License-Identifier: GPL-2.0-only */
/* The modules that the second kernel needs, MODULES=, as modprobe and /sys tell. */
#ifndef HIBERNATE_MODULES_H
#define HIBERNATE_MODULES_H

#include "hibernate.h"

/* uname -r of the second kernel, by the name of KERNEL=, or of this one. */
bool kernel_release(const struct hibernate *h, char release[PATH_MAX], struct err *e);
/* What stands behind the first - of KERNEL=. */
const char *kernel_version_of(const char *kernel);

/* The second kernel has it, and not built in. */
bool has_module(const struct hibernate *h, const char *name);
/* It is in MODULES=, by name or as a file. */
bool modules_name(const struct hibernate *h, const char *name);
/* Puts it there, last. */
bool modules_add(struct hibernate *h, const char *name, struct err *e);
/* Sets MODULES= to what reaches the target: what @device needs, NET= and a file system. */
bool modules_find(struct hibernate *h, const char *device, struct err *e);
/* Takes out of MODULES= what this kernel has built in; false: one that it does not have at all. */
bool modules_check(struct hibernate *h, struct err *e);

#endif
