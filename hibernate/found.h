/* SPDX-License-Identifier: GPL-2.0-only */
/* What is on a target. */
#ifndef HIBERNATE_FOUND_H
#define HIBERNATE_FOUND_H

#include "hibernate.h"

enum found_state {
	FOUND_NONE, /* no image of ours */
	FOUND_EMPTY,
	FOUND_WRITING,
	FOUND_VALID,
	FOUND_CONSUMED,
	FOUND_STREAM,
	FOUND_DAMAGED,	   /* what cannot be read, too */
	FOUND_MISSING,	   /* the device is not there */
	FOUND_UNREACHABLE, /* no stream is offered */
};

struct found {
	enum found_state state;
	struct err why; /* of FOUND_NONE and FOUND_DAMAGED */
	/* Of an image; "" where it is not known. */
	char id[33], created[32], release[72], build[136];
	unsigned attempts;
	bool for_analysis;
};

/* Of a file or device. @header_only: as far as its header page tells. */
void found_read(struct found *f, const char *path, bool header_only);
/* Of what a stream offers, and its header page's path; false: nothing. */
bool found_read_stream(const struct hibernate *h, struct found *f, char path[PATH_MAX]);
/* Of the target, whatever it is, which stays as it is. */
bool found_read_target(const struct hibernate *h, struct found *f, struct err *e);

const char *found_state_name(enum found_state state);
/* It is a whole system's that waits to be resumed. */
bool found_waits(const struct found *f);

#endif
