/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of bits (Intel SDM volume 3, AMD APM volume 2). */
#ifndef PURGATORY_CPU_BITS_H
#define PURGATORY_CPU_BITS_H

#define CR0_PE		 0x1
#define CR0_NW_CD	 0x60000000
#define CR0_WP		 0x10000
#define CR0_PG		 0x80000000
#define CR4_PAE		 0x20
#define CR4_OSFXSR	 0x200
#define CR4_LA57	 0x1000
#define MSR_APIC_BASE	 0x1b
#define APIC_BASE_BSP	 0x100
#define APIC_BASE_ENABLE 0x800
#define MSR_EFER	 0xc0000080
#define EFER_LME	 0x100
#define EFLAGS_LEFT	 0x8d5 /* CF PF AF ZF SF OF: what a program says by flags */

#define CPUID_1_EDX_TSC	      0x10
#define CPUID_1_EDX_MSR	      0x20
#define CPUID_1_EDX_APIC      0x200
#define CPUID_1_EDX_FXSR      0x1000000
#define CPUID_1_EDX_SSE	      0x2000000
#define CPUID_80000001_EDX_NX 0x100000
#define CPUID_80000001_EDX_LM 0x20000000

#endif
