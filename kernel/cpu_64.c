// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot CPU's registers that the other kernel changes and that neither the assembly nor the
 * kernel's own syscore operations (interrupt controllers, machine checks, microcode, clocks) bring
 * back. The check-list is arch/x86/power/cpu.c.
 */
#include "cpu.h"
#include "insn_64.h"

#define CR4_OSXSAVE (1ul << 18)
#define CR4_PKE	    (1ul << 22)
#define DR_STATUS   6
#define DR_CONTROL  7

/*
 * In this order; one that does not exist is left out. What CR4 turns on, CET and FRED, has its
 * registers before: the assembly leaves those bits off.
 */
static const u32 msrs[] = {
	0xc0000102, /* KERNEL_GS_BASE; GS_BASE is the assembly's */
	0xc0000100, /* FS_BASE */
	0xc0000081, /* STAR */
	0xc0000082, /* LSTAR */
	0xc0000083, /* CSTAR */
	0xc0000084, /* SYSCALL_MASK */
	0x174,	    /* SYSENTER_CS */
	0x175,	    /* SYSENTER_ESP */
	0x176,	    /* SYSENTER_EIP */
	0x277,	    /* PAT */
	0x1a0,	    /* MISC_ENABLE */
	0x48,	    /* SPEC_CTRL, and other switches of speculation: */
	0x122,	    /* TSX_CTRL */
	0x10f,	    /* TSX_FORCE_ABORT */
	0x123,	    /* MCU_OPT_CTRL */
	0xc0011020, /* AMD's LS_CFG */
	0xc0011029, /* AMD's DE_CFG */
	0xc0000103, /* TSC_AUX */
	0x3b,	    /* TSC_ADJUST */
	0xda0,	    /* XSS */
	0x1c4,	    /* XFD */
	0x1c5,	    /* XFD_ERR */
	0x600,	    /* DS_AREA, perf's debug store */
	0x1d9,	    /* DEBUGCTL */
	0x6a2,	    /* S_CET */
	0x6a4,	    /* PL0_SSP */
	0x6a8,	    /* INT_SSP_TAB */
	0x1cc,	    /* FRED_RSP0 and the others of FRED */
	0x1cd,	    0x1ce, 0x1cf, 0x1d0, 0x1d1, 0x1d2, 0x1d3, 0x1d4,
};

static struct {
	u64 msr[ARRAY_SIZE(msrs)];
	bool has[ARRAY_SIZE(msrs)];
	unsigned long cr2, cr4, cr8, dr[8];
	u64 xcr0;
	u32 pkru;
	u16 tr, ldt;
} saved;

static bool has_dr(int n)
{
	return n < 4 || n == DR_STATUS || n == DR_CONTROL;
}

void jump_cpu_save(void)
{
	unsigned int i;
	int n;

	insn_fpu_begin();
	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		saved.has[i] = insn_read_msr(msrs[i], &saved.msr[i]);
	saved.cr2 = insn_read_cr2();
	saved.cr4 = insn_read_cr4();
	saved.cr8 = insn_read_cr8();
	if (saved.cr4 & CR4_OSXSAVE)
		saved.xcr0 = insn_read_xcr0();
	if (saved.cr4 & CR4_PKE)
		saved.pkru = insn_read_pkru();
	for (n = 0; n < 8; n++)
		if (has_dr(n))
			saved.dr[n] = insn_read_dr(n);
	/* No breakpoint of ours may be met by code that is not ours. */
	insn_write_dr(DR_CONTROL, 0);
	saved.tr = insn_read_tr();
	saved.ldt = insn_read_ldt();
}

/* What stands there already is not written: firmware may have locked it. */
static void restore_msr(unsigned int i)
{
	u64 now;

	if (saved.has[i] && (!insn_read_msr(msrs[i], &now) || now != saved.msr[i]))
		insn_write_msr(msrs[i], saved.msr[i]);
}

void jump_cpu_restore(void)
{
	unsigned int i;
	int n;

	insn_write_tr(saved.tr);
	insn_write_ldt(saved.ldt);
	if (saved.cr4 & CR4_OSXSAVE)
		insn_write_xcr0(saved.xcr0);
	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		restore_msr(i);
	insn_write_cr4(saved.cr4);
	insn_write_cr2(saved.cr2);
	insn_write_cr8(saved.cr8);
	if (saved.cr4 & CR4_PKE)
		insn_write_pkru(saved.pkru);
	for (n = 0; n < 8; n++)
		if (has_dr(n))
			insn_write_dr(n, saved.dr[n]);
	insn_fpu_end();
}
