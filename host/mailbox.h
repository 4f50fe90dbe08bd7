/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A message between the kernels of a jump, in physical page 0: the firmware's page, which neither
 * kernel uses and which is never lent. It survives each jump and the restore of an image, which
 * makes it the place to tell the other side what is wanted, or how it went.
 */
#ifndef HOST_MAILBOX_H
#define HOST_MAILBOX_H

#include "err.h"

#define MAILBOX_ADDRESS 0x600		    /* behind the BIOS data area */
#define MAILBOX_SIZE	0x400		    /* bytes, header included */
#define MAILBOX_TEXT	(MAILBOX_SIZE - 48) /* bytes of text with its NUL */

#define MAILBOX_DEVICE "/dev/mem"

/* @device is MAILBOX_DEVICE, or a file in its place. Fails when the text is too long. */
bool mailbox_write(const char *device, const char *text, struct err *e);
/* False with @e set when there is no message or it is damaged. @text has MAILBOX_TEXT bytes. */
bool mailbox_read(const char *device, char *text, struct err *e);

#endif
