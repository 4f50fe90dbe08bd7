/* SPDX-License-Identifier: GPL-2.0-only */
/* What the second kernel must have, as far as its configuration can be found. */
#ifndef HIBERNATE_CHECK_KERNEL_H
#define HIBERNATE_CHECK_KERNEL_H

#include "hibernate.h"

/* The file is there, with what saving needs. */
bool check_kernel(const struct hibernate *h, struct err *e);
/* It can jump, or has the module that can, which is in MODULES= then. */
bool check_jump(struct hibernate *h, struct err *e);

#endif
