/* SPDX-License-Identifier: GPL-2.0-only */
#include "device_writes.h"
#include "io.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  0x80000000u

static uint32_t port_read(uint16_t port, uint32_t bytes)
{
	return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
}

static void port_write(uint16_t port, uint32_t bytes, uint32_t value)
{
	if (bytes == 1)
		outb((uint8_t)value, port);
	else if (bytes == 2)
		outw((uint16_t)value, port);
	else
		outl(value, port);
}

static uint32_t memory_read(uintptr_t address, uint32_t bytes)
{
	return bytes == 1   ? mmio_read8(address)
	       : bytes == 2 ? mmio_read16(address)
			    : mmio_read32(address);
}

static void memory_write(uintptr_t address, uint32_t bytes, uint32_t value)
{
	if (bytes == 1)
		mmio_write8((uint8_t)value, address);
	else if (bytes == 2)
		mmio_write16((uint16_t)value, address);
	else
		mmio_write32(value, address);
}

static uint16_t config_port(uint32_t address)
{
	outl(CONFIG_ENABLE | (address & ~3u), CONFIG_ADDRESS);
	return CONFIG_DATA + (address & 3);
}

static void do_write(const struct gate_write *w)
{
	uint32_t value = w->value;
	uint16_t port;

	if (w->space == GATE_MEMORY) {
		if (w->keep)
			value |= memory_read(w->address, w->bytes) & w->keep;
		memory_write(w->address, w->bytes, value);
		return;
	}
	port = w->space == GATE_PCI ? config_port(w->address) : (uint16_t)w->address;
	if (w->keep)
		value |= port_read(port, w->bytes) & w->keep;
	port_write(port, w->bytes, value);
}

void device_writes(const struct gate_write *w, uint32_t count)
{
	for (uint32_t i = 0; i < count && i < GATE_WRITES; i++)
		do_write(&w[i]);
}
