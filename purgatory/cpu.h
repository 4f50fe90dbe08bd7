/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU's own state. Unit tests bring their own. */
#ifndef PURGATORY_CPU_H
#define PURGATORY_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu_bits.h"
#include "io.h"

#define READ_CR(n) \
	static inline unsigned long read_cr##n(void) \
	{ \
		unsigned long value; \
\
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(value)); \
		return value; \
	}

#define WRITE_CR(n) \
	static inline void write_cr##n(unsigned long value) \
	{ \
		__asm__ volatile("mov %0, %%cr" #n : : "r"(value) : "memory"); \
	}

READ_CR(3)
READ_CR(4)
WRITE_CR(3)
WRITE_CR(4)

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

/* An i486 may have no CPUID: then bit 21 of EFLAGS, ID, cannot be changed. */
static inline bool has_cpuid(void)
{
#ifdef __x86_64__
	return true;
#else
	uint32_t before, after;

	__asm__ volatile("pushfl\n\t"
			 "pushfl\n\t"
			 "popl %0\n\t"
			 "movl %0, %1\n\t"
			 "xorl $0x200000, %1\n\t"
			 "pushl %1\n\t"
			 "popfl\n\t"
			 "pushfl\n\t"
			 "popl %1\n\t"
			 "popfl"
			 : "=&r"(before), "=&r"(after)
			 :
			 : "cc", "memory");
	return (before ^ after) & 0x200000;
#endif
}

/* EDX of a CPUID leaf; 0 when there is no such leaf. */
static inline uint32_t cpuid_edx(uint32_t leaf)
{
	uint32_t a = leaf & 0x80000000, b, c = 0, d;

	if (!has_cpuid())
		return 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (a < leaf || (a ^ leaf) & 0x80000000)
		return 0;
	a = leaf;
	c = 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d;
}

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	if (!(cpuid_edx(1) & CPUID_1_EDX_TSC))
		return 0;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* The register alone: the segment registers keep what they have. */
#define LOAD_TABLE(instruction) \
	static inline void instruction(uint64_t base, uint16_t limit) \
	{ \
		struct { \
			uint16_t limit; \
			unsigned long base; \
		} __attribute__((packed)) table = { limit, (unsigned long)base }; \
\
		__asm__ volatile(#instruction " %0" : : "m"(table)); \
	}

LOAD_TABLE(lgdt)
LOAD_TABLE(lidt)

/* Lets the CPU take the one interrupt that its APIC offers. */
static inline void take_interrupt(void)
{
	__asm__ volatile("sti\n\tnop\n\tcli" : : : "memory");
}

/* For a loop that waits for another CPU. */
static inline void cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/* Lets SSE instructions run; the kernels clear CR0.EM and CR0.TS before they come here. */
static inline unsigned long sse_begin(void)
{
	unsigned long cr4 = read_cr4();

	write_cr4(cr4 | CR4_OSFXSR);
	return cr4;
}

static inline void sse_end(unsigned long cr4)
{
	write_cr4(cr4);
}

/* The reset control register of chipsets, the keyboard controller, at last a triple fault. */
_Noreturn static inline void machine_reset(void)
{
	outb(0x02, 0xcf9);
	io_delay();
	outb(0x06, 0xcf9);
	for (unsigned int i = 0; i < 50000; i++)
		io_delay();
	outb(0xfe, 0x64);
	for (unsigned int i = 0; i < 50000; i++)
		io_delay();
	for (;;) {
		struct {
			uint16_t limit;
			unsigned long base;
		} __attribute__((packed)) idtr = { 0, 0 };

		__asm__ volatile("lidt %0\n\tint3" : : "m"(idtr));
	}
}

#endif
