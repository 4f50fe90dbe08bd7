/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log inside a core: the lockless ring of kernels since 5.10, found and laid out by
 * VMCOREINFO (kernel/printk/printk_ringbuffer.h).
 */
#ifndef CORE_PRINTK_RING_H
#define CORE_PRINTK_RING_H

#include "peer_kernel.h"

/*
 * Calls @line for each line of each record, oldest first: time since boot in ns, and the text (not
 * terminated, without newlines, otherwise any bytes). All lines of a record have its time, as in
 * dmesg. Records that are damaged are left out.
 */
bool printk_ring_read(struct peer_kernel *k,
		      void (*line)(void *opaque, uint64_t ns, const char *text, size_t size),
		      void *opaque, struct err *e);

#endif
