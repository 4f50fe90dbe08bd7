/* SPDX-License-Identifier: GPL-2.0-only */
#include "font.h"
#include "framebuffer.h"

/* A cell, in units of the scale. A point of the font is two high. */
#define CELL_WIDTH  8
#define CELL_HEIGHT 16
#define MARGIN	    1

#define WIDTH_OF_SCALE 1600 /* pixels: above, text would be too small */

static struct {
	const struct gate_screen *screen; /* NULL: it was never opened */
	uintptr_t address;
	uint32_t scale, columns, rows;
	uint32_t column, row;
} picture;

static void put_pixel(uintptr_t at, uint32_t colour)
{
	uint32_t bytes = picture.screen->pixel_bytes;

	if (bytes == 4) {
		*(volatile uint32_t *)at = colour;
		return;
	}
	for (uint32_t i = 0; i < bytes; i++)
		((volatile uint8_t *)at)[i] = (uint8_t)(colour >> 8 * i);
}

static uintptr_t pixel_at(uint32_t x, uint32_t y)
{
	const struct gate_screen *s = picture.screen;

	return picture.address + (uintptr_t)y * s->pitch + (uintptr_t)x * s->pixel_bytes;
}

static void clear_row(uint32_t row)
{
	uint32_t height = CELL_HEIGHT * picture.scale;

	for (uint32_t y = row * height; y < (row + 1) * height; y++) {
		for (uint32_t x = 0; x < picture.screen->width; x++)
			put_pixel(pixel_at(x, y), 0);
	}
}

static uint32_t next_row(void)
{
	return (picture.row + 1) % picture.rows;
}

/* The row below is empty, too: it shows where the text ends once it has begun anew at the top. */
static void clear_rows(void)
{
	clear_row(picture.row);
	clear_row(next_row());
	picture.column = 0;
}

bool framebuffer_open(const struct gate_screen *s, uintptr_t address)
{
	bool first = !picture.screen;

	picture.screen = s;
	picture.address = address;
	picture.scale = 1 + s->width / WIDTH_OF_SCALE;
	picture.columns = s->width / (CELL_WIDTH * picture.scale);
	picture.rows = s->height / (CELL_HEIGHT * picture.scale);
	if (!picture.columns || !picture.rows)
		return false;
	if (first)
		clear_rows();
	return true;
}

static bool is_set(char c, uint32_t x, uint32_t y)
{
	const uint8_t *lines = font[(c < FONT_FIRST || c > FONT_LAST ? '?' : c) - FONT_FIRST];

	x -= MARGIN;
	y = (y - MARGIN) / 2;
	return x < FONT_WIDTH && y < FONT_HEIGHT && lines[y] >> (FONT_WIDTH - 1 - x) & 1;
}

static void draw(char c)
{
	uint32_t left = picture.column * CELL_WIDTH, top = picture.row * CELL_HEIGHT;
	uint32_t scale = picture.scale;

	for (uint32_t y = 0; y < CELL_HEIGHT * scale; y++) {
		for (uint32_t x = 0; x < CELL_WIDTH * scale; x++)
			put_pixel(pixel_at(left * scale + x, top * scale + y),
				  is_set(c, x / scale, y / scale) ? picture.screen->colour : 0);
	}
}

void framebuffer_put(char c)
{
	if (c == '\n' || picture.column == picture.columns) {
		picture.row = next_row();
		clear_rows();
	}
	if (c == '\n')
		return;
	draw(c);
	picture.column++;
}
