/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "image_bzimage.h"
#include "x86.h"

#define SECTOR 512

#define JUMP_AT	   0x200
#define JUMP_SHORT 0xeb
#define JUMP_FROM  0x202 /* where a jump of length 0 goes */
#define ENTRY_64   0x200 /* in the kernel */

/* Where the header of each protocol ends at least: after the fields that it brought. */
static const struct {
	uint16_t protocol, end;
} header_ends[] = {
	{ BOOT_PROTOCOL(2, 0), 0x224 },	 { BOOT_PROTOCOL(2, 1), 0x226 },
	{ BOOT_PROTOCOL(2, 2), 0x22c },	 { BOOT_PROTOCOL(2, 3), 0x230 },
	{ BOOT_PROTOCOL(2, 5), 0x235 },	 { BOOT_PROTOCOL(2, 6), 0x23c },
	{ BOOT_PROTOCOL(2, 7), 0x248 },	 { BOOT_PROTOCOL(2, 8), 0x250 },
	{ BOOT_PROTOCOL(2, 9), 0x258 },	 { BOOT_PROTOCOL(2, 10), 0x264 },
	{ BOOT_PROTOCOL(2, 11), 0x268 }, { BOOT_PROTOCOL(2, 15), 0x26c },
};

static bool since(const struct linux_kernel *image, unsigned minor)
{
	return image->protocol >= BOOT_PROTOCOL(2, minor);
}

static size_t header_end_wanted(uint16_t protocol)
{
	size_t end = 0;

	for (size_t i = 0; i < sizeof(header_ends) / sizeof(header_ends[0]); i++) {
		if (protocol >= header_ends[i].protocol)
			end = header_ends[i].end;
	}
	return end;
}

static bool read_header(struct linux_kernel *image, struct err *e)
{
	struct bytes file = image->file, jump;
	size_t end, wanted;

	if (!bytes_sub(file, JUMP_AT, 2, &jump) ||
	    !bytes_le16(file, JUMP_FROM + sizeof(uint32_t), &image->protocol))
		return err_set(e, "bzImage cut short: %zu bytes are less than a header", file.size);
	if (image->protocol < BOOT_PROTOCOL(2, 0) || image->protocol >= BOOT_PROTOCOL(3, 0))
		return err_set(e, "bzImage of boot protocol %u.%02u: 2.00 and later are known",
			       image->protocol >> 8, image->protocol & 0xff);

	end = JUMP_FROM + jump.data[1];
	image->header_size = end - SETUP_HEADER_AT;
	wanted = header_end_wanted(image->protocol);
	if (jump.data[0] != JUMP_SHORT || image->header_size > SETUP_HEADER_SIZE_MAX)
		return err_set(e,
			       "damaged bzImage: %02x %02x at 0x200 is not a jump over the header",
			       jump.data[0], jump.data[1]);
	if (end < wanted)
		return err_set(e,
			       "damaged bzImage: the header ends at %#zx, but that of boot "
			       "protocol 2.%02u at %#zx",
			       end, image->protocol & 0xff, wanted);
	if (end > file.size)
		return err_set(e,
			       "bzImage cut short: the header ends at byte %zu, the file "
			       "has %zu",
			       end, file.size);
	memcpy(&image->header, file.data + SETUP_HEADER_AT,
	       image->header_size < sizeof(image->header) ? image->header_size
							  : sizeof(image->header));
	return true;
}

static bool check_kind(const struct linux_kernel *image, struct err *e)
{
	if (image->header.boot_flag != BOOT_FLAG)
		return err_set(e, "damaged bzImage: boot_flag is %#x, not 0xaa55",
			       image->header.boot_flag);
	if (!(image->header.loadflags & LOADED_HIGH))
		return err_set(e, "a zImage, which runs in low memory, cannot be loaded: build the "
				  "kernel as a bzImage");
	return true;
}

/* Bytes of setup code before the kernel; 0 sectors mean 4, as before protocol 2.00. */
static size_t setup_size(const struct linux_kernel *image)
{
	size_t sectors = image->header.setup_sects ? image->header.setup_sects : 4;

	return (sectors + 1) * SECTOR;
}

static bool find_kernel(struct linux_kernel *image, struct err *e)
{
	size_t at = setup_size(image), size = image->file.size;
	uint64_t stated = (uint64_t)image->header.syssize * 16;

	if (size <= at)
		return err_set(e, "bzImage cut short: %zu bytes, but its setup code alone has %zu",
			       size, at);
	bytes_sub(image->file, 0, at, &image->setup);
	bytes_sub(image->file, at, size - at, &image->kernel);
	if (!since(image, 4))
		return true;
	if (!stated)
		return err_set(e, "damaged bzImage: syssize is 0");
	/* Old kernels round syssize up without padding the file. */
	if (image->kernel.size + 15 < stated)
		return err_set(e,
			       "bzImage cut short: its kernel has %" PRIu64 " bytes (syssize), "
			       "the file only %zu of them",
			       stated, image->kernel.size);
	return true;
}

static bool read_version(struct linux_kernel *image, struct err *e)
{
	size_t at = 0x200 + (size_t)image->header.kernel_version, length = 0;

	if (!image->header.kernel_version)
		return true;
	if (at >= setup_size(image))
		return err_set(e,
			       "damaged bzImage: kernel_version %#x points past the "
			       "setup code",
			       image->header.kernel_version);
	while (length < sizeof(image->version) - 1 && at + length < setup_size(image)) {
		uint8_t c = image->file.data[at + length];

		if (!c)
			break;
		image->version[length++] = c < ' ' || c > '~' ? '?' : (char)c;
	}
	return true;
}

static bool read_alignment(struct linux_kernel *image, struct err *e)
{
	uint32_t align = image->header.kernel_alignment;

	image->relocatable = since(image, 5) && image->header.relocatable_kernel;
	image->align = PAGE_SIZE;
	if (!image->relocatable)
		return true;
	if (!align || align & (align - 1))
		return err_set(e,
			       "damaged bzImage: kernel_alignment %#" PRIx32 " is not a "
			       "power of two",
			       align);
	if (align > PAGE_SIZE)
		image->align = align;
	return true;
}

/* What the kernel needs before it reads its memory map: init_size bytes from preferred or above. */
static bool read_memory(struct linux_kernel *image, struct err *e)
{
	const struct setup_header *h = &image->header;
	uint64_t last;

	image->preferred = MIB;
	/* Those that do not say are packed with gzip, to about a third, and unpacked in place. */
	image->init_size = 4 * (uint64_t)image->kernel.size;
	if (!since(image, 10))
		return true;
	if (h->pref_address)
		image->preferred = h->pref_address;
	image->init_size = h->init_size;
	if (!image->init_size)
		return err_set(e, "damaged bzImage: init_size is 0");
	if (image->init_size < image->kernel.size)
		image->init_size = image->kernel.size;
	if (image->preferred % PAGE_SIZE || (image->preferred < MIB && !image->relocatable) ||
	    __builtin_add_overflow(image->preferred, image->init_size + PAGE_SIZE, &last))
		return err_set(e,
			       "damaged bzImage: a kernel of %#" PRIx64 " bytes cannot be at "
			       "its pref_address %#" PRIx64,
			       image->init_size, image->preferred);
	if (image->preferred < MIB)
		image->preferred = MIB;
	return true;
}

static bool read_entry(struct linux_kernel *image, struct err *e)
{
	unsigned flags = since(image, 12) ? image->header.xloadflags : 0;

	/* iPXE and memdisk have the header, but are to be entered with the BIOS in reach. */
	image->has_32bit_entry = image->header.code32_start &&
				 strncmp(image->version, "MEMDISK ", 8) != 0;
	image->has_64bit_entry = flags & XLF_KERNEL_64;
	image->entry_64 = ENTRY_64;
	image->can_be_above_4g = image->has_64bit_entry && image->relocatable &&
				 (flags & XLF_CAN_BE_LOADED_ABOVE_4G);
	image->has_efi_kexec = image->has_64bit_entry && (flags & XLF_EFI_KEXEC);
	image->has_5level = image->has_64bit_entry && (flags & XLF_5LEVEL);
	if (image->has_64bit_entry && image->kernel.size <= ENTRY_64)
		return err_set(e,
			       "bzImage cut short: its kernel of %zu bytes ends before its "
			       "64-bit entry",
			       image->kernel.size);
	return true;
}

static bool parse(struct linux_kernel *image, struct err *e)
{
	if (!read_header(image, e) || !check_kind(image, e) || !find_kernel(image, e) ||
	    !read_version(image, e) || !read_alignment(image, e) || !read_memory(image, e) ||
	    !read_entry(image, e))
		return false;
	image->cmdline_max = since(image, 6) ? image->header.cmdline_size : 255;
	image->initrd_max = since(image, 3) ? image->header.initrd_addr_max : 0x37ffffff;
	return true;
}

enum probe image_bzimage_probe(struct linux_kernel *image, struct bytes file, struct err *e)
{
	uint32_t magic;

	*image = (struct linux_kernel){ .file = file };
	if (!bytes_le32(file, JUMP_FROM, &magic) || magic != BOOT_HEADER_MAGIC)
		return PROBE_NOT_MINE;
	return parse(image, e) ? PROBE_MINE : PROBE_ERROR;
}
