/* SPDX-License-Identifier: GPL-2.0-only */
#include "apic.h"
#include "cpu.h"
#include "io.h"

#define APIC_BASE_X2APIC  (1u << 10)
#define APIC_BASE_ADDRESS UINT64_C(0x000ffffffffff000)

/* Registers; in x2APIC mode they are MSRs from 0x800 on, 16 bytes a number. */
#define APIC_EOI	0x0b0
#define APIC_LDR	0x0d0
#define APIC_SPIV	0x0f0
#define APIC_IRR	0x200
#define APIC_ICR	0x300
#define APIC_ICR2	0x310
#define MSR_X2APIC(reg) (0x800 + (reg) / 16)

#define SPIV_ENABLED	    (1u << 8)
#define ICR_PENDING	    (1u << 12)
#define ICR_INIT_ALL_OTHERS 0xc4500 /* INIT, assert, edge, all excluding self */
#define ICR_STARTUP	    0x04600 /* with the number of a page in the low byte */

#define VECTORS		  256
#define ICR_SPINS	  1000
#define INIT_MICROSECONDS 100 /* for the others to get there */

struct apic {
	bool x2apic;
	uintptr_t address; /* when it is not in x2APIC mode */
};

/* An INIT to the boot CPU would reset the machine: nobody else may send any. */
static bool apic_find(struct apic *a)
{
	uint32_t features = cpuid_edx(1);
	uint64_t base;

	if (!(features & CPUID_1_EDX_APIC) || !(features & CPUID_1_EDX_MSR))
		return false;
	base = rdmsr(MSR_APIC_BASE);
	if (!(base & APIC_BASE_ENABLE) || !(base & APIC_BASE_BSP))
		return false;
	a->x2apic = base & APIC_BASE_X2APIC;
	a->address = (uintptr_t)(base & APIC_BASE_ADDRESS);
	return a->x2apic || !((base & APIC_BASE_ADDRESS) >> 32);
}

static void wait_idle(const struct apic *a)
{
	for (unsigned int i = 0; i < ICR_SPINS && mmio_read32(a->address + APIC_ICR) & ICR_PENDING;
	     i++)
		io_delay();
}

/* @to: an APIC ID, which a shorthand in @what ignores. */
static void apic_send(const struct apic *a, uint32_t to, uint32_t what)
{
	if (a->x2apic) {
		wrmsr(MSR_X2APIC(APIC_ICR), (uint64_t)to << 32 | what);
		return;
	}
	wait_idle(a);
	mmio_write32(to << 24, a->address + APIC_ICR2);
	mmio_write32(what, a->address + APIC_ICR);
	wait_idle(a);
}

bool apic_stop_others(void)
{
	struct apic a;

	if (!apic_find(&a))
		return false;
	apic_send(&a, 0, ICR_INIT_ALL_OTHERS);
	for (unsigned int i = 0; i < INIT_MICROSECONDS; i++)
		io_delay();
	return true;
}

static uint32_t apic_get(const struct apic *a, uint32_t reg)
{
	return a->x2apic ? (uint32_t)rdmsr(MSR_X2APIC(reg)) : mmio_read32(a->address + reg);
}

static void apic_put(const struct apic *a, uint32_t reg, uint32_t value)
{
	if (a->x2apic)
		wrmsr(MSR_X2APIC(reg), value);
	else
		mmio_write32(value, a->address + reg);
}

/* In x2APIC mode the logical ID is the CPU's own for good. */
void apic_rest(void)
{
	struct apic a;

	if (!apic_find(&a))
		return;
	if (!a.x2apic)
		apic_put(&a, APIC_LDR, 0);
	apic_put(&a, APIC_SPIV, apic_get(&a, APIC_SPIV) & ~SPIV_ENABLED);
}

static bool is_requested(const struct apic *a)
{
	for (uint32_t i = 0; i < VECTORS / 32; i++)
		if (apic_get(a, APIC_IRR + i * 16))
			return true;
	return false;
}

void apic_drain(void)
{
	struct apic a;

	if (!apic_find(&a))
		return;
	apic_put(&a, APIC_SPIV, apic_get(&a, APIC_SPIV) | SPIV_ENABLED);
	for (unsigned int i = 0; i < VECTORS && is_requested(&a); i++) {
		take_interrupt();
		apic_put(&a, APIC_EOI, 0);
	}
}

void apic_start(uint32_t id, uint32_t page)
{
	struct apic a;

	if (apic_find(&a))
		apic_send(&a, id, ICR_STARTUP | page >> 12);
}
