/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HIBERNATE_HEADER_PAGE_H
#define HIBERNATE_HEADER_PAGE_H

#include "err.h"
#include "image_header.h"

/* The first page of a file or device, if it begins as a header page of ours; it may be damaged. */
bool header_page_read(const char *path, struct image_header *header, struct err *e);

#endif
