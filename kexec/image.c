/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "file_format.h"
#include "image.h"
#include "vmlinux.h"

struct type {
	const char *names[2]; /* of --type */
	bool in_file;	      /* looked for in the file as it is, not in what is unpacked from it */
	bool wraps;	      /* another image is in it, which the caller takes out first */
	const char *magic;    /* not supported: what such a file begins with */
	/* When it is the type's, sets the image's kind. */
	enum probe (*probe)(struct image *image, const struct input *in, struct err *e);
};

static enum probe is_kind(struct image *image, enum image_kind kind, enum probe answer)
{
	if (answer == PROBE_MINE)
		image->kind = kind;
	return answer;
}

static enum probe probe_bzimage(struct image *image, const struct input *in, struct err *e)
{
	return is_kind(image, IMAGE_LINUX, image_bzimage_probe(&image->kernel, in->bytes, e));
}

static enum probe probe_multiboot(struct image *image, const struct input *in, unsigned version,
				  struct err *e)
{
	return is_kind(image, IMAGE_MULTIBOOT,
		       image_multiboot_probe(&image->multiboot, in->bytes, version, e));
}

static enum probe probe_multiboot1(struct image *image, const struct input *in, struct err *e)
{
	return probe_multiboot(image, in, 1, e);
}

static enum probe probe_multiboot2(struct image *image, const struct input *in, struct err *e)
{
	return probe_multiboot(image, in, 2, e);
}

static enum probe probe_elf(struct image *image, const struct input *in, unsigned bits,
			    struct err *e)
{
	enum probe answer = image_elf_probe(&image->elf, in->bytes, e);

	if (answer == PROBE_NOT_MINE || image->elf.bits != bits)
		return PROBE_NOT_MINE;
	if (answer == PROBE_MINE)
		image->kind = vmlinux_find(&image->kernel, &image->elf) ? IMAGE_LINUX : IMAGE_ELF;
	return answer;
}

static enum probe probe_elf64(struct image *image, const struct input *in, struct err *e)
{
	return probe_elf(image, in, 64, e);
}

static enum probe probe_elf32(struct image *image, const struct input *in, struct err *e)
{
	return probe_elf(image, in, 32, e);
}

static enum probe probe_vmlinux(struct image *image, const struct input *in, struct err *e)
{
	enum probe answer = image_elf_probe(&image->elf, in->bytes, e);

	if (answer != PROBE_MINE || vmlinux_find(&image->kernel, &image->elf))
		return is_kind(image, IMAGE_LINUX, answer);
	err_set(e, "an ELF file that is not a Linux kernel: it has no \"Linux version\"");
	return PROBE_ERROR;
}

static enum probe probe_core(struct image *image, const struct input *in, struct err *e)
{
	return is_kind(image, IMAGE_CORE, image_core_probe(&image->core, in, e));
}

/*
 * Without a type that is asked for, the first that it is: a file may well be several things, and
 * each is of use as the first of them (grub.exe is a bzImage and multiboot, Xen multiboot 2,
 * multiboot and an ELF file). With a magic number: names that other loaders know.
 */
static const struct type types[] = {
	{ { "bzImage", "bzImage64" }, .probe = probe_bzimage },
	{ { "multiboot2-x86" }, .probe = probe_multiboot2 },
	{ { "multiboot-x86" }, .probe = probe_multiboot1 },
	{ { "elf-x86_64" }, .probe = probe_elf64 },
	{ { "elf-x86" }, .probe = probe_elf32 },
	{ { "vmlinux" }, .probe = probe_vmlinux },
	{ { "elf-core" }, .in_file = true, .probe = probe_core },
	{ .names = { "uki" }, .wraps = true },
	{ .names = { "beoboot-x86" }, .magic = "BeoB" },
	{ .names = { "nbi-x86" }, .magic = "\x36\x13\x03\x1b" },
};

#define TYPES (sizeof(types) / sizeof(types[0]))

static bool is_named(const struct type *t, const char *name)
{
	for (size_t i = 0; i < 2 && t->names[i]; i++) {
		if (!strcmp(t->names[i], name))
			return true;
	}
	return false;
}

static bool is_known(const struct type *t)
{
	return t->probe || t->wraps;
}

/* "bzImage, bzImage64 and elf-core" */
static bool no_such_type(const char *name, struct err *e)
{
	const char *last = NULL;

	err_set(e, "--type=%s: unknown type; there are", name);
	for (size_t i = 0; i < 2 * TYPES; i++) {
		const char *next = is_known(&types[i / 2]) ? types[i / 2].names[i % 2] : NULL;

		if (!next)
			continue;
		if (last)
			err_append(e, " %s,", last);
		last = next;
	}
	e->text[strlen(e->text) - 1] = '\0'; /* the last comma */
	return err_append(e, " and %s", last);
}

/* In the words that are said of the file itself. */
static bool not_supported(const struct type *t, struct err *e)
{
	struct bytes start = { (const uint8_t *)t->magic, strlen(t->magic) };

	err_set(e, "--type=%s: ", t->names[0]);
	file_format_append_for_kernel(file_format_find(start), e);
	return false;
}

bool image_check_type(const char *type, struct err *e)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (!type || (is_named(&types[i], type) && is_known(&types[i])))
			return true;
		if (is_named(&types[i], type))
			return not_supported(&types[i], e);
	}
	return no_such_type(type, e);
}

static enum probe ask(struct image *image, bool in_file, const struct input *in, const char *type,
		      struct err *e)
{
	for (size_t i = 0; i < TYPES; i++) {
		const struct type *t = &types[i];
		enum probe answer;

		if (!t->probe || t->in_file != in_file || (type && !is_named(t, type)))
			continue;
		answer = t->probe(image, in, e);
		if (answer != PROBE_NOT_MINE)
			return answer;
	}
	return PROBE_NOT_MINE;
}

enum probe image_probe_file(struct image *image, const struct input *in, const char *type,
			    struct err *e)
{
	enum probe answer = ask(image, true, in, type, e);

	if (answer == PROBE_NOT_MINE && type && !strcmp(type, "elf-core")) {
		err_set(e, "neither an ELF core nor a saved image in a file or block device");
		return PROBE_ERROR;
	}
	return answer;
}

static bool not_an_image(const struct input *in, const char *type, struct err *e)
{
	const struct file_format *f = file_format_find(in->bytes);
	bool unpacked = in->fd < 0 && !in->of;

	if (type)
		return err_set(e, "not of the type that was asked for (--type=%s)%s%s%s", type,
			       f ? ", but " : "", f ? f->name : "", f ? ": leave --type out" : "");
	err_set(e, "%s", unpacked ? "unpacked, it is " : "");
	if (f)
		file_format_append_for_kernel(f, e);
	else
		err_append(e, "not a kernel image (bzImage, vmlinux, ELF or multiboot, or one "
			      "compressed)");
	return false;
}

bool image_probe_bytes(struct image *image, const struct input *in, const char *type, struct err *e)
{
	switch (ask(image, false, in, type, e)) {
	case PROBE_MINE:
		return true;
	case PROBE_NOT_MINE:
		return not_an_image(in, type, e);
	case PROBE_ERROR:
		break;
	}
	return false;
}

void image_close(struct image *image)
{
	if (image->kind == IMAGE_CORE)
		image_core_close(&image->core);
	image->kind = IMAGE_NONE;
}
