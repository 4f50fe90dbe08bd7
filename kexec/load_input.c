/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "image_zboot.h"
#include "load_input.h"

bool load_open_image(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (!input_open(&l->file, r->kernel, e))
		return false;
	return image_probe_file(&l->image, &l->file, r->type, e) != PROBE_ERROR ||
	       err_prefix(e, "%s", r->kernel);
}

/* Its name ends at the first space; the rest is for the kernel. */
static bool read_module(struct load *l, const char *words, struct err *e)
{
	struct input *in = &l->modules[l->module_count++];
	char *path = strndup(words, strcspn(words, " "));
	bool ok;

	*in = INPUT_NONE;
	if (!path)
		return err_set(e, "out of memory");
	ok = (input_map(in, path, e) && (input_decompress(in, e) || err_prefix(e, "%s", path))) ||
	     err_prefix(e, "--module");
	free(path);
	return ok;
}

static bool read_modules(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (r->module_count > MODULES_MAX)
		return err_set(e, "--module: more than %d modules", MODULES_MAX);
	for (size_t i = 0; i < r->module_count; i++) {
		if (!read_module(l, r->modules[i], e))
			return false;
	}
	return true;
}

/* Microcode comes first, as the kernel looks for it at the start. */
static bool take_initrd(struct load *l, const struct image_uki *parts, struct err *e)
{
	if (l->r->initrd_count)
		return true;
	if (parts->ucode.size && parts->initrd.size)
		return input_join_parts(&l->initrd, &l->uki, parts->ucode, parts->initrd, e);
	input_borrow(&l->initrd, &l->uki, parts->ucode.size ? parts->ucode : parts->initrd);
	return true;
}

/* Goes on with what is in a unified kernel image, if it is one. */
static bool open_uki(struct load *l, struct err *e)
{
	bool asked = l->type && !strcmp(l->type, "uki");
	enum probe answer = PROBE_NOT_MINE;

	if (!l->type || asked)
		answer = image_uki_probe(&l->uki_parts, l->file.bytes, l->r->uki_profile, e);
	if (answer == PROBE_NOT_MINE && asked)
		return err_set(e, "not a unified kernel image: leave --type out");
	if (answer == PROBE_NOT_MINE)
		return !l->r->uki_profile ||
		       err_set(e, "--uki-profile goes with unified kernel images only");
	if (answer == PROBE_ERROR)
		return false;
	l->uki = l->file;
	l->type = NULL;
	input_borrow(&l->file, &l->uki, l->uki_parts.kernel);
	return take_initrd(l, &l->uki_parts, e);
}

/* The same with what is compressed in a zboot image. */
static bool open_zboot(struct load *l, struct err *e)
{
	struct bytes payload;

	switch (image_zboot_probe(&payload, l->file.bytes, e)) {
	case PROBE_MINE:
		return input_unpack(&l->file, payload, e);
	case PROBE_NOT_MINE:
		return true;
	case PROBE_ERROR:
		break;
	}
	return false;
}

bool load_read_files(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (!input_map(&l->file, r->kernel, e) || !read_modules(l, e) ||
	    !input_join(&l->initrd, r->initrds, r->initrd_count, e))
		return false;
	return (input_decompress(&l->file, e) && open_uki(l, e) && open_zboot(l, e)) ||
	       err_prefix(e, "%s", r->kernel);
}

/* Without boot_params, Linux would take its command line and memory map from anywhere. */
static bool check_args(const struct load *l, struct err *e)
{
	enum args_style args = l->r->args;

	if (!l->image.kernel.elf || args == ARGS_AUTO || args == ARGS_LINUX ||
	    l->r->verb == VERB_LOAD_JUMP)
		return true;
	return err_set(e, "--args-%s: a Linux kernel cannot boot with that: leave it out",
		       args == ARGS_ELF ? "elf" : "none");
}

static bool check_kind(const struct load *l, struct err *e)
{
	if (l->image.kind != IMAGE_MULTIBOOT && l->r->module_count)
		return err_set(e, "--module goes with multiboot kernels, which this is not: for "
				  "Linux, --initrd");
	if (l->image.kind == IMAGE_LINUX)
		return check_args(l, e);
	if (l->r->real_mode)
		return err_set(e, "--real-mode: it is entered in protected mode (a program to "
				  "call: --call)");
	return (l->r->verb != VERB_LOAD_JUMP && l->r->verb != VERB_LOAD_PANIC &&
		!l->r->window_of) ||
	       err_set(e, "not a Linux kernel, which alone can be confined to a part of memory (a "
			  "program to call: --call)");
}

bool load_parse_image(struct load *l, struct err *e)
{
	if (!image_probe_bytes(&l->image, &l->file, l->type, e))
		return err_prefix(e, "%s%s", l->r->kernel, l->uki.bytes.size ? ": .linux" : "");
	if (l->r->has_entry)
		return err_set(e, "%s: --entry does not go with a kernel, which has its own",
			       l->r->kernel);
	return check_kind(l, e) || err_prefix(e, "%s", l->r->kernel);
}
