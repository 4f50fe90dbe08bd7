/* SPDX-License-Identifier: GPL-2.0-only */
/* The instructions on a 64-bit CPU's registers. Unit tests bring their own. */
#ifndef KEXEC_JUMP_INSN_64_H
#define KEXEC_JUMP_INSN_64_H

#include <linux/kernel.h>
#include <linux/smp.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/api.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

#include "compat.h"

/* False: there is no such register. */
static inline bool insn_read_msr(u32 msr, u64 *value)
{
	return !rdmsrq_safe(msr, value);
}

static inline void insn_write_msr(u32 msr, u64 value)
{
	wrmsrq_safe(msr, value);
}

#define INSN_CR(n) \
	static inline unsigned long insn_read_cr##n(void) \
	{ \
		unsigned long value; \
\
		asm volatile("mov %%cr" #n ", %0" : "=r"(value) : : "memory"); \
		return value; \
	} \
	static inline void insn_write_cr##n(unsigned long value) \
	{ \
		asm volatile("mov %0, %%cr" #n : : "r"(value) : "memory"); \
	}

INSN_CR(2)
INSN_CR(4)
INSN_CR(8)

static inline u64 insn_read_xcr0(void)
{
	u32 low, high;

	asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (u64)high << 32 | low;
}

static inline void insn_write_xcr0(u64 value)
{
	asm volatile("xsetbv" : : "a"((u32)value), "d"((u32)(value >> 32)), "c"(0));
}

static inline u32 insn_read_pkru(void)
{
	return rdpkru();
}

static inline void insn_write_pkru(u32 value)
{
	wrpkru(value);
}

static inline unsigned long insn_read_dr(int n)
{
	unsigned long value;

	get_debugreg(value, n);
	return value;
}

static inline void insn_write_dr(int n, unsigned long value)
{
	set_debugreg(value, n);
}

static inline u16 insn_read_tr(void)
{
	u16 value;

	asm volatile("str %0" : "=m"(value));
	return value;
}

/*
 * ltr refuses a task segment that is busy, as ours is in the GDT that we come back to, and writes
 * into the GDT, which the kernel otherwise uses by an address where it cannot be written.
 */
static inline void insn_write_tr(u16 value)
{
	struct desc_struct *gdt = get_cpu_gdt_rw(smp_processor_id());
	const struct desc_ptr writable = { GDT_SIZE - 1, (unsigned long)gdt };
	struct desc_ptr usual;
	tss_desc tss;

	memcpy(&tss, &gdt[GDT_ENTRY_TSS], sizeof(tss));
	tss.type = 9;
	memcpy(&gdt[GDT_ENTRY_TSS], &tss, sizeof(tss));
	native_store_gdt(&usual);
	native_load_gdt(&writable);
	asm volatile("ltr %0" : : "m"(value));
	native_load_gdt(&usual);
}

static inline u16 insn_read_ldt(void)
{
	u16 value;

	asm volatile("sldt %0" : "=m"(value));
	return value;
}

static inline void insn_write_ldt(u16 value)
{
	asm volatile("lldt %0" : : "m"(value));
}

/* In between, the registers of the FPU are nobody's. */
static inline void insn_fpu_begin(void)
{
	kernel_fpu_begin();
}

static inline void insn_fpu_end(void)
{
	kernel_fpu_end();
}

#endif
