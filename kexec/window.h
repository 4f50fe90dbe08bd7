/* SPDX-License-Identifier: GPL-2.0-only */
/* The choice of the window: the RAM that a kernel we jump to may use (doc/memory.md). */
#ifndef KEXEC_WINDOW_H
#define KEXEC_WINDOW_H

#include "host.h"
#include "load_limits.h"
#include "record.h"

struct window {
	struct range main; /* one contiguous range, whole pages */
	struct range low;  /* RAM below 640 KB without page 0 */
	bool has_low;
};

struct window_wants {
	uint64_t size;		   /* bytes of the main range */
	bool size_is_users;	   /* --window-size=: in errors */
	uint64_t mem_min, mem_max; /* inclusive */
	enum host_arch next_arch;  /* of the next kernel: HOST_I386 must be in its lowmem */
	uint64_t preferred;	   /* the next kernel's lowest load address */
	uint64_t align;		   /* its alignment */
	const struct limits *limits;
};

/*
 * The memory map of a kernel that may use a part of RAM only: @usable is RAM, and reserved is all
 * other RAM, @ram as well as the firmware's, so that no PCI window lands on it. ACPI tables are
 * reserved too, for the other kernel reads them as well: as "ACPI data", memory that is free once
 * it is read, an i386 kernel 6.12 takes their end for the end of its RAM and marks pages behind its
 * mem_map (e820__end_of_ram_pfn(), reserve_bootmem_region()). @next is replaced.
 */
bool window_confine(const struct host *h, const struct ranges *ram, const struct ranges *usable,
		    struct memmap *next, struct err *e);
/* The same of a kernel in a window: that and low RAM, but for the gate and the headers. */
bool window_map(const struct host *h, const struct ranges *ram, const struct lent *lent,
		struct memmap *next, struct err *e);

/*
 * Picks the window. Errors say how much is needed and how much there is: no such range, more than
 * the limits allow (low part included).
 */
bool window_pick(const struct host *h, const struct window_wants *want, struct window *w,
		 struct err *e);

#endif
