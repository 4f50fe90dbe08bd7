/* SPDX-License-Identifier: GPL-2.0-only */
/* The gate's walk over PCI devices, on a machine of four functions. */
#include <stdint.h>
#include <string.h>

#include "test.h"

static struct {
	/* The functions 00:03.0, 00:03.1, 00:1f.7 and 02:00.0, and what is asked of them. */
	uint32_t address, functions[4][64];
	unsigned int pending[4]; /* reads after which no transaction is pending any more */
	unsigned int resets;
	uintptr_t mmio_byte;
	uint16_t port_byte;
} machine;

static const uint32_t pci_functions[4] = { 3 << 11, 3 << 11 | 1 << 8, 31 << 11 | 7 << 8, 2 << 16 };

static uint32_t *pci_register(unsigned int *which)
{
	for (*which = 0; *which < 4; ++*which)
		if ((machine.address & 0x00ffff00) == pci_functions[*which])
			return &machine.functions[*which][machine.address / 4 % 64];
	return NULL;
}

static void outl(uint32_t value, uint16_t port)
{
	unsigned int which;
	uint32_t *r;

	if (port == 0xcf8) {
		CHECK(value & 0x80000000);
		machine.address = value;
		return;
	}
	CHECK_EQ_U64(port, 0xcfc);
	r = pci_register(&which);
	if (CHECK(r != NULL))
		*r = value;
}

static uint32_t inl(uint16_t port)
{
	unsigned int which;
	uint32_t *r = pci_register(&which);

	CHECK_EQ_U64(port, 0xcfc);
	if (!r || !machine.functions[which][0])
		return UINT32_MAX;
	if ((machine.address & 0xfc) == 0x48 && machine.pending[which] && !--machine.pending[which])
		*r &= ~0x00200000u;
	return *r;
}

/* A function that is reset has lost what firmware had set. */
static void pci_reset(unsigned int which)
{
	machine.resets++;
	machine.functions[which][1] &= 0xffff0000;
	memset(&machine.functions[which][4], 0, 6 * 4);
}

/* To lower halves alone: what is written to the status is cleared. */
static void outw(uint16_t value, uint16_t port)
{
	unsigned int which;
	uint32_t *r = pci_register(&which);

	CHECK_EQ_U64(port, 0xcfc);
	if (!CHECK(r != NULL))
		return;
	*r = (*r & 0xffff0000) | value;
	if ((machine.address & 0xff) == 0x48 && value & 0x8000)
		pci_reset(which);
	if ((machine.address & 0xff) == 0x64 && (value & 3) == 3)
		pci_reset(which);
}

static void mmio_write8(uint8_t value, uintptr_t address)
{
	CHECK_EQ_U64(value, 0);
	machine.mmio_byte = address;
}

static void outb(uint8_t value, uint16_t port)
{
	CHECK_EQ_U64(value, 0);
	machine.port_byte = port;
}

static void io_delay(void)
{
}

#define PURGATORY_IO_H
#include "pci.c"

static void power_on(void)
{
	memset(&machine, 0, sizeof(machine));
}

/* A function with all of the command's lower bits set, and a PCI Express capability at 0x40. */
static void plug(unsigned int which, uint32_t class, uint32_t header)
{
	uint32_t *r = machine.functions[which];

	r[0] = 0x12348086;
	r[1] = 0x00100007;
	r[2] = class << 24;
	r[3] = header << 16;
	r[0x34 / 4] = 0x50;
	r[0x50 / 4] = 0x4005; /* something else comes first in the list */
	r[0x40 / 4] = 0x0010;
}

TEST(bus_masters_are_stopped_but_for_bridges)
{
	power_on();
	plug(0, 2, 0x80);
	plug(1, 1, 0);
	plug(2, 6, 0); /* a slot without function 0 has none */
	plug(3, 6, 1); /* a bridge to another bus */
	machine.functions[1][0x48 / 4] = 0x00200000;
	machine.pending[1] = 5;
	pci_stop_masters();
	CHECK_EQ_U64(machine.functions[0][1], 0x00100003);
	CHECK_EQ_U64(machine.functions[1][1], 0x00100003);
	CHECK_EQ_U64(machine.functions[2][1], 0x00100007);
	CHECK_EQ_U64(machine.functions[3][1], 0x00100007);
	CHECK_EQ_U64(machine.pending[1], 0);

	/* One that never ends, and a list of capabilities that goes round. */
	power_on();
	plug(0, 2, 0);
	machine.functions[0][0x48 / 4] = 0x00200000;
	plug(3, 2, 0);
	machine.functions[3][0x40 / 4] = 0x5005;
	pci_stop_masters();
	CHECK_EQ_U64(machine.functions[0][1], 0x00100003);
	CHECK_EQ_U64(machine.functions[3][1], 0x00100003);
}

TEST(devices_are_reset)
{
	power_on();
	plug(0, 2, 0x80); /* by a function level reset */
	machine.functions[0][0x44 / 4] = 0x10000000;
	machine.functions[0][4] = 0xfeb00000;
	plug(1, 2, 0); /* by power states */
	machine.functions[1][0x50 / 4] = 0x6005;
	machine.functions[1][0x60 / 4] = 0x4001;
	machine.functions[1][5] = 0xc001;
	plug(3, 2, 0); /* virtio, whose registers are in its fifth piece of memory */
	machine.functions[3][0] = 0x10001af4;
	machine.functions[3][0x50 / 4] = 0x01006009;
	machine.functions[3][0x54 / 4] = 4;
	machine.functions[3][0x58 / 4] = 0x1000;
	machine.functions[3][8] = 0xfe000004;
	pci_stop_masters();
	CHECK_EQ_U64(machine.resets, 2);
	CHECK_EQ_U64(machine.functions[0][1], 0x00100003);
	CHECK_EQ_U64(machine.functions[0][4], 0xfeb00000);
	CHECK_EQ_U64(machine.functions[1][1], 0x00100003);
	CHECK_EQ_U64(machine.functions[1][5], 0xc001);
	CHECK_EQ_U64(machine.functions[1][0x64 / 4] & 3, 0);
	CHECK_EQ_U64(machine.mmio_byte, 0xfe001014);

	/* Its memory is beyond 4 GiB. */
	power_on();
	plug(3, 2, 0);
	machine.functions[3][0] = 0x10001af4;
	machine.functions[3][0x50 / 4] = 0x01006009;
	machine.functions[3][0x54 / 4] = 4;
	machine.functions[3][8] = 0xfe000004;
	machine.functions[3][9] = 1;
	pci_stop_masters();
	CHECK_EQ_U64(machine.mmio_byte, 0);

	/* An older one has registers at ports. */
	power_on();
	plug(3, 2, 0);
	machine.functions[3][0] = 0x10001af4;
	machine.functions[3][4] = 0xc041;
	pci_stop_masters();
	CHECK_EQ_U64(machine.port_byte, 0xc052);
}

TEST_MAIN
