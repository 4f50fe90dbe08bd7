/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "bzimage.h"
#include "image_bzimage.h"
#include "test.h"

/* Probes a copy of exactly @size bytes, so that a look behind the end is found. */
static enum probe probe(const struct bzimage *b, size_t size, struct linux_kernel *image,
			struct err *e)
{
	uint8_t *copy = malloc(size ? size : 1);
	enum probe answer;

	if (!copy)
		abort();
	memcpy(copy, b->data, size);
	*e = (struct err){ 0 };
	answer = image_bzimage_probe(image, (struct bytes){ copy, size }, e);
	free(copy);
	return answer;
}

static bool accepted(const struct bzimage *b, struct linux_kernel *image)
{
	struct err e;

	if (probe(b, sizeof(b->data), image, &e) == PROBE_MINE)
		return true;
	printf("%s\n", e.text);
	return false;
}

TEST(modern)
{
	struct linux_kernel image;
	struct bzimage b;

	bzimage_init(&b);
	if (!CHECK(accepted(&b, &image)))
		return;
	CHECK_EQ_U64(image.protocol, 0x20f);
	CHECK_EQ_U64(image.header_size, 0x26c - 0x1f1);
	CHECK_EQ_U64(image.kernel.size, BZIMAGE_KERNEL);
	CHECK_EQ_U64(image.kernel.data - image.file.data, BZIMAGE_SETUP);
	CHECK_STR(image.version, BZIMAGE_VERSION);
	CHECK(image.has_64bit_entry && image.can_be_above_4g && image.has_5level);
	CHECK(image.relocatable);
	CHECK_EQ_U64(image.align, 0x200000);
	CHECK_EQ_U64(image.preferred, 0x1000000);
	CHECK_EQ_U64(image.init_size, 0x1e00000);
	CHECK_EQ_U64(image.cmdline_max, 2047);
	CHECK_EQ_U64(image.initrd_max, 0x7fffffff);
}

TEST(i386)
{
	struct linux_kernel image;
	struct bzimage b;

	bzimage_init_i386(&b);
	CHECK(accepted(&b, &image));
	CHECK(!image.has_64bit_entry && !image.can_be_above_4g && !image.has_5level);
}

/* What each protocol lacks is as boot.rst says it was before; the fields are there but rubbish. */
TEST(protocols)
{
	static const struct {
		uint16_t version, end;
		bool relocatable, is64;
		uint64_t preferred, init_size;
		uint32_t cmdline_max, initrd_max;
	} cases[] = {
		{ 0x200, 0x224, false, false, 0x100000, 4 * BZIMAGE_KERNEL, 255, 0x37ffffff },
		{ 0x201, 0x226, false, false, 0x100000, 4 * BZIMAGE_KERNEL, 255, 0x37ffffff },
		{ 0x202, 0x22c, false, false, 0x100000, 4 * BZIMAGE_KERNEL, 255, 0x37ffffff },
		{ 0x203, 0x230, false, false, 0x100000, 4 * BZIMAGE_KERNEL, 255, 0x7fffffff },
		{ 0x204, 0x230, false, false, 0x100000, 4 * BZIMAGE_KERNEL, 255, 0x7fffffff },
		{ 0x205, 0x235, true, false, 0x100000, 4 * BZIMAGE_KERNEL, 255, 0x7fffffff },
		{ 0x206, 0x23c, true, false, 0x100000, 4 * BZIMAGE_KERNEL, 2047, 0x7fffffff },
		{ 0x209, 0x258, true, false, 0x100000, 4 * BZIMAGE_KERNEL, 2047, 0x7fffffff },
		{ 0x20a, 0x264, true, false, 0x1000000, 0x1e00000, 2047, 0x7fffffff },
		{ 0x20c, 0x268, true, true, 0x1000000, 0x1e00000, 2047, 0x7fffffff },
		{ 0x20f, 0x26c, true, true, 0x1000000, 0x1e00000, 2047, 0x7fffffff },
		{ 0x2ff, 0x281, true, true, 0x1000000, 0x1e00000, 2047, 0x7fffffff },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct linux_kernel image;
		struct bzimage b;
		struct err e;

		bzimage_init(&b);
		bzimage_header(&b)->version = cases[i].version;
		bzimage_header(&b)->jump = (cases[i].end - 0x202) << 8 | 0xeb;
		if (!CHECK(accepted(&b, &image)))
			continue;
		CHECK_EQ_U64(image.header_size, cases[i].end - 0x1f1);
		CHECK_EQ_U64(image.relocatable, cases[i].relocatable);
		CHECK_EQ_U64(image.has_64bit_entry, cases[i].is64);
		CHECK_EQ_U64(image.preferred, cases[i].preferred);
		CHECK_EQ_U64(image.init_size, cases[i].init_size);
		CHECK_EQ_U64(image.cmdline_max, cases[i].cmdline_max);
		CHECK_EQ_U64(image.initrd_max, cases[i].initrd_max);

		/* One byte less than the protocol's fields take. */
		if (cases[i].end == 0x281)
			continue;
		bzimage_header(&b)->jump -= 0x100;
		CHECK(probe(&b, sizeof(b.data), &image, &e) == PROBE_ERROR);
		CHECK_MATCH(e.text, "damaged bzImage: the header ends at 0x*, but that of boot "
				    "protocol 2.?? at 0x*");
	}
}

TEST(fields_beyond_the_header_are_zero)
{
	struct linux_kernel image;
	struct bzimage b;

	bzimage_init(&b);
	bzimage_header(&b)->version = BOOT_PROTOCOL(2, 6);
	bzimage_header(&b)->jump = (0x23c - 0x202) << 8 | 0xeb;
	CHECK(accepted(&b, &image));
	CHECK_EQ_U64(image.header.cmdline_size, 2047);
	CHECK_EQ_U64(image.header.setup_data, 0);
	CHECK_EQ_U64(image.header.pref_address, 0);
}

TEST(not_mine)
{
	struct linux_kernel image;
	struct bzimage b;
	struct err e;

	bzimage_init(&b);
	CHECK(probe(&b, 0, &image, &e) == PROBE_NOT_MINE);
	CHECK(probe(&b, 0x205, &image, &e) == PROBE_NOT_MINE);
	bzimage_header(&b)->header++;
	CHECK(probe(&b, sizeof(b.data), &image, &e) == PROBE_NOT_MINE);
	CHECK_STR(e.text, "");
}

TEST(truncated)
{
	static const struct {
		size_t from, to; /* inclusive */
		const char *error;
	} classes[] = {
		{ 0x206, 0x207, "bzImage cut short: 51? bytes are less than a header" },
		{ 0x208, 0x26b, "bzImage cut short: the header ends at byte 620, the file has *" },
		{ 0x26c, 0x1000, "bzImage cut short: * bytes, but its setup code alone has 4096" },
		{ 0x1001, 0x2ff0,
		  "bzImage cut short: its kernel has 8192 bytes (syssize), the "
		  "file only * of them" },
	};
	struct linux_kernel image;
	struct bzimage b;
	struct err e;

	bzimage_init(&b);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		for (size_t size = classes[i].from; size <= classes[i].to; size++) {
			if (!CHECK(probe(&b, size, &image, &e) == PROBE_ERROR) ||
			    !CHECK_MATCH(e.text, classes[i].error))
				return;
		}
	}
	CHECK(probe(&b, 0x2ff1, &image, &e) == PROBE_MINE);
}

/* One damaged field, one error. */
TEST(refused)
{
#define AT(field) offsetof(struct setup_header, field), sizeof(((struct setup_header *)0)->field)
	static const struct {
		size_t at, size;
		uint64_t value;
		const char *error;
	} cases[] = {
		{ AT(boot_flag), 0x55aa, "damaged bzImage: boot_flag is 0x55aa, not 0xaa55" },
		{ AT(jump), 0x6ae9,
		  "damaged bzImage: e9 6a at 0x200 is not a jump over the header" },
		{ AT(jump), 0x80eb,
		  "damaged bzImage: eb 80 at 0x200 is not a jump over the header" },
		{ AT(jump), 0xffeb,
		  "damaged bzImage: eb ff at 0x200 is not a jump over the header" },
		{ AT(jump), 0x00eb,
		  "damaged bzImage: the header ends at 0x202, but that of boot "
		  "protocol 2.15 at 0x26c" },
		{ AT(version), 0, "bzImage of boot protocol 0.00: 2.00 and later are known" },
		{ AT(version), 0x1ff, "bzImage of boot protocol 1.255: *" },
		{ AT(version), 0x300, "bzImage of boot protocol 3.00: *" },
		{ AT(loadflags), 0xfe, "a zImage, which runs in low memory, cannot be loaded: *" },
		{ AT(setup_sects), 255,
		  "bzImage cut short: 12288 bytes, but its setup code alone "
		  "has 131072" },
		{ AT(syssize), 0, "damaged bzImage: syssize is 0" },
		{ AT(syssize), 0x201, "bzImage cut short: its kernel has 8208 bytes *" },
		{ AT(syssize), 0xffffffff, "bzImage cut short: its kernel has 68719476720 *" },
		{ AT(kernel_version), 0xe00, "damaged bzImage: kernel_version 0xe00 points *" },
		{ AT(kernel_version), 0xffff, "damaged bzImage: kernel_version 0xffff points *" },
		{ AT(kernel_alignment), 0,
		  "damaged bzImage: kernel_alignment 0 is not a power "
		  "of two" },
		{ AT(kernel_alignment), 0x300000, "damaged bzImage: kernel_alignment 0x300000 *" },
		{ AT(init_size), 0, "damaged bzImage: init_size is 0" },
		{ AT(pref_address), 0x1000001,
		  "damaged bzImage: a kernel of 0x1e00000 bytes "
		  "cannot be at its pref_address 0x1000001" },
		{ AT(pref_address), UINT64_MAX & ~0xfffull, "damaged bzImage: a kernel of *" },
		{ AT(pref_address), UINT64_MAX - 0x1dfffff, "damaged bzImage: a kernel of *" },
	};
#undef AT

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct linux_kernel image;
		struct bzimage b;
		struct err e;

		bzimage_init(&b);
		memcpy((uint8_t *)bzimage_header(&b) + cases[i].at, &cases[i].value, cases[i].size);
		CHECK(probe(&b, sizeof(b.data), &image, &e) == PROBE_ERROR);
		CHECK_MATCH(e.text, cases[i].error);
	}
}

TEST(no_setup_sectors_means_four)
{
	struct linux_kernel image;
	struct bzimage b;

	bzimage_init(&b);
	bzimage_header(&b)->setup_sects = 0;
	bzimage_header(&b)->kernel_version = 0;
	CHECK(accepted(&b, &image));
	CHECK_EQ_U64(image.kernel.data - image.file.data, 5 * 512);
	CHECK_STR(image.version, "");
}

TEST(version_text_is_printable_and_bounded)
{
	struct linux_kernel image;
	struct bzimage b;

	bzimage_init(&b);
	strcpy((char *)b.data + BZIMAGE_TEXT_AT, "6.1\n\x1b\xffx");
	CHECK(accepted(&b, &image));
	CHECK_STR(image.version, "6.1???x");

	/* No NUL before the setup code's end, and more than there is room for. */
	memset(b.data + BZIMAGE_SETUP - 200, 'v', 200);
	bzimage_header(&b)->kernel_version = BZIMAGE_SETUP - 0x200 - 3;
	CHECK(accepted(&b, &image));
	CHECK_STR(image.version, "vvv");
	bzimage_header(&b)->kernel_version = BZIMAGE_SETUP - 0x200 - 200;
	CHECK(accepted(&b, &image));
	CHECK_EQ_U64(strlen(image.version), sizeof(image.version) - 1);
}

TEST(memory)
{
	struct linux_kernel image;
	struct bzimage b;
	struct err e;

	bzimage_init(&b);
	bzimage_header(&b)->kernel_alignment = 0x200;
	bzimage_header(&b)->pref_address = 0;
	bzimage_header(&b)->init_size = 1;
	CHECK(accepted(&b, &image));
	CHECK_EQ_U64(image.align, 4096);
	CHECK_EQ_U64(image.preferred, 0x100000);
	CHECK_EQ_U64(image.init_size, BZIMAGE_KERNEL);

	bzimage_header(&b)->pref_address = 0x8000;
	CHECK(accepted(&b, &image));
	CHECK_EQ_U64(image.preferred, 0x100000);

	/* One that cannot move must not say so. */
	bzimage_header(&b)->relocatable_kernel = 0;
	CHECK(probe(&b, sizeof(b.data), &image, &e) == PROBE_ERROR);
	bzimage_header(&b)->pref_address = 0x400000;
	CHECK(accepted(&b, &image));
	CHECK(!image.relocatable && !image.can_be_above_4g);
}

TEST(kernel_without_its_64bit_entry)
{
	struct linux_kernel image;
	struct bzimage b;
	struct err e;

	bzimage_init(&b);
	bzimage_header(&b)->syssize = 0x20;
	CHECK(probe(&b, BZIMAGE_SETUP + 0x200, &image, &e) == PROBE_ERROR);
	CHECK_MATCH(e.text, "bzImage cut short: its kernel of 512 bytes ends before its 64-bit *");
	CHECK(probe(&b, BZIMAGE_SETUP + 0x201, &image, &e) == PROBE_MINE);
	bzimage_header(&b)->xloadflags = 0;
	CHECK(probe(&b, BZIMAGE_SETUP + 0x200, &image, &e) == PROBE_MINE);
}

TEST_MAIN
