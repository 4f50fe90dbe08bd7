/* SPDX-License-Identifier: GPL-2.0-only */
/* The secret that opens a slot of a private key, from where the command line says. */
#ifndef KDUMP_ASK_H
#define KDUMP_ASK_H

#include "key_slot.h"
#include "key_store.h"

#define PASSPHRASE_MAX 1024
#define SLOT_FILE_MAX  (64u << 10)

struct secret_source {
	const char *file;  /* of a slot of that type; NULL: a passphrase */
	int passphrase_fd; /* -1: it is asked for on the terminal */
};

/* A number of an open file for --passphrase-fd. */
bool ask_parse_fd(const char *text, int *fd, struct err *e);
/*
 * Fills @s, to be freed with secret_deinit() after success, and @out, which points into it. @twice:
 * of a new passphrase, which nobody could correct later. @what: whose passphrase it is.
 */
bool ask_secret(struct secret *s, struct slot_secret *out, const struct secret_source *from,
		const char *what, bool twice, struct err *e);

#endif
