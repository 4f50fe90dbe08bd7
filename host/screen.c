/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <linux/fb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host_file.h"
#include "lines.h"
#include "screen.h"

#define CARDS_MAX 16

/* ---- as the firmware left it ---- */

const char *screen_type_name(const struct screen_info *info)
{
	switch (info->orig_video_isVGA) {
	case VIDEO_TYPE_VLFB:
		return "VESA framebuffer";
	case VIDEO_TYPE_EFI:
		return "EFI framebuffer";
	default:
		return NULL;
	}
}

static struct framebuffer boot_framebuffer(const struct screen_info *i)
{
	struct framebuffer f = {
		.base = i->lfb_base,
		.width = i->lfb_width,
		.height = i->lfb_height,
		.pitch = i->lfb_linelength,
		.depth = i->lfb_depth,
		.red_size = i->red_size,
		.red_pos = i->red_pos,
		.green_size = i->green_size,
		.green_pos = i->green_pos,
		.blue_size = i->blue_size,
		.blue_pos = i->blue_pos,
		.rsvd_size = i->rsvd_size,
		.rsvd_pos = i->rsvd_pos,
	};

	if (i->capabilities & VIDEO_CAPABILITY_64BIT_BASE)
		f.base |= (uint64_t)i->ext_lfb_base << 32;
	if (!screen_type_name(i))
		f.base = 0;
	return f;
}

void screen_describe(struct screen_info *i, const struct framebuffer *f)
{
	if (i->orig_video_isVGA != VIDEO_TYPE_EFI)
		i->orig_video_isVGA = VIDEO_TYPE_VLFB;
	i->lfb_base = (uint32_t)f->base;
	i->ext_lfb_base = f->base >> 32;
	i->capabilities &= ~VIDEO_CAPABILITY_64BIT_BASE;
	if (i->ext_lfb_base)
		i->capabilities |= VIDEO_CAPABILITY_64BIT_BASE;
	i->lfb_width = (uint16_t)f->width;
	i->lfb_height = (uint16_t)f->height;
	i->lfb_linelength = (uint16_t)f->pitch;
	i->lfb_depth = (uint16_t)f->depth;
	/* VESA counts in units of 64 KiB, EFI in bytes. */
	i->lfb_size = f->pitch * f->height;
	if (i->orig_video_isVGA == VIDEO_TYPE_VLFB)
		i->lfb_size = (i->lfb_size + 0xffff) >> 16;
	i->red_size = f->red_size;
	i->red_pos = f->red_pos;
	i->green_size = f->green_size;
	i->green_pos = f->green_pos;
	i->blue_size = f->blue_size;
	i->blue_pos = f->blue_pos;
	i->rsvd_size = f->rsvd_size;
	i->rsvd_pos = f->rsvd_pos;
	i->pages = 1;
}

/* ---- as it is now ---- */

static bool keeps_mode(const char *driver)
{
	static const char *const drivers[] = {
		/* in /proc/fb */
		"EFI VGA",
		"VESA VGA",
		"simple",
		"simpledrmdrmfb",
		"efidrmdrmfb",
		"vesadrmdrmfb",
		/* of a DRM device */
		"simple-framebuffer",
		"efi-framebuffer",
		"vesa-framebuffer",
	};

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (!strcmp(driver, drivers[i]))
			return true;
	}
	return !*driver;
}

/* "0 NAME" */
static void read_fb0(struct screen *s, const char *root)
{
	struct err ignored;
	char line[64];

	if (host_line(root, "/proc/fb", line, sizeof(line), &ignored) && !strncmp(line, "0 ", 2))
		snprintf(s->driver, sizeof(s->driver), "%s", line + 2);
}

/* A kernel without CONFIG_FB_DEVICE shows no fb0. */
static void read_cards(struct screen *s, const char *root)
{
	for (unsigned n = 0; n < CARDS_MAX; n++) {
		struct err ignored;
		char path[64], line[64];

		snprintf(path, sizeof(path), "/sys/class/drm/card%u/device/uevent", n);
		if (!host_line(root, path, line, sizeof(line), &ignored) ||
		    strncmp(line, "DRIVER=", 7))
			continue;
		if (!*s->driver || keeps_mode(line + 7))
			snprintf(s->driver, sizeof(s->driver), "%s", line + 7);
	}
}

static void read_size(struct screen *s, const char *root)
{
	struct err ignored;
	uint64_t width, height;
	char text[32];
	struct line l;

	if (!host_line(root, "/sys/class/graphics/fb0/virtual_size", text, sizeof(text), &ignored))
		return;
	l = (struct line){ text, strlen(text) };
	if (line_take_number(&l, 10, &width) && line_take_text(&l, ",") &&
	    line_take_number(&l, 10, &height) && width <= UINT16_MAX && height <= UINT16_MAX) {
		s->now_width = (uint32_t)width;
		s->now_height = (uint32_t)height;
	}
}

struct framebuffer screen_of_fbdev(const struct fb_fix_screeninfo *fix,
				   const struct fb_var_screeninfo *var)
{
	/* DRM drivers do not tell where it is. */
	if (!fix->smem_start || fix->type != FB_TYPE_PACKED_PIXELS ||
	    (fix->visual != FB_VISUAL_TRUECOLOR && fix->visual != FB_VISUAL_DIRECTCOLOR) ||
	    !var->xres || var->xres > UINT16_MAX || !var->yres || var->yres > UINT16_MAX ||
	    !fix->line_length || fix->line_length > UINT16_MAX)
		return (struct framebuffer){ 0 };
	return (struct framebuffer){
		.base = fix->smem_start,
		.width = var->xres,
		.height = var->yres,
		.pitch = fix->line_length,
		.depth = var->bits_per_pixel,
		.red_size = (uint8_t)var->red.length,
		.red_pos = (uint8_t)var->red.offset,
		.green_size = (uint8_t)var->green.length,
		.green_pos = (uint8_t)var->green.offset,
		.blue_size = (uint8_t)var->blue.length,
		.blue_pos = (uint8_t)var->blue.offset,
		.rsvd_size = (uint8_t)var->transp.length,
		.rsvd_pos = (uint8_t)var->transp.offset,
	};
}

static void ask_fb0(struct screen *s)
{
	struct fb_fix_screeninfo fix = { 0 };
	struct fb_var_screeninfo var = { 0 };
	int fd = open("/dev/fb0", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (!ioctl(fd, FBIOGET_FSCREENINFO, &fix) && !ioctl(fd, FBIOGET_VSCREENINFO, &var))
		s->now = screen_of_fbdev(&fix, &var);
	close(fd);
}

/* ---- all of it ---- */

void screen_read(struct screen *s, const char *root, struct bytes boot_params)
{
	*s = (struct screen){ 0 };
	bytes_copy(boot_params, offsetof(struct boot_params, screen_info), &s->info,
		   sizeof(s->info));
	s->boot = boot_framebuffer(&s->info);
	read_fb0(s, root);
	if (!*s->driver)
		read_cards(s, root);
	s->is_as_booted = keeps_mode(s->driver);
	read_size(s, root);
	if (!*root)
		ask_fb0(s);
}
