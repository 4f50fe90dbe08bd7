/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "gate_screen.h"
#include "x86.h"

#define GREY	  0xaa					   /* of 0xff */
#define SIZE_LAST ((uint64_t)GATE_SCREEN_WINDOW - 2 * MIB) /* it may begin inside a large page */

static uint32_t part(uint8_t size, uint8_t pos)
{
	if (!size || size > 8 || pos > 32 - size)
		return 0;
	return (uint32_t)(GREY >> (8 - size)) << pos;
}

static uint32_t grey(const struct framebuffer *f)
{
	uint32_t colour = part(f->red_size, f->red_pos) | part(f->green_size, f->green_pos) |
			  part(f->blue_size, f->blue_pos);

	return colour ? colour : UINT32_MAX;
}

static bool check_size(const struct framebuffer *f, uint32_t pixel_bytes, struct err *e)
{
	if (pixel_bytes < 2 || pixel_bytes > 4)
		return err_set(e, "--console-fb: the picture has %" PRIu32 " bits a pixel",
			       f->depth);
	return (f->width && f->height && f->pitch / pixel_bytes >= f->width &&
		(uint64_t)f->pitch * f->height <= SIZE_LAST) ||
	       err_set(e,
		       "--console-fb: a picture of %" PRIu32 "x%" PRIu32 ", %" PRIu32
		       " bytes a line, cannot be",
		       f->width, f->height, f->pitch);
}

bool gate_screen_find(struct gate_screen *g, const struct screen *s, unsigned bits, struct err *e)
{
	const struct framebuffer *f = screen_picture(s);
	uint32_t pixel_bytes = f->depth / 8 + (f->depth % 8 != 0);

	if (!f->base)
		return err_set(e,
			       "--console-fb: this machine was not started with a picture on the "
			       "screen: try --console-vga, or --console-serial");
	if (!s->now.base && !s->is_as_booted)
		return err_set(e,
			       "--console-fb: %s drives the screen and does not tell where its "
			       "picture is: use --console-serial, or boot with nomodeset",
			       s->driver);
	if (!check_size(f, pixel_bytes, e))
		return false;
	if (bits == 32 && f->base + (uint64_t)f->pitch * f->height > FOUR_GIB)
		return err_set(e,
			       "--console-fb: the picture, at %#" PRIx64
			       ", is beyond what 32-bit code reaches: use --console-serial",
			       f->base);
	*g = (struct gate_screen){
		.base = f->base,
		.width = f->width,
		.height = f->height,
		.pitch = f->pitch,
		.pixel_bytes = pixel_bytes,
		.colour = grey(f),
	};
	return true;
}
