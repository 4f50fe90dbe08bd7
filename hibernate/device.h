/* SPDX-License-Identifier: GPL-2.0-only */
/* Block devices, as /sys, /dev and /proc below @root show them. Names begin with /dev/. */
#ifndef HIBERNATE_DEVICE_H
#define HIBERNATE_DEVICE_H

#include <limits.h>
#include <stdint.h>

#include "err.h"

/* The device that @name, /dev/... or PARTUUID=..., stands for; false: it is not there. */
bool device_find(const char *root, const char *name, char device[PATH_MAX]);
/* The same, for one that may be found late (USB): tries once a second. */
bool device_wait(const char *root, const char *name, unsigned seconds, char device[PATH_MAX]);
/* Bytes; 0: not known. */
uint64_t device_size(const char *root, const char *device);
/*
 * False, with why it must not be written to: it, or a partition of it, is mounted, swap, or part of
 * another device.
 */
bool device_free(const char *root, const char *device, struct err *e);

#endif
