/* SPDX-License-Identifier: GPL-2.0-only */
/* What the purgatory writes in a picture, read back by its own font. */
#include <stdlib.h>
#include <string.h>

#include "framebuffer.c"
#include "test.h"

#define PIXELS (640 * 480)

static struct {
	uint8_t before[64];
	uint32_t pixels[PIXELS];
	uint8_t after[64];
} memory;

static struct gate_screen screen;

static void make(uint32_t width, uint32_t height, uint32_t pixel_bytes)
{
	memset(&memory, 0x5a, sizeof(memory));
	memset(&picture, 0, sizeof(picture));
	screen = (struct gate_screen){
		.width = width,
		.height = height,
		.pitch = (width + 3) * pixel_bytes,
		.pixel_bytes = pixel_bytes,
		.colour = pixel_bytes == 2 ? 0x1234 : 0x123456,
	};
}

static bool begin(void)
{
	return framebuffer_open(&screen, (uintptr_t)memory.pixels);
}

static void say(const char *text)
{
	while (*text)
		framebuffer_put(*text++);
}

static uint32_t pixel(uint32_t x, uint32_t y)
{
	uint32_t value = 0;

	memcpy(&value,
	       (uint8_t *)memory.pixels + (size_t)y * screen.pitch + (size_t)x * screen.pixel_bytes,
	       screen.pixel_bytes);
	return value;
}

static bool is_char(char c, uint32_t column, uint32_t row, uint32_t scale)
{
	for (uint32_t y = 0; y < 16 * scale; y++) {
		for (uint32_t x = 0; x < 8 * scale; x++) {
			uint32_t want = is_set(c, x / scale, y / scale) ? screen.colour : 0;

			if (pixel(column * 8 * scale + x, row * 16 * scale + y) != want)
				return false;
		}
	}
	return true;
}

static bool is_text(const char *text, uint32_t row, uint32_t scale)
{
	for (uint32_t i = 0; text[i]; i++) {
		if (!is_char(text[i], i, row, scale))
			return false;
	}
	return true;
}

static bool is_untouched(uint32_t row)
{
	return pixel(5, row * 16 + 5) != 0 && pixel(5, row * 16 + 5) != screen.colour;
}

TEST(text_is_read_again)
{
	for (uint32_t bytes = 2; bytes <= 4; bytes++) {
		make(320, 100, bytes);
		if (!CHECK(begin()))
			return;
		say("kexec: SHA-256\nis");
		CHECK(is_text("kexec: SHA-256 ", 0, 1));
		CHECK(is_text("is ", 1, 1));
		CHECK(is_text("   ", 2, 1));
		CHECK(is_untouched(3));
	}
}

TEST(a_character_as_one_sees_it)
{
	static const char *const lines[16] = {
		"........", ".#####..", ".#####..", ".#......", ".#......", ".#......",
		".#......", ".####...", ".####...", ".#......", ".#......", ".#......",
		".#......", ".#......", ".#......", "........",
	};

	make(320, 100, 4);
	CHECK(begin());
	say("xF");
	for (uint32_t y = 0; y < 16; y++) {
		for (uint32_t x = 0; x < 8; x++)
			CHECK_EQ_U64(pixel(8 + x, y), lines[y][x] == '#' ? screen.colour : 0);
	}
}

/* Two characters do not look alike. */
TEST(the_font)
{
	make(320, 100, 4);
	CHECK(begin());
	for (char c = ' '; c <= '~'; c++) {
		picture.column = 0;
		framebuffer_put(c);
		for (char d = ' '; d <= '~'; d++)
			CHECK_EQ_U64(is_char(d, 0, 0, 1), c == d);
	}
	picture.column = 0;
	framebuffer_put('\x80');
	CHECK(is_char('?', 0, 0, 1));
}

TEST(it_begins_anew_at_the_top)
{
	make(64, 16 * 4 + 7, 4);
	CHECK(begin());
	say("one\ntwo\nthree\nfour");
	CHECK(is_text("two ", 1, 1) && is_text("three ", 2, 1) && is_text("four ", 3, 1));
	CHECK(is_text("        ", 0, 1));
	say("\nfive");
	CHECK(is_text("five ", 0, 1) && is_text("        ", 1, 1) && is_text("three ", 2, 1));
	/* The next words come below. */
	CHECK(begin());
	say("!\n");
	CHECK(is_text("five! ", 0, 1));
	/* A long line goes on in the next row. */
	say("a long one");
	CHECK(is_text("a long o", 1, 1) && is_text("ne ", 2, 1));
	CHECK(is_untouched(4));
}

TEST(a_large_picture_has_large_text)
{
	make(1600, 64, 2);
	CHECK(begin());
	say("ab");
	CHECK(is_text("ab ", 0, 2));
}

TEST(nothing_beside_it_is_written)
{
	static const char *const text = "abcdefghijklmnopqrstuvwxyz\n";

	make(100, 40, 3);
	CHECK(begin());
	for (int i = 0; i < 10; i++)
		say(text);
	for (uint32_t y = 0; y < screen.height; y++)
		CHECK_EQ_U64(pixel(screen.width, y), 0x5a5a5a);
	CHECK_EQ_U64(memory.before[63], 0x5a);
	CHECK_EQ_U64(((uint8_t *)memory.pixels)[screen.pitch * screen.height], 0x5a);

	make(7, 40, 4);
	CHECK(!begin());
	make(40, 15, 4);
	CHECK(!begin());
}

TEST_MAIN
