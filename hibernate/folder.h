/* SPDX-License-Identifier: GPL-2.0-only */
/* A target that is a folder: snapshots 1, 2, ..., each based on the one before. */
#ifndef HIBERNATE_FOLDER_H
#define HIBERNATE_FOLDER_H

#include "err.h"

struct folder {
	unsigned last;	/* the highest number that is there; 0: none */
	unsigned whole; /* the highest of a complete image */
};

/* A folder that is not there is empty. */
bool folder_read(struct folder *f, const char *path, struct err *e);
/* Removes them all, the newest first: what is left is whole whenever it ends. */
bool folder_empty(const char *path, struct err *e);

#endif
