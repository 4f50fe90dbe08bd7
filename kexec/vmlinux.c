/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "number.h"
#include "vmlinux.h"
#include "x86.h"

#define LARGE_PAGE (2 * MIB)

#define BANNER "Linux version " /* Linux' linux_banner; its number follows */

/* For releases as numbers: 6.12.3 is 0x060c03. */
#define RELEASE(a, b, c) ((a) << 16 | (b) << 8 | (c))

/* A word that kernels with CONFIG_X86_5LEVEL export to modules. */
static const char exported[] = "\0pgdir_shift";

static bool holds(const struct image_elf *elf, const void *what, size_t size)
{
	for (size_t i = 0; i < elf->load_count; i++) {
		if (memmem(elf->loads[i].data.data, elf->loads[i].data.size, what, size))
			return true;
	}
	return false;
}

/* What follows the banner's first words, as far as it can be printed. */
static bool find_version(const struct image_elf *elf, char *version, size_t room)
{
	const size_t size = sizeof(BANNER) - 1;

	for (size_t i = 0; i < elf->load_count; i++) {
		struct bytes left = elf->loads[i].data;
		const uint8_t *found;

		while (left.size && (found = memmem(left.data, left.size, BANNER, size))) {
			left.size -= (size_t)(found - left.data) + size;
			left.data = found + size;
			if (!left.size || *left.data < '1' || *left.data > '9')
				continue;
			for (size_t n = 0; n < room - 1 && n < left.size; n++) {
				if (left.data[n] < ' ' || left.data[n] > '~')
					break;
				version[n] = (char)left.data[n];
			}
			return true;
		}
	}
	return false;
}

static unsigned release(const char *version)
{
	unsigned number = 0;

	for (unsigned i = 0; i < 3; i++) {
		unsigned part = 0;

		while (*version >= '0' && *version <= '9' && part < 1000)
			part = part * 10 + (unsigned)(*version++ - '0');
		number = number << 8 | (part < 255 ? part : 255);
		if (*version == '.')
			version++;
	}
	return number;
}

/* What the setup code of a bzImage would say, for kernels that look at the version. */
static void make_header(struct linux_kernel *k, unsigned r)
{
	k->protocol = r < RELEASE(2, 6, 20) ? BOOT_PROTOCOL(2, 4) : BOOT_PROTOCOL(2, 15);
	k->header = (struct setup_header){
		.boot_flag = BOOT_FLAG,
		.header = BOOT_HEADER_MAGIC,
		.version = k->protocol,
		.loadflags = LOADED_HIGH,
		.vid_mode = 0xffff, /* as it is */
		.initrd_addr_max = (uint32_t)k->initrd_max,
		.kernel_alignment = (uint32_t)k->align,
		.relocatable_kernel = k->relocatable,
		.xloadflags = k->has_64bit_entry ? XLF_KERNEL_64 : 0,
		.cmdline_size = k->cmdline_max,
		.pref_address = k->preferred,
		.init_size = (uint32_t)k->init_size,
	};
}

bool vmlinux_find(struct linux_kernel *k, const struct image_elf *elf)
{
	struct range span = image_elf_span(elf);
	bool is64 = elf->bits == 64;
	unsigned r;

	*k = (struct linux_kernel){ .file = elf->file, .elf = elf };
	if (!find_version(elf, k->version, sizeof(k->version)))
		return false;
	r = release(k->version);
	k->has_64bit_entry = is64;
	k->has_32bit_entry = !is64;
	/* The code at the entry of later x86_64 kernels finds out by how much it was moved. */
	k->relocatable = is64 && r >= RELEASE(2, 6, 22) && !(span.start % LARGE_PAGE);
	k->align = k->relocatable ? LARGE_PAGE : PAGE_SIZE;
	k->has_5level = is64 && (r >= RELEASE(6, 17, 0) || holds(elf, exported, sizeof(exported)));
	k->has_efi_kexec = is64 && r >= RELEASE(3, 14, 0);
	k->preferred = span.start & PAGE_MASK;
	k->init_size = page_up(span.last + 1) - k->preferred;
	k->entry_32 = k->entry_64 = elf->entry - k->preferred;
	k->pvh_entry = is64 ? elf->pvh_entry : 0;
	k->cmdline_max = r < RELEASE(2, 6, 22) ? 255 : 2047;
	k->initrd_max = is64 ? 0x7fffffff : 0x37ffffff;
	make_header(k, r);
	return true;
}
