/* SPDX-License-Identifier: GPL-2.0-only */
/* What is on the screen of this machine: how the firmware set it up, and who drives it now. */
#ifndef HOST_SCREEN_H
#define HOST_SCREEN_H

#include "boot_params.h"
#include "bytes.h"

struct fb_fix_screeninfo;
struct fb_var_screeninfo;

/* A picture in memory, from its first line on. */
struct framebuffer {
	uint64_t base;		/* physical; 0: there is none, or it is not known */
	uint32_t width, height; /* in pixels */
	uint32_t pitch;		/* bytes a line */
	uint32_t depth;		/* bits a pixel, of which the colours take these: */
	uint8_t red_size, red_pos, green_size, green_pos, blue_size, blue_pos, rsvd_size, rsvd_pos;
};

struct screen {
	struct screen_info info; /* of boot_params; all zero without them */
	struct framebuffer boot; /* what it tells of a picture */
	char driver[64];	 /* who drives the first one now; "": nobody is known to */
	bool is_as_booted;	 /* nobody does, or a driver that leaves the mode as it was */
	struct framebuffer now;	 /* where the driver tells of its own, as fbdev drivers do */
	uint32_t now_width, now_height; /* 0: not known */
};

/* By /proc/fb, /sys/class/graphics, /sys/class/drm and, without @root, /dev/fb0. */
void screen_read(struct screen *s, const char *root, struct bytes boot_params);
/* What FBIOGET_FSCREENINFO and FBIOGET_VSCREENINFO tell; base 0 when it is no linear picture. */
struct framebuffer screen_of_fbdev(const struct fb_fix_screeninfo *fix,
				   const struct fb_var_screeninfo *var);
/* The fields of screen_info that describe a picture. */
void screen_describe(struct screen_info *info, const struct framebuffer *f);
/* The picture that is there now; base 0: none is known. */
static inline const struct framebuffer *screen_picture(const struct screen *s)
{
	return s->now.base ? &s->now : &s->boot;
}
/* "EFI framebuffer", ...; NULL when it is in text mode or unknown. */
const char *screen_type_name(const struct screen_info *info);

#endif
