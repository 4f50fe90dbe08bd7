/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "file_format.h"
#include "test.h"

static uint8_t data[FILE_FORMAT_REACH];

/* What a file is called that has these bytes at this offset, and zeros elsewhere; "" if nothing. */
static const char *name_of(size_t at, const char *bytes, size_t size)
{
	const struct file_format *f;

	memset(data, 0, sizeof(data));
	memcpy(data + at, bytes, size);
	f = file_format_find((struct bytes){ data, sizeof(data) });
	return f ? f->name : "";
}

#define CHECK_NAME(at, bytes, name) CHECK_MATCH(name_of(at, bytes, sizeof(bytes) - 1), name)

TEST(by_a_magic_number)
{
	CHECK_NAME(0x202, "HdrS", "a Linux kernel (bzImage)");
	CHECK_NAME(0, "\177ELF\2\1\1", "an ELF file");
	CHECK_NAME(0, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4", "an ELF core");
	CHECK_NAME(56, "ARM\x64", "*ARM64");
	CHECK_NAME(56, "RSC\x05", "*RISC-V");
	CHECK_NAME(36, "\x18\x28\x6f\x01", "*32-bit ARM*");
	CHECK_NAME(0, "\x27\x05\x19\x56", "a U-Boot image (uImage)");
	CHECK_NAME(0, "\xd0\x0d\xfe\xed", "a device tree or*");
	CHECK_NAME(0, "ANDROID!", "an Android boot image");
	CHECK_NAME(0, "VNDRBOOT", "an Android vendor*");
	CHECK_NAME(0, "MZ\0\0zimg", "*(zboot)");
	CHECK_NAME(0, "\x36\x13\x03\x1b", "an NBI image*");
	CHECK_NAME(0, "BeoB", "a beoboot image*");
	CHECK_NAME(0, "070701", "an initial RAM disk (cpio)");
	CHECK_NAME(0, "070702", "an initial RAM disk (cpio)");
	CHECK_NAME(0, "070707", "a cpio archive");
	CHECK_NAME(0, "\xc7\x71", "a cpio archive");
	CHECK_NAME(0, "#\n# Automatically generated file; DO NOT EDIT.\n", "a kernel's config*");
	CHECK_NAME(0, "KDUMP   ", "a dump of makedumpfile*");
	CHECK_NAME(0, "DISKDUMP", "a dump of diskdump");
	CHECK_NAME(0, "makedumpfile\0\0\0\0", "a flattened dump*");
	CHECK_NAME(0, "\x50\x2a\x4d\x18\xf8\x0f\0\0kexec-jump img.", "a saved kernel's image*");
	CHECK_NAME(0, "PAGEDU64", "a Windows*");
	CHECK_NAME(0, "PAGEDUMP", "a Windows*");
	CHECK_NAME(0, "\xed\x23\x8f\x61\x73\x01\x19\xa8", "*LKCD");
	CHECK_NAME(0, "EMiL", "*LiME");
	CHECK_NAME(0, "LibvirtQemudSave", "*libvirt saved");
	CHECK_NAME(0, "QEVM", "the migration stream*");
	CHECK_NAME(4086, "SWAPSPACE2", "swap space");
	CHECK_NAME(4086, "S1SUSPEND", "*the kernel's own hibernation");
	CHECK_NAME(0, "QFI\xfb", "*(qcow2)");
	CHECK_NAME(0, "KDMV", "*(VMDK)");
	CHECK_NAME(0, "# Disk DescriptorFile\n", "*(VMDK)");
	CHECK_NAME(0x40, "\x7f\x10\xda\xbe", "*(VDI)");
	CHECK_NAME(0, "conectix", "*(VHD)");
	CHECK_NAME(0, "vhdxfile", "*(VHDX)");
	CHECK_NAME(0, "LUKS\xba\xbe", "*(LUKS)");
	CHECK_NAME(512, "EFI PART", "*(GPT)");
	CHECK_NAME(512, "LABELONE", "*LVM");
	CHECK_NAME(0x8001, "CD001", "*(ISO 9660)");
	CHECK_NAME(0, "hsqs", "a squashfs*");
	CHECK_NAME(0x438, "\x53\xef", "an ext2*");
	CHECK_NAME(0, "XFSB", "an XFS*");
	CHECK_NAME(0x10040, "_BHRfS_M", "a btrfs*");
	CHECK_NAME(0x400, "\xe2\xe1\xf5\xe0", "an EROFS*");
	CHECK_NAME(0, "\x45\x3d\xcd\x28", "a cramfs*");
	CHECK_NAME(54, "FAT16   ", "a FAT*");
	CHECK_NAME(82, "FAT32   ", "a FAT*");
	CHECK_NAME(3, "NTFS    ", "an NTFS*");
	CHECK_NAME(0, "\x04\x22\x4d\x18", "compressed by lz4");
	CHECK_NAME(0, "\x02\x21\x4c\x18", "compressed by lz4");
	CHECK_NAME(0, "BZh9", "compressed by bzip2");
	CHECK_NAME(0, "\x89LZO", "compressed by lzop");
	CHECK_NAME(0, "LZIP", "compressed by lzip");
	CHECK_NAME(0, "\x1f\x8b", "compressed by gzip");
	CHECK_NAME(0,
		   "\xfd"
		   "7zXZ",
		   "compressed by xz");
	CHECK_NAME(0, "\x28\xb5\x2f\xfd", "compressed by zstd");
	CHECK_NAME(0x101, "ustar", "a tar archive");
	CHECK_NAME(0, "PK\3\4", "a zip archive");
	CHECK_NAME(0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive");
	CHECK_NAME(0, "!<arch>\ndebian-binary", "a Debian package");
	CHECK_NAME(0, "!<arch>\nx.o", "an archive of objects");
	CHECK_NAME(0, "\xed\xab\xee\xdb", "an RPM package");
	CHECK_NAME(0, "\xcf\xfa\xed\xfe", "*(Mach-O)");
	CHECK_NAME(0, "#!/bin/sh\n", "a script");
	CHECK_NAME(450,
		   "\x83\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x55\xaa",
		   "*(MBR)");
	CHECK_NAME(510, "\x55\xaa", ""); /* no partitions */
	CHECK_NAME(0, "", "");
	CHECK_NAME(0, "\x90\x90\x90", "");
}

TEST(by_more_than_that)
{
	CHECK_NAME(0, "\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff", "compressed by lzma");
	CHECK_NAME(0, "\x5d\0\0\x81\0\xff\xff\xff\xff\xff\xff\xff\xff", "");
	CHECK_NAME(0, "ffffffff81000000 T _text\n", "*(System.map)");
	CHECK_NAME(0, "c1000000 T _text\n", "*(System.map)");
	CHECK(file_format_find((struct bytes){ (const uint8_t *)"Some words.\n", 12 }));
	CHECK_STR(file_format_find((struct bytes){ (const uint8_t *)"words\n", 6 })->name, "text");
	CHECK(!file_format_find((struct bytes){ (const uint8_t *)"", 0 }));
}

/* A PE file with one section. */
static const char *pe(const char *section)
{
	uint8_t file[0x200] = "MZ";

	file[0x3c] = 0x80;
	memcpy(file + 0x80, "PE\0\0\x64\x86\1", 7);
	file[0x80 + 20] = 0x10; /* optional header */
	memcpy(file + 0x80 + 24 + 0x10, section, strlen(section));
	return name_of(0, (const char *)file, sizeof(file));
}

TEST(efi_programs)
{
	CHECK_STR(pe(".linux"), "a unified kernel image (UKI)");
	CHECK_STR(pe(".text"), "an EFI program without a Linux kernel");
	CHECK_NAME(0, "MZ and so on", "");
}

TEST(what_to_do)
{
	struct err e = {};

	name_of(0, "070701", 6);
	file_format_append_for_kernel(file_format_find((struct bytes){ data, sizeof(data) }), &e);
	CHECK_STR(e.text, "an initial RAM disk (cpio): give it with --initrd, and name the kernel "
			  "itself");
	e.text[0] = '\0';
	file_format_append_for_core(file_format_find((struct bytes){ data, sizeof(data) }), &e);
	CHECK_STR(e.text, "an initial RAM disk (cpio): name a saved image or an ELF core");
}

TEST_MAIN
