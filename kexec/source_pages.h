/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the kernel will find enough free page frames to hold an image of so many bytes while it
 * is loaded. They must lie below limits.source_last (i386 with PAE), and the kernel hoards those
 * above it until it is out of memory (kernel/kexec_core.c kimage_alloc_page()).
 */
#ifndef KEXEC_SOURCE_PAGES_H
#define KEXEC_SOURCE_PAGES_H

#include "host.h"
#include "load_limits.h"

/*
 * @bytes: sum of all segments. May ask the kernel to drop clean caches and to compact memory
 * (never on a recorded host) before it gives up; the error has what is needed and what there is.
 */
bool source_pages_check(const struct host *h, const struct limits *limits, uint64_t bytes,
			struct err *e);

#endif
