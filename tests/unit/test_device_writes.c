/* SPDX-License-Identifier: GPL-2.0-only */
/* The gate's writes to devices, told one after the other. */
#include <stdio.h>
#include <string.h>

#include "test.h"

static char told[2048];
static uint32_t selected; /* by 0xcf8 */

static void tell(const char *what, unsigned long at, unsigned bytes, uint32_t value)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s%u %lx=%x;", what, bytes, at,
		 (unsigned)value);
}

/* What a port reads has every other bit set. */
#define READ(name, type, bytes, value) \
	static type name(uint16_t port) \
	{ \
		tell("in", port, bytes, 0); \
		return value; \
	}
READ(inb, uint8_t, 1, 0x55)
READ(inw, uint16_t, 2, 0x5555)
READ(inl, uint32_t, 4, 0x55555555)

static void outb(uint8_t value, uint16_t port)
{
	tell("out", port, 1, value);
}

static void outw(uint16_t value, uint16_t port)
{
	tell("out", port, 2, value);
}

static void outl(uint32_t value, uint16_t port)
{
	if (port == 0xcf8)
		selected = value;
	else
		tell("out", port, 4, value);
}

static uint8_t mmio_read8(uintptr_t address)
{
	return (uint8_t)address;
}

static uint16_t mmio_read16(uintptr_t address)
{
	(void)address;
	return 0x5555;
}

static uint32_t mmio_read32(uintptr_t address)
{
	(void)address;
	return 0x55555555;
}

static void mmio_write8(uint8_t value, uintptr_t address)
{
	tell("mem", address, 1, value);
}

static void mmio_write16(uint16_t value, uintptr_t address)
{
	tell("mem", address, 2, value);
}

static void mmio_write32(uint32_t value, uintptr_t address)
{
	tell("mem", address, 4, value);
}

#define PURGATORY_IO_H
#include "device_writes.c"

static const char *done(const struct gate_write *w, uint32_t count)
{
	told[0] = '\0';
	device_writes(w, count);
	return told;
}

TEST(ports)
{
	static const struct gate_write writes[] = {
		{ GATE_PORT, 1, 0x70, 0, 0x12 },
		{ GATE_PORT, 2, 0x668, 0xf0f0, 0x800 },
		{ GATE_PORT, 4, 0x630, ~0x4u, 0 },
	};

	CHECK_STR(done(writes, 3),
		  "out1 70=12;in2 668=0;out2 668=5850;in4 630=0;out4 630=55555551;");
}

TEST(memory)
{
	static const struct gate_write writes[] = {
		{ GATE_MEMORY, 2, 0xfebf100c, 0, 0x80 },
		{ GATE_MEMORY, 4, 0xfed1f410, ~0x20u, 0 },
		{ GATE_MEMORY, 1, 0xfed1f4ff, 0x0f, 0x20 },
		{ GATE_MEMORY, 2, 0xfebf1000, 0xff, 0x100 },
	};

	CHECK_STR(done(writes, 4), "mem2 febf100c=80;mem4 fed1f410=55555555;"
				   "mem1 fed1f4ff=2f;mem2 febf1000=155;");
}

TEST(pci)
{
	static const struct gate_write writes[] = {
		{ GATE_PCI, 1, 4 << 11 | 0x6a, 0, 0x2 },
		{ GATE_PCI, 2, 4 << 11 | 0x4, 0xffff, 0x2 },
	};

	CHECK_STR(done(writes, 1), "out1 cfe=2;");
	CHECK_EQ_U64(selected, 0x80002068);
	CHECK_STR(done(writes + 1, 1), "in2 cfc=0;out2 cfc=5557;");
	CHECK_EQ_U64(selected, 0x80002004);
}

TEST(no_more_than_there_are)
{
	struct gate_write writes[GATE_WRITES];

	for (int i = 0; i < GATE_WRITES; i++)
		writes[i] = (struct gate_write){ GATE_PORT, 1, 1, 0, 0 };
	CHECK_EQ_U64(strlen(done(writes, UINT32_MAX)), GATE_WRITES * strlen("out1 1=0;"));
}

TEST_MAIN
