/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot CPU's wait in the gate (purgatory/monitor.c, apic.c), with a machine of two CPUs, of
 * which the other one does what the test tells it. The assembler is tested by the lab.
 */
#include <stddef.h>
#include <string.h>

#include "cpu_bits.h"
#include "test.h"

#define APIC	     UINT64_C(0xfee00000)
#define APIC_END     (APIC + 0x1000)
#define PAGE	     UINT32_C(0x3000)
#define OTHER	     7
#define BASE_X2APIC  0x400
#define IRR_AT(word) (0x200 + (word)*16)

/* What the other CPU does, after the start-up IPIs that it sleeps through. */
static struct {
	unsigned int deaf; /* to so many start-up IPIs */
	bool comes_back;
	unsigned int spins; /* of the boot CPU before it does */
} other;

static struct {
	uint64_t base;
	uint32_t edx1;
	uint32_t apic[0x400];
	uint8_t memory[0x10000]; /* physical, from 0 on */
	unsigned int inits, startups, spins, taken, ends, delays;
	uint64_t tsc, limit, gdt, idt;
	uint32_t idt_size;
	struct {
		uint32_t gdt, stack, entry;
		uint8_t first;
	} started; /* what the other CPU found in its page */
} machine;

static void start_up(void);

static uint32_t apic_read(uint32_t reg)
{
	CHECK_EQ_U64(reg % 16, 0);
	return machine.apic[reg / 16];
}

static void apic_write(uint32_t reg, uint32_t value, uint32_t to)
{
	machine.apic[reg / 16] = value;
	if (reg == 0xb0)
		machine.ends++;
	if (reg != 0x300)
		return;
	if (value == 0xc4500) {
		machine.inits++;
		machine.delays = 0;
		return;
	}
	CHECK_EQ_U64(value, 0x4600 | PAGE >> 12);
	CHECK_EQ_U64(to, OTHER);
	machine.startups++;
	if (machine.startups > other.deaf)
		start_up();
}

static bool in_apic(uintptr_t address)
{
	return address >= APIC && address < APIC_END;
}

static uint32_t mmio_read32(uintptr_t address)
{
	CHECK(in_apic(address));
	return apic_read((uint32_t)(address - APIC));
}

static void mmio_write32(uint32_t value, uintptr_t address)
{
	if (in_apic(address))
		apic_write((uint32_t)(address - APIC), value, machine.apic[0x31] >> 24);
	else
		memcpy(machine.memory + address, &value, 4);
}

static uint8_t mmio_read8(uintptr_t address)
{
	return machine.memory[address];
}

static void mmio_write8(uint8_t value, uintptr_t address)
{
	machine.memory[address] = value;
}

static void copy_word(uintptr_t to, uintptr_t from)
{
	memcpy((void *)to, machine.memory + from, 4);
}

static void io_delay(void)
{
	machine.delays++;
}

static uint64_t rdmsr(uint32_t msr)
{
	return msr == MSR_APIC_BASE ? machine.base : apic_read((msr - 0x800) * 16);
}

static void wrmsr(uint32_t msr, uint64_t value)
{
	CHECK(machine.base & BASE_X2APIC);
	apic_write((msr - 0x800) * 16, (uint32_t)value, (uint32_t)(value >> 32));
}

static uint32_t cpuid_edx(uint32_t leaf)
{
	CHECK_EQ_U64(leaf, 1);
	return machine.edx1;
}

static uint64_t rdtsc(void)
{
	return machine.tsc += 100;
}

static void lgdt(uint64_t base, uint16_t size)
{
	(void)size;
	machine.gdt = base;
}

static void lidt(uint64_t base, uint16_t size)
{
	machine.idt = base;
	machine.idt_size = size;
}

/* The highest that is requested, and that only while the APIC is on. */
static void take_interrupt(void)
{
	CHECK(machine.apic[0xf] & 0x100);
	for (int word = 7; word >= 0; word--) {
		uint32_t *irr = &machine.apic[IRR_AT(word) / 16];

		if (!*irr)
			continue;
		*irr &= ~(1u << (31 - __builtin_clz(*irr)));
		machine.taken++;
		return;
	}
}

static void cpu_relax(void);

#define PURGATORY_IO_H
#define PURGATORY_CPU_H
#include "apic.c"
#undef VECTORS
#include "monitor.c"

struct gate_params gate_params;
const uint8_t start_code[START_SIZE] = { 0xfa, 0xeb };
const uint8_t gate_start[1], start_stack_end[1], gate_gdt[32], gate_gdt_end[1], gate_ignore[1];

static void start_up(void)
{
	memcpy(&machine.started.gdt, machine.memory + PAGE + START_GDT, 4);
	memcpy(&machine.started.stack, machine.memory + PAGE + START_STACK, 4);
	memcpy(&machine.started.entry, machine.memory + PAGE + START_ENTRY, 4);
	machine.started.first = machine.memory[PAGE];
	gate_params.monitor_state = MONITOR_RUNNING;
}

static void cpu_relax(void)
{
	/* The peer would see that its page is not what it was. */
	for (uint32_t i = 0; i < START_SIZE; i++)
		CHECK_EQ_U64(machine.memory[PAGE + i], 0x5a);
	CHECK(!(machine.apic[0xf] & 0x100));
	if (++machine.spins == other.spins && other.comes_back)
		gate_params.monitor_state = MONITOR_ARRIVED;
}

static void power_on(void)
{
	memset(&machine, 0, sizeof(machine));
	machine.base = APIC | APIC_BASE_ENABLE | APIC_BASE_BSP;
	machine.edx1 = CPUID_1_EDX_APIC | CPUID_1_EDX_MSR;
	machine.apic[0xf] = 0x1ff;
	machine.apic[0xd] = 0x01000000;
	memset(machine.memory + PAGE, 0x5a, 0x1000);
	other.deaf = 0;
	other.comes_back = true;
	other.spins = 50;
	gate_params = (struct gate_params){
		.flags = GATE_CALLED | GATE_MONITOR,
		.monitor_page = PAGE,
		.monitor_cpu = OTHER,
	};
}

static void set_limit(uint64_t cycles)
{
	struct jump_message m = { .magic = JUMP_MESSAGE_MAGIC, .limit = cycles };

	memcpy(machine.memory + JUMP_MESSAGE_ADDRESS, &m, sizeof(m));
}

TEST(the_other_cpu_runs_the_peer_and_comes_back)
{
	static const uint64_t modes[] = { 0, BASE_X2APIC };

	for (size_t i = 0; i < 2; i++) {
		power_on();
		machine.base |= modes[i];
		CHECK_EQ_U64(monitor_run(GATE_TO_GATE), WAIT_ARRIVED);
		CHECK_EQ_U64(gate_params.monitor_target, GATE_TO_GATE);
		CHECK_EQ_U64(machine.startups, 1);
		CHECK_EQ_U64(machine.spins, 50);
		CHECK_EQ_U64(machine.inits, 2);
		CHECK_EQ_U64(machine.started.first, 0xfa);
		CHECK_EQ_U64(machine.started.gdt, PAGE + START_GDT_AT);
		CHECK_EQ_U64(machine.started.entry, (uint32_t)(uintptr_t)gate_start);
		CHECK_EQ_U64(machine.started.stack, (uint32_t)(uintptr_t)start_stack_end);
		CHECK_EQ_U64(machine.apic[0xd], modes[i] ? 0x01000000 : 0);
		CHECK_EQ_U64(machine.idt_size, 256 * sizeof(struct idt_entry) - 1);
		CHECK_EQ_U64(machine.gdt, (uintptr_t)gate_gdt);
	}
}

TEST(a_start_up_ipi_may_be_lost)
{
	power_on();
	other.deaf = 1;
	CHECK_EQ_U64(monitor_run(GATE_TO_64), WAIT_ARRIVED);
	CHECK_EQ_U64(machine.startups, 2);
}

TEST(a_cpu_that_does_not_start)
{
	power_on();
	other.deaf = 2;
	CHECK_EQ_U64(monitor_run(GATE_TO_64), WAIT_NO_CPU);
	CHECK_EQ_U64(machine.startups, 2);
	CHECK_EQ_U64(machine.inits, 2);
	CHECK_EQ_U64(machine.spins, 0);
	for (uint32_t i = 0; i < START_SIZE; i++)
		CHECK_EQ_U64(machine.memory[PAGE + i], 0x5a);
}

TEST(only_the_boot_cpu_waits)
{
	power_on();
	machine.base &= ~(uint64_t)APIC_BASE_BSP;
	CHECK_EQ_U64(monitor_run(GATE_TO_64), WAIT_NO_CPU);
	power_on();
	machine.edx1 = 0;
	CHECK_EQ_U64(monitor_run(GATE_TO_64), WAIT_NO_CPU);
	CHECK_EQ_U64(machine.inits, 0);
}

TEST(the_time_is_over)
{
	power_on();
	other.comes_back = false;
	set_limit(10000);
	CHECK_EQ_U64(monitor_run(GATE_TO_GATE), WAIT_LIMIT);
	CHECK(machine.tsc >= 10000 && machine.tsc < 11000);
	CHECK_EQ_U64(machine.inits, 2);
	CHECK(machine.delays >= 200000);
	/* Back in time; and what is no message sets no limit. */
	power_on();
	set_limit(1000000);
	CHECK_EQ_U64(monitor_run(GATE_TO_GATE), WAIT_ARRIVED);
	power_on();
	set_limit(100);
	machine.memory[JUMP_MESSAGE_ADDRESS + 3] ^= 1;
	CHECK_EQ_U64(monitor_run(GATE_TO_GATE), WAIT_ARRIVED);
}

/* Between the last look and the INIT. */
TEST(back_at_the_last_moment)
{
	power_on();
	other.comes_back = true;
	other.spins = 1;
	set_limit(1);
	CHECK_EQ_U64(monitor_run(GATE_TO_GATE), WAIT_ARRIVED);
	CHECK_EQ_U64(machine.spins, 1);
}

TEST(interrupts_that_came_meanwhile_are_taken)
{
	power_on();
	machine.apic[IRR_AT(1) / 16] = 1u << 4 | 1u << 31;
	machine.apic[IRR_AT(7) / 16] = 1u << 24;
	CHECK_EQ_U64(monitor_run(GATE_TO_GATE), WAIT_ARRIVED);
	CHECK_EQ_U64(machine.taken, 3);
	CHECK_EQ_U64(machine.ends, 3);
	CHECK(machine.apic[0xf] & 0x100);
}

TEST_MAIN
