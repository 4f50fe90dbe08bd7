/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/fb.h>
#include <string.h>

#include "host.h"
#include "hosts.h"
#include "screen.h"
#include "test.h"

static struct fb_fix_screeninfo fix;
static struct fb_var_screeninfo var;

static void make_fbdev(void)
{
	fix = (struct fb_fix_screeninfo){
		.smem_start = 0xd0000000,
		.type = FB_TYPE_PACKED_PIXELS,
		.visual = FB_VISUAL_TRUECOLOR,
		.line_length = 2048,
	};
	var = (struct fb_var_screeninfo){
		.xres = 1000,
		.yres = 600,
		.bits_per_pixel = 16,
		.red = { .offset = 11, .length = 5 },
		.green = { .offset = 5, .length = 6 },
		.blue = { .offset = 0, .length = 5 },
	};
}

TEST(a_driver_that_tells)
{
	struct framebuffer f;
	struct screen_info info = { .orig_video_isVGA = 1 };

	make_fbdev();
	f = screen_of_fbdev(&fix, &var);
	CHECK_EQ_U64(f.base, 0xd0000000);
	screen_describe(&info, &f);
	CHECK_STR(screen_type_name(&info), "VESA framebuffer");
	CHECK_EQ_U64(info.lfb_base, 0xd0000000);
	CHECK_EQ_U64(info.lfb_size, 19); /* of 64 KiB */
	CHECK_EQ_U64(info.lfb_width, 1000);
	CHECK_EQ_U64(info.lfb_linelength, 2048);
	CHECK_EQ_U64(info.green_pos, 5);
	CHECK_EQ_U64(info.capabilities, 0);

	f.base = UINT64_C(0x4d0000000);
	info.orig_video_isVGA = VIDEO_TYPE_EFI;
	screen_describe(&info, &f);
	CHECK_EQ_U64(info.ext_lfb_base, 4);
	CHECK_EQ_U64(info.capabilities, VIDEO_CAPABILITY_64BIT_BASE);
	CHECK_EQ_U64(info.lfb_size, 2048 * 600);
}

static uint64_t base_of(void)
{
	return screen_of_fbdev(&fix, &var).base;
}

TEST(drivers_that_do_not)
{
	make_fbdev();
	fix.smem_start = 0;
	CHECK_EQ_U64(base_of(), 0);
	make_fbdev();
	fix.type = FB_TYPE_VGA_PLANES;
	CHECK_EQ_U64(base_of(), 0);
	make_fbdev();
	fix.visual = FB_VISUAL_PSEUDOCOLOR;
	CHECK_EQ_U64(base_of(), 0);
	make_fbdev();
	var.xres = 70000;
	CHECK_EQ_U64(base_of(), 0);
	make_fbdev();
	fix.line_length = 0;
	CHECK_EQ_U64(base_of(), 0);
}

TEST(as_the_firmware_left_it)
{
	struct host h;
	struct err e;

	if (!CHECK(host_read(&h, host_root("x86_64-screen"), HOST_FIRMWARE, &e)))
		return;
	CHECK_EQ_U64(h.screen.boot.base, UINT64_C(0x8c0000000));
	CHECK_EQ_U64(h.screen.boot.pitch, 5120);
	CHECK_EQ_U64(h.screen.boot.red_pos, 16);
	CHECK_STR(h.screen.driver, "EFI VGA");
	CHECK(h.screen.is_as_booted && !h.screen.now.base && !h.screen.now_width);
	host_deinit(&h);

	if (!CHECK(host_read(&h, host_root("x86_64-512m"), HOST_FIRMWARE, &e)))
		return;
	CHECK(!h.screen.boot.base && h.screen.is_as_booted);
	host_deinit(&h);
}

TEST_MAIN
