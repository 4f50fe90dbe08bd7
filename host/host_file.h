/* SPDX-License-Identifier: GPL-2.0-only */
/* Files below the host's root; host_file() is in host.h. */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include "host.h"

/* Opens ROOT@path, a regular file as all of /proc and /sys are, for reading; -1 with @e set. */
int host_open(const struct host *h, const char *path, struct err *e);

#endif
