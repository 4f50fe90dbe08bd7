/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether there is memory for what is to be loaded, counted before the kernel takes it. */
#ifndef KEXEC_LOAD_MEMORY_H
#define KEXEC_LOAD_MEMORY_H

#include "loading.h"

/* @bytes of it; the error says what would free some. */
bool load_check_memory(const struct load *l, const struct limits *limits, uint64_t bytes,
		       struct err *e);

#endif
