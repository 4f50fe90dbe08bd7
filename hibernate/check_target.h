/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be refused before anything is touched. */
#ifndef HIBERNATE_CHECK_TARGET_H
#define HIBERNATE_CHECK_TARGET_H

#include <stdint.h>

#include "hibernate.h"

/* The target's device is there, and nobody uses it; @wait: it may be found late. */
bool check_device(const struct hibernate *h, bool wait, char device[PATH_MAX], struct err *e);
/* The target can take an image, and has none that must not be lost. Streams always can. */
bool check_target(const struct hibernate *h, struct err *e);
/* "12 MiB", rounded up. */
const char *mib(uint64_t bytes, char words[24]);

#endif
