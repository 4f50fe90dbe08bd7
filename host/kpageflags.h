/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/kpageflags: what the kernel says of each page frame (Documentation/admin-guide/mm). */
#ifndef HOST_KPAGEFLAGS_H
#define HOST_KPAGEFLAGS_H

#include "err.h"
#include "range.h"

/* include/uapi/linux/kernel-page-flags.h */
#define KPF_BUDDY    (UINT64_C(1) << 10)
#define KPF_HWPOISON (UINT64_C(1) << 19)

/* Page frames from @pfn on and below @end that have @flag; 0 when the kernel does not say. */
uint64_t kpageflags_count(const char *root, uint64_t pfn, uint64_t end, uint64_t flag);
/* Adds to @pages those; false: no memory. */
bool kpageflags_find(const char *root, uint64_t pfn, uint64_t end, uint64_t flag,
		     struct ranges *pages, struct err *e);

#endif
