/* SPDX-License-Identifier: GPL-2.0-only */
#include "apic.h"
#include "cpu.h"
#include "io.h"

#define APIC_BASE_BSP	  (1u << 8)
#define APIC_BASE_X2APIC  (1u << 10)
#define APIC_BASE_ENABLE  (1u << 11)
#define APIC_BASE_ADDRESS UINT64_C(0x000ffffffffff000)

#define APIC_ICR	    0x300
#define ICR_PENDING	    (1u << 12)
#define ICR_INIT_ALL_OTHERS 0xc4500 /* INIT, assert, edge, all excluding self */

#define ICR_SPINS	  1000
#define INIT_MICROSECONDS 100 /* for the others to get there */

static void wait_idle(uintptr_t icr)
{
	for (unsigned int i = 0; i < ICR_SPINS && mmio_read32(icr) & ICR_PENDING; i++)
		io_delay();
}

void apic_stop_others(void)
{
	uint32_t features = cpuid_edx(1);
	uint64_t base, address;

	if (!(features & CPUID_1_EDX_APIC) || !(features & CPUID_1_EDX_MSR))
		return;
	base = rdmsr(MSR_APIC_BASE);
	/* An INIT to the boot CPU would reset the machine. */
	if (!(base & APIC_BASE_ENABLE) || !(base & APIC_BASE_BSP))
		return;
	address = base & APIC_BASE_ADDRESS;
	if (base & APIC_BASE_X2APIC) {
		wrmsr(MSR_X2APIC_ICR, ICR_INIT_ALL_OTHERS);
	} else if (address >> 32) {
		return;
	} else {
		wait_idle(address + APIC_ICR);
		mmio_write32(ICR_INIT_ALL_OTHERS, address + APIC_ICR);
		wait_idle(address + APIC_ICR);
	}
	for (unsigned int i = 0; i < INIT_MICROSECONDS; i++)
		io_delay();
}
