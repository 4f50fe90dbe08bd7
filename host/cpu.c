/* SPDX-License-Identifier: GPL-2.0-only */
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cpu.h"
#include "host_file.h"
#include "lines.h"

#define CPUID_1_EDX_TSC	       0x10
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_8000001F_EAX_SEV 0x2
#define MEASURED_NS	       50000000	   /* of the time stamp counter's rate */
#define CPUINFO_MAX	       (16u << 20) /* some 2 KiB a CPU */

/* CPUID leaf 1 eax from what the kernel made of it (arch/x86/lib/cpu.c). */
static uint32_t signature_of(uint64_t family, uint64_t model, uint64_t stepping)
{
	uint32_t base = family > 15 ? 15 : family;
	uint32_t extended = family > 15 ? family - 15 : 0;

	return (extended & 0xff) << 20 | (model >> 4 & 0xf) << 16 | base << 8 | (model & 0xf) << 4 |
	       (stepping & 0xf);
}

void cpu_parse_cpuinfo(struct cpu *c, const char *text)
{
	uint64_t family = 0, model = 0, stepping = 0, apic_id;
	struct line l;

	*c = (struct cpu){ 0 };
	while (line_next(&text, &l)) {
		if (line_take_key(&l, "processor"))
			c->online++;
		if (c->online == c->apic_ids + 1 && c->apic_ids < 2 &&
		    line_take_key(&l, "apicid") && line_take_number(&l, 10, &apic_id) &&
		    apic_id <= UINT32_MAX)
			c->apic_id[c->apic_ids++] = (uint32_t)apic_id;
		if (c->online > 1)
			continue;
		if (line_take_key(&l, "vendor_id")) {
			memcpy(c->vendor, l.at, l.size < 12 ? l.size : 12);
		} else if (line_take_key(&l, "cpu family")) {
			line_take_number(&l, 10, &family);
		} else if (line_take_key(&l, "model")) {
			line_take_number(&l, 10, &model);
		} else if (line_take_key(&l, "stepping")) {
			line_take_number(&l, 10, &stepping);
		} else if (line_take_key(&l, "flags")) {
			c->has_flags = true;
			c->la57 = line_has_word(l, "la57");
			c->pae = line_has_word(l, "pae");
			c->lm = line_has_word(l, "lm");
			c->sev_guest = line_has_word(l, "hypervisor") && line_has_word(l, "sev");
			c->tdx_guest = line_has_word(l, "tdx_guest");
		}
	}
	c->signature = signature_of(family, model, stepping);
}

/*
 * Feature bits that say something about this boot rather than this CPU: OSXSAVE, OSPKE (mirrors
 * of CR4), APIC, MONITOR, HTT (more than one CPU), TOPOEXT, HLE, RTM, RTM_ALWAYS_ABORT (MSRs that
 * the kernel sets), SYSCALL (Intel shows it in 64-bit mode only). RDRAND and RDSEED stay, although
 * on some AMD CPUs Linux hides them by an MSR (rdrand=force decides): the same kernel with the same
 * words hides them again, and one that was patched to use them must not go on where a hypervisor
 * has taken them away.
 */
static const struct {
	uint32_t leaf;
	unsigned reg; /* 0 eax, 1 ebx, 2 ecx, 3 edx */
	uint32_t ignored;
} cpu_features[] = {
	{ 1, 2, 1u << 27 | 1u << 3 }, { 1, 3, 1u << 28 | 1u << 9 },
	{ 7, 1, 1u << 4 | 1u << 11 }, { 7, 2, 1u << 4 },
	{ 7, 3, 1u << 11 },	      { 0x80000001, 2, 1u << 22 },
	{ 0x80000001, 3, 1u << 11 },
};

void cpu_identify(struct cpu *c)
{
	uint32_t max;

	if (!__get_cpuid(0, &max, &c->vendor[0], &c->vendor[2], &c->vendor[1]))
		return;
	for (size_t i = 0; i < sizeof(cpu_features) / sizeof(*cpu_features); i++) {
		uint32_t r[4] = { 0 };

		__get_cpuid_count(cpu_features[i].leaf, 0, &r[0], &r[1], &r[2], &r[3]);
		c->features[i] = r[cpu_features[i].reg] & ~cpu_features[i].ignored;
		if (cpu_features[i].leaf == 1)
			c->signature = r[0];
	}
}

static uint64_t monotonic_ns(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool is_sev_guest(void)
{
	uint32_t a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & CPUID_1_ECX_HYPERVISOR) &&
	       __get_cpuid(0x8000001f, &a, &b, &c, &d) && (a & CPUID_8000001F_EAX_SEV);
}

uint64_t cpu_tsc_rate(void)
{
	uint32_t a, b, c, d;
	uint64_t start, now, cycles;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(d & CPUID_1_EDX_TSC))
		return 0;
	start = monotonic_ns();
	cycles = __builtin_ia32_rdtsc();
	do
		now = monotonic_ns();
	while (now - start < MEASURED_NS);
	cycles = __builtin_ia32_rdtsc() - cycles;
	return (uint64_t)((double)cycles * 1e9 / (double)(now - start));
}

bool cpu_read(struct cpu *c, const char *root, bool recorded, struct err *e)
{
	char *text;

	if (!host_optional(root, "/proc/cpuinfo", CPUINFO_MAX, &text, e))
		return false;
	cpu_parse_cpuinfo(c, text);
	free(text);
	if (!recorded) {
		cpu_identify(c);
		/* /proc/cpuinfo of such a guest does not show the flag. */
		c->sev_guest |= is_sev_guest();
	}
	return true;
}
