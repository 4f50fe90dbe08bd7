/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The symbols of a kernel whose memory is at hand: those that VMCOREINFO tells, and those that the
 * kernel keeps for its own /proc/kallsyms, which VMCOREINFO tells the place of since Linux 6.0
 * (kernel/kallsyms.c, kernel/vmcore_info.c).
 */
#ifndef CORE_PEER_SYMBOLS_H
#define CORE_PEER_SYMBOLS_H

#include "peer_kernel.h"

/* The address of the first symbol that is called so; the error says why it is not known. */
bool peer_symbol(struct peer_kernel *k, const char *name, uint64_t *vaddr, struct err *e);

#endif
