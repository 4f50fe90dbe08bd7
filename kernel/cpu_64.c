// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot CPU's registers that the other kernel changes and that neither the assembly nor the
 * kernel's own syscore operations (interrupt controllers, MTRRs, machine checks, microcode, clocks)
 * bring back. The check-list is arch/x86/power/cpu.c.
 */
#include <linux/smp.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/api.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

#include "compat.h"
#include "jump.h"

#define MSR_TSC_ADJUST	0x3b
#define MSR_XSS		0xda0
#define MSR_XFD		0x1c4
#define MSR_XFD_ERR	0x1c5
#define MSR_S_CET	0x6a2
#define MSR_PL0_SSP	0x6a4
#define MSR_INT_SSP_TAB 0x6a8
#define MSR_FRED_FIRST	0x1cc
#define MSR_FRED_LAST	0x1d4

/* In this order; a register that does not exist is left out. */
static const u32 msr_list[] = {
	MSR_FS_BASE,
	MSR_KERNEL_GS_BASE,
	MSR_STAR,
	MSR_LSTAR,
	MSR_CSTAR,
	MSR_SYSCALL_MASK,
	MSR_IA32_SYSENTER_CS,
	MSR_IA32_SYSENTER_ESP,
	MSR_IA32_SYSENTER_EIP,
	MSR_IA32_CR_PAT,
	MSR_IA32_MISC_ENABLE,
	MSR_IA32_SPEC_CTRL,
	MSR_TSC_AUX,
	MSR_TSC_ADJUST,
	MSR_XSS,
	MSR_XFD,
	MSR_XFD_ERR,
	MSR_S_CET,
	MSR_PL0_SSP,
	MSR_INT_SSP_TAB,
	MSR_IA32_DEBUGCTLMSR,
	0x1cc,
	0x1cd,
	0x1ce,
	0x1cf,
	0x1d0,
	0x1d1,
	0x1d2,
	0x1d3,
	0x1d4, /* FRED */
};

static struct {
	u64 msrs[ARRAY_SIZE(msr_list)];
	bool has[ARRAY_SIZE(msr_list)];
	unsigned long cr2, cr8, dr[8];
	u64 xcr0;
	u16 tr, ldt;
} saved;

static bool has_xsave(void)
{
	return native_read_cr4() & X86_CR4_OSXSAVE;
}

static u64 read_xcr0(void)
{
	u32 low, high;

	asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (u64)high << 32 | low;
}

static void write_xcr0(u64 value)
{
	asm volatile("xsetbv" : : "a"((u32)value), "d"((u32)(value >> 32)), "c"(0));
}

void jump_cpu_save(void)
{
	unsigned int i;

	kernel_fpu_begin();
	for (i = 0; i < ARRAY_SIZE(msr_list); i++)
		saved.has[i] = !rdmsrq_safe(msr_list[i], &saved.msrs[i]);
	saved.cr2 = native_read_cr2();
	asm volatile("mov %%cr8, %0" : "=r"(saved.cr8));
	get_debugreg(saved.dr[0], 0);
	get_debugreg(saved.dr[1], 1);
	get_debugreg(saved.dr[2], 2);
	get_debugreg(saved.dr[3], 3);
	get_debugreg(saved.dr[6], 6);
	get_debugreg(saved.dr[7], 7);
	set_debugreg(0UL, 7);
	if (has_xsave())
		saved.xcr0 = read_xcr0();
	asm volatile("str %0" : "=m"(saved.tr));
	asm volatile("sldt %0" : "=m"(saved.ldt));
}

/*
 * ltr refuses a task segment that is busy, as ours is in the GDT that we come back to, and writes
 * into the GDT, which the kernel otherwise uses by an address where it cannot be written.
 */
static void load_task_register(void)
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
	asm volatile("ltr %0" : : "m"(saved.tr));
	native_load_gdt(&usual);
}

void jump_cpu_restore(void)
{
	unsigned int i;

	load_task_register();
	asm volatile("lldt %0" : : "m"(saved.ldt));
	if (has_xsave())
		write_xcr0(saved.xcr0);
	for (i = 0; i < ARRAY_SIZE(msr_list); i++)
		if (saved.has[i])
			wrmsrq_safe(msr_list[i], saved.msrs[i]);
	native_write_cr2(saved.cr2);
	asm volatile("mov %0, %%cr8" : : "r"(saved.cr8));
	set_debugreg(saved.dr[0], 0);
	set_debugreg(saved.dr[1], 1);
	set_debugreg(saved.dr[2], 2);
	set_debugreg(saved.dr[3], 3);
	set_debugreg(saved.dr[6], 6);
	set_debugreg(saved.dr[7], 7);
	kernel_fpu_end();
}
