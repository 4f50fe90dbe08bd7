/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDUMP_INFO_H
#define KDUMP_INFO_H

#include <stdio.h>

#include "core_file.h"

enum info_state {
	INFO_GOOD, /* a core, or a whole image (valid, stream) */
	INFO_NONE, /* neither a core nor an image of ours */
	INFO_EMPTY,
	INFO_WRITING,
	INFO_CONSUMED,
	INFO_DAMAGED,
	INFO_UNREADABLE,
};

struct info {
	enum info_state state;
	struct err why; /* "" where there is nothing to say */
	struct core_file file;
	struct image_header header;
	bool is_opened; /* whether an encrypted one was: without its key little is said */
	bool has_header, has_core; /* whether there is a header, and a core in file.image */
};

/*
 * Finds out what a path holds. @header_only: as far as a header page tells, which is there when
 * what it describes is not. @keys: NULL, or what an image must be encrypted for. Close with
 * info_close() in any case.
 */
void info_look(struct info *i, const char *path, const struct image_keys *keys, bool header_only);
void info_close(struct info *i);

const char *info_state_name(const struct info *i);
/* Prints what it is of, as words or as one JSON object; nothing as words when it is nothing. */
void info_print(const struct info *i, bool json, FILE *out);

#endif
