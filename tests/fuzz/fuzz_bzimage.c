/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bzImage headers: an accepted kernel lies inside the file, its alignment is a power of two, it
 * ends below 2^64 at the address that it prefers, and its version is printable text.
 */
#include "fuzz.h"
#include "image_bzimage.h"

static void prove_version(const struct linux_kernel *image)
{
	PROVE(memchr(image->version, 0, sizeof(image->version)));
	for (const char *c = image->version; *c; c++)
		PROVE(*c >= ' ' && *c <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct linux_kernel image;
	struct err e = {};
	uint64_t end;

	switch (image_bzimage_probe(&image, (struct bytes){ data, size }, &e)) {
	case PROBE_ERROR:
		prove_error(&e);
		return 0;
	case PROBE_NOT_MINE:
		return 0;
	case PROBE_MINE:
		break;
	}
	PROVE(image.kernel.size && image.kernel.data >= data &&
	      image.kernel.data + image.kernel.size <= data + size);
	PROVE(image.header_size <= size);
	PROVE(image.align && !(image.align & (image.align - 1)));
	PROVE(image.init_size >= image.kernel.size);
	PROVE(!__builtin_add_overflow(image.preferred, image.init_size, &end));
	PROVE(image.has_64bit_entry || (!image.can_be_above_4g && !image.has_5level));
	prove_version(&image);
	taken();
	return 0;
}
