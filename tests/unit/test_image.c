/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <stdlib.h>

#include "bzimage.h"
#include "image.h"
#include "saved.h"
#include "test.h"

static struct image image;
static struct input file = INPUT_NONE;
static struct err e;

static bool open_file(const char *path)
{
	image_close(&image);
	input_close(&file);
	return CHECK(input_open(&file, path, &e));
}

static const char *kernel(void)
{
	static char path[128];
	struct bzimage b;
	FILE *f;

	snprintf(path, sizeof(path), "%s/kernel-of-test", host_root(""));
	bzimage_init(&b);
	f = fopen(path, "w");
	if (CHECK(f != NULL)) {
		CHECK(fwrite(b.data, sizeof(b.data), 1, f) == 1);
		fclose(f);
	}
	return path;
}

static bool probe_bytes(const char *path, const char *type)
{
	return input_map(&file, path, &e) && image_probe_bytes(&image, &file, type, &e);
}

TEST(names_of_types)
{
	static const char *const good[] = { NULL,	"bzImage",	 "bzImage64",
					    "elf-core", "elf-x86_64",	 "elf-x86",
					    "vmlinux",	"multiboot-x86", "multiboot2-x86",
					    "uki" };
	static const char *const later[] = { "beoboot-x86", "nbi-x86" };

	for (size_t i = 0; i < 10; i++)
		CHECK(image_check_type(good[i], &e));
	for (size_t i = 0; i < 2; i++) {
		CHECK_FAILS(image_check_type(later[i], &e), &e,
			    "--type=*: * image*, which is not supported: name the kernel *");
	}
	CHECK_FAILS(image_check_type("zImage", &e), &e,
		    "--type=zImage: unknown type; there are bzImage, bzImage64, "
		    "multiboot2-x86, multiboot-x86, elf-x86_64, elf-x86, "
		    "vmlinux, elf-core and uki");
}

TEST(a_kernel)
{
	const char *path = kernel();

	if (!open_file(path))
		return;
	CHECK(image_probe_file(&image, &file, NULL, &e) == PROBE_NOT_MINE);
	CHECK(image.kind == IMAGE_NONE);
	CHECK(probe_bytes(path, NULL));
	CHECK(image.kind == IMAGE_LINUX);
	CHECK_STR(image.kernel.version, BZIMAGE_VERSION);

	/* One that is said to be something else. */
	if (!open_file(path))
		return;
	CHECK(image_probe_file(&image, &file, "elf-core", &e) == PROBE_ERROR);
	CHECK_MATCH(e.text, "neither an ELF core nor a saved image in a file or block device");
	unlink(path);
	open_file("/dev/null");
}

/* What is several things is the first of them, and another one on demand. */
TEST(a_kernel_with_another_header)
{
	static const uint32_t header[] = {
		0x1badb002, 0x10000,  (uint32_t) - (0x1badb002 + 0x10000), 0x200040, 0x200000, 0,
		0x202000,   0x200400,
	};
	struct bzimage b;
	struct input in = { .bytes = { b.data, sizeof(b.data) }, .fd = -1 };
	struct image found = {};

	bzimage_init(&b);
	memcpy(b.data + 0x40, header, sizeof(header));
	CHECK(image_probe_bytes(&found, &in, NULL, &e) && found.kind == IMAGE_LINUX);
	CHECK(image_probe_bytes(&found, &in, "multiboot-x86", &e));
	CHECK(found.kind == IMAGE_MULTIBOOT && found.multiboot.elf.entry == 0x200400);
}

TEST(a_saved_kernel)
{
	const char *path = saved_make("x86_64-512m", "");

	if (!open_file(path))
		return;
	CHECK(image_probe_file(&image, &file, NULL, &e) == PROBE_MINE);
	CHECK(image.kind == IMAGE_CORE);
	CHECK(image.core.record.entry);
	image_close(&image);
	CHECK(image.kind == IMAGE_NONE);

	/* One that is said to be a kernel is not even looked at as what it is. */
	CHECK(image_probe_file(&image, &file, "bzImage", &e) == PROBE_NOT_MINE);
	CHECK_FAILS(probe_bytes(path, "bzImage"), &e,
		    "not of the type that was asked for (--type=bzImage)*");

	if (!open_file(saved_make("x86_64-512m", "version=7")))
		return;
	CHECK(image_probe_file(&image, &file, NULL, &e) == PROBE_ERROR);
	CHECK_MATCH(e.text, "*jump record*version 7*");
	CHECK(image.kind == IMAGE_NONE);
	open_file("/dev/null");
}

TEST(nothing_known)
{
	if (!open_file("/proc/version"))
		return;
	CHECK(image_probe_file(&image, &file, NULL, &e) == PROBE_NOT_MINE);
	CHECK_FAILS(probe_bytes("/proc/version", NULL), &e, "text: name the kernel itself");
	open_file("/dev/null");
}

TEST_MAIN
