/* SPDX-License-Identifier: GPL-2.0-only */
/* The image of a target that is a device, or a file on one, as a path that can be opened. */
#ifndef HIBERNATE_REACH_H
#define HIBERNATE_REACH_H

#include "folder.h"
#include "hibernate.h"

struct reach {
	char device[PATH_MAX]; /* /dev/..., without the root */
	char image[PATH_MAX];  /* the device, or the file where its file system is mounted now */
	char mount_point[PATH_MAX];
	bool mounted;
	/* Of a folder of snapshots: image is the newest whole one, or what will be the first. */
	char folder[PATH_MAX]; /* "": the target is none */
	struct folder there;
	char base[PATH_MAX]; /* after reach_next() */
};

/* Waits for the device; mounts its file system for a file. Close with reach_close() in any case. */
bool reach_open(const struct hibernate *h, struct reach *r, bool write, struct err *e);
/* In a folder: image is the one to be made, base what it is to be based on, "" for the first. */
bool reach_next(struct reach *r, struct err *e);
/* What is closed already, or was never open, stays so. */
bool reach_close(struct reach *r, struct err *e);
/* Nothing can be written to the mounted file system from now on, or again. */
bool reach_freeze(const struct reach *r, bool frozen, bool shown, struct err *e);

#endif
