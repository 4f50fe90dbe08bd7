/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdbool.h>

#include "console.h"
#include "framebuffer.h"
#include "io.h"
#include "paging.h"

/* The 16550's registers. */
#define UART_DATA    0
#define UART_DIVISOR 0 /* and 1, while LCR_DIVISOR is set */
#define UART_IER     1
#define UART_LCR     3
#define UART_MCR     4
#define UART_LSR     5
#define LCR_8N1	     0x03
#define LCR_DIVISOR  0x80
#define MCR_DTR_RTS  0x03
#define LSR_ROOM     0x20
#define LSR_SENT     0x40
#define UART_SPINS   200000 /* a byte at 50 baud takes 0.2 s */

#define SECONDS_TO_READ 5

#define VGA_COLUMNS 80
#define VGA_ROWS    25
#define VGA_BLANK   0x0720 /* a space, grey on black */
#define VGA_COLOURS 0x0700

static struct {
	bool serial, vga, framebuffer;
	uint16_t port;
	unsigned int column; /* on the screen's last row, where all output goes */
} console;

/* False when the port is not there or stuck; it is left alone from then on. */
static bool serial_wait(uint8_t state)
{
	for (unsigned int i = 0; i < UART_SPINS; i++) {
		if (inb(console.port + UART_LSR) & state)
			return true;
	}
	console.serial = false;
	return false;
}

static void serial_put(char c)
{
	if (console.serial && serial_wait(LSR_ROOM))
		outb((uint8_t)c, console.port + UART_DATA);
}

static void serial_speed(uint32_t baud)
{
	uint32_t divisor = baud < 115200 ? 115200 / baud : 1;

	outb(0, console.port + UART_IER);
	outb(LCR_8N1 | LCR_DIVISOR, console.port + UART_LCR);
	outb(divisor & 0xff, console.port + UART_DIVISOR);
	outb(divisor >> 8 & 0xff, console.port + UART_DIVISOR + 1);
	outb(LCR_8N1, console.port + UART_LCR);
	outb(MCR_DTR_RTS, console.port + UART_MCR);
}

static void vga_scroll(void)
{
	volatile uint16_t *cells = vga_text();

	for (unsigned int i = 0; i < VGA_COLUMNS * (VGA_ROWS - 1); i++)
		cells[i] = cells[i + VGA_COLUMNS];
	for (unsigned int i = 0; i < VGA_COLUMNS; i++)
		cells[VGA_COLUMNS * (VGA_ROWS - 1) + i] = VGA_BLANK;
	console.column = 0;
}

static void vga_put(char c)
{
	if (c == '\n' || console.column == VGA_COLUMNS)
		vga_scroll();
	if (c != '\n')
		vga_text()[VGA_COLUMNS * (VGA_ROWS - 1) + console.column++] = VGA_COLOURS |
									      (uint8_t)c;
}

struct vga_registers {
	uint16_t index_port;
	uint8_t count;
	uint8_t values[25];
};

/* Mode 3, 80 x 25 text, as the IBM VGA's BIOS sets it. The font stays what it is. */
static const struct vga_registers vga_mode3[] = {
	{ 0x3c4, 5, { 0x03, 0x00, 0x03, 0x00, 0x02 } },
	{ 0x3d4, 25, { 0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
		       0x00, 0x00, 0x50, 0x9c, 0x0e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff } },
	{ 0x3ce, 9, { 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff } },
};
static const uint8_t vga_attributes[] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a,
	0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00,
};

static void vga_reset(void)
{
	outb(0x67, 0x3c2);
	outb(0x11, 0x3d4); /* unlocks CRTC registers 0 to 7 */
	outb(0x0e, 0x3d5);
	for (unsigned int i = 0; i < sizeof(vga_mode3) / sizeof(vga_mode3[0]); i++) {
		const struct vga_registers *r = &vga_mode3[i];

		for (unsigned int index = 0; index < r->count; index++) {
			outb(index, r->index_port);
			outb(r->values[index], r->index_port + 1);
		}
	}
	for (unsigned int index = 0; index < sizeof(vga_attributes); index++) {
		inb(0x3da); /* the next write to 0x3c0 is an index */
		outb(index, 0x3c0);
		outb(vga_attributes[index], 0x3c0);
	}
	inb(0x3da);
	outb(0x20, 0x3c0); /* the screen on */
	for (unsigned int row = 0; row < VGA_ROWS; row++)
		vga_scroll();
}

void console_open(const struct gate_params *p)
{
	console.serial = p->flags & GATE_SERIAL;
	console.vga = p->flags & GATE_VGA;
	console.framebuffer = p->flags & GATE_FRAMEBUFFER &&
			      framebuffer_open(&p->screen, paging_map_screen(p->screen.base));
	console.port = (uint16_t)p->serial_port;
	console.column = 0;
	if (console.serial && p->serial_baud)
		serial_speed(p->serial_baud);
	if (p->flags & GATE_RESET_VGA)
		vga_reset();
}

static void put(char c)
{
	if (c == '\n')
		serial_put('\r');
	serial_put(c);
	if (console.vga)
		vga_put(c);
	if (console.framebuffer)
		framebuffer_put(c);
}

void console_text(const char *text)
{
	while (*text)
		put(*text++);
}

static void put_digit(unsigned int digit)
{
	put("0123456789abcdef"[digit & 15]);
}

void console_number(uint64_t number)
{
	unsigned int shift = 60;

	while (shift && !(number >> shift))
		shift -= 4;
	console_text("0x");
	for (; shift; shift -= 4)
		put_digit((unsigned int)(number >> shift));
	put_digit((unsigned int)number);
}

void console_bytes(const uint8_t *bytes, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		put_digit(bytes[i] >> 4);
		put_digit(bytes[i]);
	}
}

void console_linger(void)
{
	if (console.serial)
		serial_wait(LSR_SENT);
	if (console.vga || console.framebuffer) {
		for (unsigned int i = 0; i < SECONDS_TO_READ * 1000000; i++)
			io_delay();
	}
}
