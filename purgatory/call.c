/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>

#include "call.h"
#include "cpu.h"
#include "gate.h"
#include "io.h"

/* purgatory/real.S */
extern const uint8_t real_stub[] __attribute__((visibility("hidden")));
extern const uint8_t real_stub_end[] __attribute__((visibility("hidden")));

#define STACK_TOP 0x2000 /* in the second of the two pages */

#define PIC_MASTER 0x20 /* command; data is the next port */
#define PIC_SLAVE  0xa0
#define IRQ(n)	   (1u << (n)) /* in the mask of one of them */

#define PIT_CHANNEL_0	0x40
#define PIT_COMMAND	0x43
#define PIT_SQUARE_WAVE 0x36 /* channel 0, both bytes, mode 3 */

static void pic_init(uint16_t port, uint8_t vector, uint8_t wiring)
{
	outb(0x11, port); /* edge triggered, cascaded, four words */
	io_delay();
	outb(vector, port + 1);
	io_delay();
	outb(wiring, port + 1);
	io_delay();
	outb(0x01, port + 1);
	io_delay();
	outb(0xff, port + 1);
}

/* The vectors of a PC; all is masked. Linux sets up its own when it resumes. */
static void pics_as_bios(void)
{
	pic_init(PIC_MASTER, 0x08, 0x04);
	pic_init(PIC_SLAVE, 0x70, 0x02);
}

/* For good: the interrupts that a BIOS serves, and its clock, of 18.2 Hz. */
static void interrupts_as_bios(void)
{
	outb(PIT_SQUARE_WAVE, PIT_COMMAND);
	outb(0, PIT_CHANNEL_0);
	outb(0, PIT_CHANNEL_0);
	outb((uint8_t) ~(IRQ(0) | IRQ(1) | IRQ(2) | IRQ(6)), PIC_MASTER + 1);
	outb((uint8_t) ~(IRQ(12 - 8) | IRQ(13 - 8) | IRQ(14 - 8) | IRQ(15 - 8)), PIC_SLAVE + 1);
}

static void put16(uintptr_t at, uint32_t value)
{
	*(volatile uint16_t *)at = (uint16_t)value;
}

/* The program's own segment for all data, and a stack behind the code that takes it there. */
static void put_for_call(uintptr_t page)
{
	put16(page + REAL_DATA, (uint32_t)(gate_params.entry >> 4));
	put16(page + REAL_STACK, STACK_TOP);
	put16(page + REAL_STACK + 2, (uint32_t)page >> 4);
}

/* Linux' boot protocol. */
static void put_for_setup(uintptr_t page)
{
	const struct gate_params *p = &gate_params;

	put16(page + REAL_DATA, (uint32_t)(p->argument >> 4));
	put16(page + REAL_STACK, p->call_size);
	put16(page + REAL_STACK + 2, (uint32_t)(p->argument >> 4));
}

static void put_far(uintptr_t at, uint64_t address)
{
	put16(at, address & 15);
	put16(at + 2, (uint32_t)address >> 4);
}

uint32_t call_prepare(void)
{
	const struct gate_params *p = &gate_params;
	uintptr_t page = p->real_page, size = (uintptr_t)real_stub_end - (uintptr_t)real_stub;

	if (!page)
		return (uint32_t)p->entry;
	for (uintptr_t i = 0; i < size; i++)
		*(volatile uint8_t *)(page + i) = real_stub[i];
	put_far(page + REAL_PROGRAM, p->entry);
	put_far(page + REAL_BLOCK, p->argument);
	put16(page + REAL_SIZE, p->call_size);
	pics_as_bios();
	if (p->target == GATE_TO_REAL) {
		put_for_setup(page);
		interrupts_as_bios();
	} else {
		put_for_call(page);
	}
	return p->real_page;
}

void call_done(const uint32_t left[9])
{
	struct gate_registers *r = &gate_params.registers;

	if (gate_params.target == GATE_TO_REAL)
		machine_reset(); /* there is nothing to come back to */
	*r = (struct gate_registers){
		.eax = left[7],
		.ebx = left[4],
		.ecx = left[6],
		.edx = left[5],
		.esi = left[1],
		.edi = left[0],
		.ebp = left[2],
		.eflags = left[8],
	};
	gate_params.calls++;
}
