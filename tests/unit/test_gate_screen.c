/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "gate_screen.h"
#include "test.h"

static struct screen screen;
static struct gate_screen found;
static struct err e;

/* As a firmware of today leaves it. */
static void make_screen(void)
{
	screen = (struct screen){
		.boot = {
			.base = UINT64_C(0x8c0000000),
			.width = 1280,
			.height = 800,
			.pitch = 5120,
			.depth = 32,
			.red_size = 8, .red_pos = 16,
			.green_size = 8, .green_pos = 8,
			.blue_size = 8, .blue_pos = 0,
		},
		.driver = "EFI VGA",
		.is_as_booted = true,
	};
}

TEST(as_the_firmware_left_it)
{
	make_screen();
	if (!CHECK(gate_screen_find(&found, &screen, 64, &e)))
		return;
	CHECK_EQ_U64(found.base, UINT64_C(0x8c0000000));
	CHECK_EQ_U64(found.pixel_bytes, 4);
	CHECK_EQ_U64(found.colour, 0xaaaaaa);
	screen.boot.depth = 16;
	screen.boot.red_size = screen.boot.blue_size = 5;
	screen.boot.red_pos = 11;
	screen.boot.green_size = 6;
	screen.boot.green_pos = 5;
	CHECK(gate_screen_find(&found, &screen, 64, &e));
	CHECK_EQ_U64(found.pixel_bytes, 2);
	CHECK_EQ_U64(found.colour, 0x15 << 11 | 0x2a << 5 | 0x15);
	screen.boot.red_size = screen.boot.green_size = screen.boot.blue_size = 0;
	CHECK(gate_screen_find(&found, &screen, 64, &e));
	CHECK_EQ_U64(found.colour, UINT32_MAX);
}

TEST(as_a_driver_has_it)
{
	make_screen();
	screen.is_as_booted = false;
	strcpy(screen.driver, "matroxfb");
	screen.now = screen.boot;
	screen.now.base = 0xd0000000;
	CHECK(gate_screen_find(&found, &screen, 32, &e));
	CHECK_EQ_U64(found.base, 0xd0000000);
}

static void refused(unsigned bits, const char *pattern)
{
	CHECK_FAILS(gate_screen_find(&found, &screen, bits, &e), &e, pattern);
}

TEST(refusals)
{
	make_screen();
	refused(32, "--console-fb: the picture, at 0x8c0000000, is beyond what 32-bit *");
	screen.boot.base = UINT64_C(0xffd00000);
	refused(32, "*is beyond*");
	screen.is_as_booted = false;
	refused(64, "--console-fb: EFI VGA drives the screen and does not tell *");
	make_screen();
	screen.boot.base = 0;
	refused(64, "*was not started with a picture on the screen*");
	make_screen();
	screen.boot.depth = 8;
	refused(64, "--console-fb: the picture has 8 bits a pixel");
	make_screen();
	screen.boot.pitch = 5119;
	refused(64, "--console-fb: a picture of 1280x800, 5119 bytes a line, cannot be");
	make_screen();
	screen.boot.pitch = screen.boot.height = 65535;
	refused(64, "*cannot be");
}

TEST_MAIN
