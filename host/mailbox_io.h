/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and writes the mailbox (include/mailbox.h) of the machine, in ROOT/dev/mem. */
#ifndef HOST_MAILBOX_IO_H
#define HOST_MAILBOX_IO_H

#include "err.h"
#include "mailbox.h"

/* Fails when the text is too long. */
bool mailbox_write(const char *root, const char *text, struct err *e);
/* "" when there is no message, or a damaged one. @text has MAILBOX_TEXT bytes. */
bool mailbox_read(const char *root, char *text, struct err *e);

#endif
