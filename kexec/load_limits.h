/* SPDX-License-Identifier: GPL-2.0-only */
/* What a way of loading (a system call) can take: data, so that no layout knows which way it is. */
#ifndef KEXEC_LOAD_LIMITS_H
#define KEXEC_LOAD_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

#include "x86.h"

struct limits {
	size_t segments;      /* at most */
	bool half_of_ram;     /* all segments together take at most half of RAM */
	uint64_t last;	      /* highest destination address */
	uint64_t source_last; /* highest address of a page frame that holds the image meanwhile */
	bool restores_gdt;    /* after a jump; else whoever comes back has to */
	/*
	 * Other CPUs are stopped before pages are swapped. Else they run in the kernel's text while
	 * it is swapped, offline as they are (arch/x86/kernel/smpboot.c mwait_play_dead()).
	 */
	bool stops_cpus;
};

/* Bytes that all segments may have together, of @ram bytes of RAM as the kernel counts it. */
static inline uint64_t limits_bytes(const struct limits *l, uint64_t ram)
{
	return l->half_of_ram ? ram / PAGE_SIZE / 2 * PAGE_SIZE : UINT64_MAX;
}

#endif
