/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A message between the kernels of a jump, in physical page 0. Linux reserves that page for the
 * firmware and we never lend it, so what stands there survives each jump and the restore of an
 * image: the place to tell the other side what is wanted, or how it went.
 *
 *	save request=ID then=poweroff|reboot|return size=[BYTES]	A to B
 *	saved id=ID size=[BYTES]					B to A, if it comes back
 *	failed: REASON							B to A
 *	restored id=ID							C to A
 *
 * doc/hibernation.md says who makes what of them.
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stddef.h>
#include <stdint.h>

#define MAILBOX_ADDRESS 0x600		  /* physical, after the BIOS data area */
#define MAILBOX_MAGIC	"kexec-jump mail" /* 16 bytes with its NUL */
#define MAILBOX_TEXT	976

struct mailbox {
	char magic[16];
	char text[MAILBOX_TEXT]; /* one line with its NUL, the rest zeros */
	uint8_t digest[32];	 /* SHA-256 of what is before it */
};

_Static_assert(offsetof(struct mailbox, digest) == 992, "mailbox.digest");
_Static_assert(sizeof(struct mailbox) == 1024, "mailbox");

#endif
