/* SPDX-License-Identifier: GPL-2.0-only */
/* What TARGET= names: a device, a file on one, or a stream to somewhere else. */
#ifndef HIBERNATE_TARGET_NAME_H
#define HIBERNATE_TARGET_NAME_H

#include "err.h"

enum target_kind {
	TARGET_DEVICE, /* /dev/..., PARTUUID=... */
	TARGET_FILE,   /* FILE:DEVICE:/path, or a folder of snapshots: FILE:DEVICE:/path/ */
	TARGET_TCP,    /* tcp:HOST:PORT; the next two ports are used as well */
	TARGET_PIPE,   /* pipe:COMMAND */
};

struct target_name {
	enum target_kind kind;
	char *text;	     /* all of it; what follows are parts, "" in other kinds */
	const char *device;  /* as the user names it */
	const char *path;    /* in the file system of the device, without a slash at its end */
	bool folder;	     /* it is one */
	const char *host;    /* without brackets */
	const char *command; /* for the shell */
	unsigned port;	     /* 1 to 65533 */
	char *parts;	     /* their memory */
};

/* @t is to be freed with target_name_deinit() only after success. */
bool target_name_parse(struct target_name *t, const char *text, struct err *e);
void target_name_deinit(struct target_name *t);

static inline bool target_name_is_stream(const struct target_name *t)
{
	return t->kind == TARGET_TCP || t->kind == TARGET_PIPE;
}

#endif
