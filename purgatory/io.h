/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports and device memory. Unit tests bring their own. */
#ifndef PURGATORY_IO_H
#define PURGATORY_IO_H

#include <stdint.h>

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outb(uint8_t value, uint16_t port)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(uint16_t value, uint16_t port)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint16_t inw(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint32_t inl(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outl(uint32_t value, uint16_t port)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

/* About a microsecond: the time of a cycle on the ISA bus or what stands for it. */
static inline void io_delay(void)
{
	inb(0x80);
}

static inline uint32_t mmio_read32(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void mmio_write32(uint32_t value, uintptr_t address)
{
	*(volatile uint32_t *)address = value;
}

static inline uint16_t mmio_read16(uintptr_t address)
{
	return *(volatile uint16_t *)address;
}

static inline void mmio_write16(uint16_t value, uintptr_t address)
{
	*(volatile uint16_t *)address = value;
}

static inline uint8_t mmio_read8(uintptr_t address)
{
	return *(volatile uint8_t *)address;
}

static inline void mmio_write8(uint8_t value, uintptr_t address)
{
	*(volatile uint8_t *)address = value;
}

/* Copies a word of physical memory, of page 0 as well, which gcc would take for no memory. */
static inline void copy_word(uintptr_t to, uintptr_t from)
{
	__asm__("" : "+r"(to), "+r"(from));
	*(volatile uint32_t *)to = *(volatile uint32_t *)from;
}

/* The text screen: 80 x 25 cells of a character (low byte) and its colours. */
static inline volatile uint16_t *vga_text(void)
{
	uintptr_t address = 0xb8000;

	__asm__("" : "+r"(address)); /* or gcc takes it for an array of size 0 */
	return (volatile uint16_t *)address;
}

#endif
