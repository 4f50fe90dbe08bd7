/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>

#include "call.h"
#include "cpu_bits.h"
#include "gate.h"
#include "io.h"

/* purgatory/real.S */
extern const uint8_t real_stub[] __attribute__((visibility("hidden")));
extern const uint8_t real_stub_end[] __attribute__((visibility("hidden")));

#define PIC_MASTER 0x20 /* command; data is the next port */
#define PIC_SLAVE  0xa0

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

static void put16(uintptr_t at, uint32_t value)
{
	*(volatile uint16_t *)at = (uint16_t)value;
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
	return p->real_page;
}

void call_done(const uint32_t left[9])
{
	struct gate_registers *r = &gate_params.registers;

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
