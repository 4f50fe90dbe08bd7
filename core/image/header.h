/* SPDX-License-Identifier: GPL-2.0-only */
/* The header page of a saved image (include/image_header.h). */
#ifndef CORE_IMAGE_HEADER_H
#define CORE_IMAGE_HEADER_H

#include "err.h"
#include "image_header.h"

/* Whether the page begins as one of ours, whatever else is in it. */
bool image_header_is_ours(const struct image_header *h);
/* Whether the digest and the fixed fields of a header page are right; false with the reason. */
bool image_header_check(const struct image_header *h, struct err *e);
/* Fills the fixed fields; an encrypted image keeps its version. */
void image_header_fix(struct image_header *h);
/* The same, and the digest. */
void image_header_seal(struct image_header *h);
/* "" for a state that does not exist. */
const char *image_state_name(uint32_t state);
/* 32 hex digits, as kdump info prints an id. */
bool image_id_parse(const char *text, uint8_t id[16]);
/* Whether a body follows that was written to its end. */
bool image_header_complete(const struct image_header *h, struct err *e);
/* Whether an image with this header is whole, not used, and made to be restored. */
bool image_header_restorable(const struct image_header *h, struct err *e);

#endif
