// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt controllers as the other kernel wants to find them, and other CPUs out of the way.
 * What is changed here the kernel's syscore operations have saved before, and restore afterwards.
 */
#include <linux/acpi.h>
#include <linux/cpumask.h>
#include <linux/io.h>
#include <linux/smp.h>
#include <asm/apicdef.h>
#include <asm/cpufeature.h>
#include <asm/fixmap.h>

#include "compat.h"
#include "jump.h"

#define BASE_X2APIC  BIT(10)
#define BASE_ENABLED BIT(11)
#define TRIES	     100000

/* ---- the local APIC ---- */

/* Of what is enabled, how to reach it: by MSRs, or where the kernel has it mapped. */
static enum { APIC_NONE, APIC_MEMORY, APIC_MSRS } apic_kind(void)
{
	u64 base;

	if (!boot_cpu_has(X86_FEATURE_APIC) || rdmsrq_safe(MSR_IA32_APICBASE, &base) ||
	    !(base & BASE_ENABLED))
		return APIC_NONE;
	return base & BASE_X2APIC ? APIC_MSRS : APIC_MEMORY;
}

static void apic_set(unsigned int reg, u32 value)
{
	switch (apic_kind()) {
	case APIC_MSRS:
		wrmsrq_safe(0x800 + (reg >> 4), value);
		break;
	case APIC_MEMORY:
		writel(value, (void __iomem *)(APIC_BASE + reg));
		break;
	case APIC_NONE:
		break;
	}
}

#ifdef CONFIG_SMP

static void send_init(u32 apic_id)
{
	const u32 init = APIC_INT_ASSERT | APIC_DM_INIT;
	unsigned int tries = TRIES;

	if (apic_kind() == APIC_MSRS) {
		wrmsrq_safe(0x800 + (APIC_ICR >> 4), (u64)apic_id << 32 | init);
		return;
	}
	apic_set(APIC_ICR2, apic_id << 24);
	apic_set(APIC_ICR, init);
	if (apic_kind() != APIC_MEMORY)
		return;
	while (readl((void __iomem *)(APIC_BASE + APIC_ICR)) & APIC_ICR_BUSY && --tries)
		cpu_relax();
}

/*
 * A CPU that is offline waits in this kernel's text, on its page tables, for a line of memory to
 * change: it would wake up while all of them are being swapped. One that got INIT waits for a
 * start-up IPI, by which a kernel brings it online anyway. Each by its number: the boot CPU, which
 * an INIT resets and the machine with it, may be waiting for this kernel, which does not know it.
 */
void jump_apic_stop_others(void)
{
	unsigned int cpu;

	for_each_present_cpu(cpu) {
		if (cpu != raw_smp_processor_id())
			send_init(per_cpu(x86_cpu_to_apicid, cpu));
	}
}

#else

void jump_apic_stop_others(void)
{
}

#endif

/* ---- I/O APICs ---- */

#define IOAPICS_MAX    64
#define IOAPIC_SIZE    0x20
#define IOAPIC_DATA    0x10
#define IOAPIC_VERSION 1
#define IOAPIC_PIN     0x10 /* two registers each */
#define PIN_MASKED     BIT(16)
#define PIN_MODE(low)  ((low) >> 8 & 7)
#define PIN_MODE_SMI   2

static void __iomem *ioapics[IOAPICS_MAX];
static unsigned int ioapic_count;

static u32 ioapic_read(void __iomem *at, unsigned int reg)
{
	writel(reg, at);
	return readl(at + IOAPIC_DATA);
}

static void ioapic_write(void __iomem *at, unsigned int reg, u32 value)
{
	writel(reg, at);
	writel(value, at + IOAPIC_DATA);
}

/* The firmware's own pins stay; a masked, edge-triggered one has nothing pending. */
static void ioapic_clear(void __iomem *at)
{
	unsigned int pin, last = ioapic_read(at, IOAPIC_VERSION) >> 16 & 0xff;

	for (pin = 0; pin <= last; pin++) {
		if (PIN_MODE(ioapic_read(at, IOAPIC_PIN + 2 * pin)) == PIN_MODE_SMI)
			continue;
		ioapic_write(at, IOAPIC_PIN + 2 * pin, PIN_MASKED);
		ioapic_write(at, IOAPIC_PIN + 2 * pin + 1, 0);
	}
}

/*
 * As the kernel's own jump does, whose clear_IO_APIC() (arch/x86/kernel/apic/io_apic.c) and
 * restore_boot_irq_mode() (arch/x86/kernel/apic/apic.c) no module may call: no pin of an I/O APIC
 * sends, and the local APIC hands on what the old PIC says (MP specification 1.4, 3.6.2.2, virtual
 * wire mode).
 */
void jump_apic_leave(void)
{
	unsigned int i;

	for (i = 0; i < ioapic_count; i++)
		ioapic_clear(ioapics[i]);
	apic_set(APIC_SPIV, APIC_SPIV_APIC_ENABLED | 0xf);
	apic_set(APIC_LVT0, APIC_MODE_EXTINT << 8);
	apic_set(APIC_LVT1, APIC_MODE_NMI << 8);
}

static void add_ioapic(u64 paddr)
{
	if (ioapic_count == IOAPICS_MAX)
		return;
	ioapics[ioapic_count] = ioremap(paddr, IOAPIC_SIZE);
	if (ioapics[ioapic_count])
		ioapic_count++;
}

/* ACPI 6.5, 5.2.12: entries of a type and a length each. */
static void read_madt(const struct acpi_table_madt *madt)
{
	const u8 *at = (const u8 *)(madt + 1), *end = (const u8 *)madt + madt->header.length;

	while (at + sizeof(struct acpi_subtable_header) <= end) {
		const struct acpi_subtable_header *entry = (const void *)at;

		if (entry->length < sizeof(*entry) || at + entry->length > end)
			return;
		if (entry->type == ACPI_MADT_TYPE_IO_APIC &&
		    entry->length >= sizeof(struct acpi_madt_io_apic))
			add_ioapic(((const struct acpi_madt_io_apic *)entry)->address);
		at += entry->length;
	}
}

void jump_apic_init(void)
{
	struct acpi_table_header *table;

	if (acpi_disabled || ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &table)))
		return;
	read_madt((struct acpi_table_madt *)table);
	acpi_put_table(table);
}

void jump_apic_exit(void)
{
	while (ioapic_count)
		iounmap(ioapics[--ioapic_count]);
}
