/* SPDX-License-Identifier: GPL-2.0-only */
/* The image of a target that is a device, or a file on one, as a path that can be opened. */
#ifndef HIBERNATE_REACH_H
#define HIBERNATE_REACH_H

#include "hibernate.h"

struct reach {
	char device[PATH_MAX]; /* /dev/..., without the root */
	char image[PATH_MAX];  /* the device, or the file where its file system is mounted now */
	char mount_point[PATH_MAX];
	bool mounted;
};

/* Waits for the device; mounts its file system for a file. Close with reach_close() in any case. */
bool reach_open(const struct hibernate *h, struct reach *r, bool write, struct err *e);
/* What is closed already, or was never open, stays so. */
bool reach_close(struct reach *r, struct err *e);
/* Nothing can be written to the mounted file system from now on, or again. */
bool reach_freeze(const struct reach *r, bool frozen, bool shown, struct err *e);

#endif
