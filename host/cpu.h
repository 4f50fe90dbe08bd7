/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's CPUs: how many are online, and what kind they are. */
#ifndef HOST_CPU_H
#define HOST_CPU_H

#include "err.h"

#include <stdint.h>

struct cpu {
	unsigned online;
	unsigned apic_ids; /* how many of the first two have one: a kernel without SMP shows none */
	uint32_t apic_id[2]; /* theirs; the first is the boot CPU */
	/* The first one's; the fields of struct jump_record */
	uint32_t vendor[3];
	uint32_t signature;
	uint32_t features[8]; /* by CPUID; zero of a recorded host */

	/*
	 * Of the flags in /proc/cpuinfo: the kernel shows "la57" only while it uses it
	 * (arch/x86/kernel/cpu/common.c early_identify_cpu()), "pae" whenever the CPU has it.
	 */
	bool has_flags, la57, pae, lm;
	/* It encrypts this system's memory, which is a guest: AMD's SEV, Intel's TDX. */
	bool sev_guest, tdx_guest;
};

/* /proc/cpuinfo: all but the features. */
void cpu_parse_cpuinfo(struct cpu *c, const char *text);
/* By CPUID: vendor, signature and features of the CPU that this runs on. */
void cpu_identify(struct cpu *c);
/* Cycles of the time stamp counter a second, measured in 50 ms; 0: the CPU has none. */
uint64_t cpu_tsc_rate(void);
/* Of ROOT/proc/cpuinfo, which may be missing, and unless the host is @recorded by CPUID. */
bool cpu_read(struct cpu *c, const char *root, bool recorded, struct err *e);

#endif
