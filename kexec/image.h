/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of image, as a table of probes: a new type is a parser and a row. An image is a file
 * that was opened once (input.h) and what a parser has read in it.
 */
#ifndef KEXEC_IMAGE_H
#define KEXEC_IMAGE_H

#include "image_bzimage.h"
#include "image_core.h"
#include "image_elf.h"
#include "image_multiboot.h"
#include "input.h"

enum image_kind {
	IMAGE_NONE,
	IMAGE_LINUX, /* a bzImage, or an ELF file */
	IMAGE_ELF,   /* one that is not Linux */
	IMAGE_MULTIBOOT,
	IMAGE_CORE,
};

/* Refers to itself: do not move the struct. */
struct image {
	enum image_kind kind; /* of the union, too */
	union {
		struct {
			struct linux_kernel kernel; /* IMAGE_LINUX */
			struct image_elf elf;	    /* IMAGE_ELF, and where kernel.elf is set */
		};
		struct image_multiboot multiboot;
		struct image_core core;
	};
};

/* Whether --type=@type (NULL: not given) is a type that can be loaded. */
bool image_check_type(const char *type, struct err *e);
/*
 * Asks, of the types that @type allows, those that are looked for in the file as it is: after
 * input_open(). PROBE_NOT_MINE: there may be one inside, unless @type says otherwise.
 */
enum probe image_probe_file(struct image *image, const struct input *in, const char *type,
			    struct err *e);
/* Asks the others, after input_map() and input_decompress(); false also when no parser knows it. */
bool image_probe_bytes(struct image *image, const struct input *in, const char *type,
		       struct err *e);
/* Before input_close(): the image reads through the file. */
void image_close(struct image *image);

#endif
