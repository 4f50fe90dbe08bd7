/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of an image's state on its medium, each flushed before the function returns. */
#ifndef KDUMP_MARK_H
#define KDUMP_MARK_H

#include "err.h"
#include "image_header.h"

/* Makes the target ready for images: an empty header page. Refuses as target_open() does. */
bool mark_empty(const char *path, bool force, struct err *e);
/*
 * Makes an image of ours, in whatever state, an empty header page. A page that is damaged, or that
 * is not ours, is left alone unless @force.
 */
bool mark_discard(const char *path, bool force, struct err *e);
/*
 * Changes the state from @from to @to and adds @attempts to the count of resumes. IMAGE_VALID
 * stands for IMAGE_STREAM, too. Fails when the state is another one, or when the image is not the
 * one with this @id (NULL: any).
 */
bool mark_state(const char *path, uint32_t from, uint32_t to, unsigned attempts, const uint8_t *id,
		struct err *e);

#endif
