/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>

#include "apic.h"
#include "cpu.h"
#include "gate.h"
#include "jump_message.h"
#include "monitor.h"

#define START_SPINS	1000000 /* microseconds that a CPU may take to start */
#define STARTUP_SPINS	200	/* before a start-up IPI is sent once more */
#define STOP_SPINS	200000	/* microseconds until whatever ran has stopped */
#define VECTORS		256
#define VECTOR_NMI	2
#define FIRST_INTERRUPT 32
#define INTERRUPT_GATE	0x8e00 /* present, for ring 0 */

/* purgatory/start.S and gate32.S or gate64.S */
extern const uint8_t start_code[] __attribute__((visibility("hidden")));
extern const uint8_t gate_start[] __attribute__((visibility("hidden")));
extern const uint8_t start_stack_end[] __attribute__((visibility("hidden")));
extern const uint8_t gate_gdt[] __attribute__((visibility("hidden")));
extern const uint8_t gate_gdt_end[] __attribute__((visibility("hidden")));
extern const uint8_t gate_ignore[] __attribute__((visibility("hidden")));

static struct gate_params *const params = &gate_params;

/* ---- what the other CPU starts with ---- */

static void put_bytes(uint32_t to, const uint8_t *from, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		mmio_write8(from[i], (uintptr_t)to + i);
}

static void get_bytes(uint8_t *to, uint32_t from, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		to[i] = mmio_read8((uintptr_t)from + i);
}

static uint32_t address_of(const uint8_t *symbol)
{
	return (uint32_t)(uintptr_t)symbol;
}

static void put_start_code(void)
{
	uint32_t page = params->monitor_page;

	put_bytes(page, start_code, START_SIZE);
	mmio_write32(page + START_GDT_AT, page + START_GDT);
	mmio_write32(address_of(start_stack_end), page + START_STACK);
	mmio_write32(address_of(gate_start), page + START_ENTRY);
}

static uint32_t state(void)
{
	return *(volatile uint32_t *)&params->monitor_state;
}

/* The page may hold something of the peer's, which gets it back. */
static bool start_cpu(void)
{
	uint8_t kept[START_SIZE];

	get_bytes(kept, params->monitor_page, sizeof(kept));
	put_start_code();
	for (uint32_t i = 0; i < START_SPINS && state() == MONITOR_STARTING; i++) {
		if (i % STARTUP_SPINS == 0 && i < 2 * STARTUP_SPINS)
			apic_start(params->monitor_cpu, params->monitor_page);
		io_delay();
	}
	put_bytes(params->monitor_page, kept, sizeof(kept));
	return state() != MONITOR_STARTING;
}

/* ---- the wait ---- */

struct idt_entry {
	uint16_t low, selector, flags, high;
#ifdef __x86_64__
	uint32_t top, reserved;
#endif
};

static void set_handler(struct idt_entry *entry)
{
	uintptr_t handler = (uintptr_t)gate_ignore;

	*entry = (struct idt_entry){
		.low = (uint16_t)handler,
		.selector = GATE_CODE_SELECTOR,
		.flags = INTERRUPT_GATE,
		.high = (uint16_t)(handler >> 16),
	};
}

/*
 * The peer may send an NMI to all CPUs, and so may the machine: it is ignored, as is any interrupt.
 * An exception is the end, as without a table. The kernel's code segment, to which the handler
 * returns, is in the gate's GDT too.
 */
static void ignore_interrupts(struct idt_entry idt[VECTORS])
{
	for (unsigned int i = 0; i < FIRST_INTERRUPT; i++)
		idt[i] = (struct idt_entry){ 0 };
	set_handler(&idt[VECTOR_NMI]);
	for (unsigned int i = FIRST_INTERRUPT; i < VECTORS; i++)
		set_handler(&idt[i]);
	lgdt((uintptr_t)gate_gdt, (uint16_t)(address_of(gate_gdt_end) - address_of(gate_gdt) - 1));
	lidt((uintptr_t)idt, VECTORS * sizeof(idt[0]) - 1);
}

/* Cycles that the peer has; 0: all. */
static uint64_t limit(void)
{
	union {
		struct jump_message message;
		uint32_t words[sizeof(struct jump_message) / sizeof(uint32_t)];
	} m;

	for (size_t i = 0; i < sizeof(m.words) / sizeof(m.words[0]); i++)
		copy_word((uintptr_t)&m.words[i], JUMP_MESSAGE_ADDRESS + i * sizeof(m.words[0]));
	for (size_t i = 0; i < sizeof(m.message.magic); i++)
		if (m.message.magic[i] != JUMP_MESSAGE_MAGIC[i])
			return 0;
	return m.message.limit;
}

/*
 * The peer may come back at the last moment. If it does not, it is in the midst of something, and
 * what it still writes would be in this kernel's memory then: a CPU of a virtual machine may be
 * late to stop, when its host is busy.
 */
static enum wait_end wait_for_peer(uint64_t start, uint64_t cycles)
{
	while (state() != MONITOR_ARRIVED) {
		cpu_relax();
		if (cycles && rdtsc() - start >= cycles)
			break;
	}
	apic_stop_others();
	for (uint32_t i = 0; i < STOP_SPINS && state() != MONITOR_ARRIVED; i++)
		io_delay();
	return state() == MONITOR_ARRIVED ? WAIT_ARRIVED : WAIT_LIMIT;
}

enum wait_end monitor_run(unsigned int target)
{
	uint64_t cycles = limit(), start = rdtsc();
	struct idt_entry idt[VECTORS];
	enum wait_end end = WAIT_NO_CPU;

	params->monitor_target = target;
	params->monitor_state = MONITOR_STARTING;
	ignore_interrupts(idt);
	if (!apic_stop_others())
		return WAIT_NO_CPU;
	apic_rest();
	if (start_cpu())
		end = wait_for_peer(start, cycles);
	else
		apic_stop_others();
	apic_drain();
	params->monitor_state = MONITOR_OFF;
	return end;
}
