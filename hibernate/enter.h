/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HIBERNATE_ENTER_H
#define HIBERNATE_ENTER_H

#include "reach.h"

/*
 * The last step of a restore: goes on in the restored system, whose image, with this @id, is marked
 * as used. From here on nothing may be written, so that it finds its disks as it left them. Returns
 * only if that fails: false. @r NULL: the image is a stream.
 */
bool enter_restored(const struct hibernate *h, const struct reach *r, const char *id, bool shown,
		    struct err *e);

#endif
