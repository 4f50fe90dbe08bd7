/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "decompress.h"
#include "file_format.h"
#include "pe.h"

struct row {
	uint32_t at; /* offset of the magic number */
	uint8_t size;
	const char *magic; /* of so many bytes; NULL: @is says all */
	struct file_format format;
	bool (*is)(struct bytes head); /* what the number alone does not tell; NULL: nothing */
};

/* ---- What has no number at one place ---- */

static bool is_uki(struct bytes head)
{
	struct pe_section s;
	struct pe pe;

	return pe_read(&pe, head) && pe_find_section(&pe, ".linux", &s);
}

static bool is_pe(struct bytes head)
{
	struct pe pe;

	return pe_read(&pe, head);
}

static bool is_core(struct bytes head)
{
	uint16_t type;

	return bytes_le16(head, 16, &type) && type == 4; /* ET_CORE */
}

static bool is_lzma(struct bytes head)
{
	return compression_probe(head) == COMPRESSION_LZMA;
}

/* Lines such as "ffffffff81000000 T _text". */
static bool is_system_map(struct bytes head)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	while (n < head.size && n < 17 && head.data[n] && strchr(digits, head.data[n]))
		n++;
	return (n == 8 || n == 16) && head.size > n + 4 && head.data[n] == ' ' &&
	       head.data[n + 1] && strchr("aAbBdDrRtTVwW", head.data[n + 1]) &&
	       head.data[n + 2] == ' ';
}

/* Each of four entries is active (0x80) or not (0), and one at least has a type. */
static bool is_partitioned(struct bytes head)
{
	uint8_t types = 0;

	for (uint64_t at = 446; at < 510; at += 16) {
		if (head.data[at] & 0x7f)
			return false;
		types |= head.data[at + 4];
	}
	return types;
}

static bool is_text(struct bytes head)
{
	size_t n = head.size < 512 ? head.size : 512;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = head.data[i];

		if (c == 0x7f || (c < ' ' && c != '\n' && c != '\t' && c != '\r' && c != '\f'))
			return false;
	}
	return n;
}

/* ---- The table ---- */

#define RAM_DISK "give it with --initrd, and name the kernel itself"
#define MOUNT	 "mount it, and name the kernel in it"
#define MACHINE	 "name a kernel for x86"
#define UNPACK	 "unpack it first"
#define EXTRACT	 "extract what is in it first"
#define CONVERT	 "convert it to a raw image (qemu-img convert -O raw), and mount that"
#define DUMP	 "kexec loads kernels, and of dumps those that kdump save made"
#define CRASH	 "crash(8) reads it"

/* Where and what, then the names; a test of its own; or both. */
#define ROW(at, text, ...) \
	{ \
		at, sizeof(text) - 1, text, { __VA_ARGS__ }, NULL \
	}
#define TEST(is, ...) \
	{ \
		0, 0, NULL, { __VA_ARGS__ }, is \
	}
#define BOTH(at, text, is, ...) \
	{ \
		at, sizeof(text) - 1, text, { __VA_ARGS__ }, is \
	}

/* The first that fits counts: what is weak stands last. */
static const struct row rows[] = {
	/* Kernels, where something else was wanted. */
	ROW(0x202, "HdrS", "a Linux kernel (bzImage)", NULL, NULL),
	BOTH(0, "\177ELF", is_core, "an ELF core",
	     "name it as a file or block device, uncompressed", NULL),
	ROW(0, "\177ELF", "an ELF file", NULL, NULL),
	BOTH(0, "MZ", is_uki, "a unified kernel image (UKI)", NULL, NULL),
	ROW(4, "zimg", "a compressed EFI kernel (zboot)", NULL, NULL),
	ROW(56, "ARM\x64", "a Linux kernel for ARM64", MACHINE, NULL),
	ROW(56, "RSC\x05", "a Linux kernel for RISC-V", MACHINE, NULL),
	ROW(0x24, "\x18\x28\x6f\x01", "a Linux kernel for 32-bit ARM (zImage)", MACHINE, NULL),
	ROW(0, "\x27\x05\x19\x56", "a U-Boot image (uImage)", EXTRACT, NULL),
	ROW(0, "\xd0\x0d\xfe\xed", "a device tree or U-Boot image (FIT)", EXTRACT, NULL),
	ROW(0, "ANDROID!", "an Android boot image", EXTRACT, NULL),
	ROW(0, "VNDRBOOT", "an Android vendor boot image", EXTRACT, NULL),
	ROW(0, "\x36\x13\x03\x1b", "an NBI image (Etherboot), which is not supported",
	    "name the kernel that it was made from", NULL),
	ROW(0, "BeoB", "a beoboot image, which is not supported",
	    "name the kernel that it was made from", NULL),
	BOTH(0, "MZ", is_pe, "an EFI program without a Linux kernel", "start it from the firmware",
	     NULL),
	/* What lies beside kernels. */
	ROW(0, "070701", "an initial RAM disk (cpio)", RAM_DISK, NULL),
	ROW(0, "070702", "an initial RAM disk (cpio)", RAM_DISK, NULL),
	ROW(0, "070707", "a cpio archive", RAM_DISK, NULL),
	ROW(0, "#\n# Automatically generated file; DO NOT EDIT", "a kernel's configuration", NULL,
	    NULL),
	TEST(is_system_map, "a kernel's list of symbols (System.map)", NULL, NULL),
	/* Dumps. */
	ROW(0, "KDUMP   ", "a dump of makedumpfile, compressed", DUMP, CRASH),
	ROW(0, "DISKDUMP", "a dump of diskdump", DUMP, CRASH),
	ROW(0, "makedumpfile\0\0\0\0", "a flattened dump of makedumpfile", DUMP,
	    "makedumpfile -R makes a dump of it, which crash(8) reads"),
	ROW(8, "kexec-jump img.", "a saved kernel's image, or a part of one",
	    "name all of it, as a file or block device", NULL),
	ROW(0, "PAGEDU64", "a Windows crash dump", DUMP, NULL),
	ROW(0, "PAGEDUMP", "a Windows crash dump", DUMP, NULL),
	ROW(0, "\xed\x23\x8f\x61\x73\x01\x19\xa8", "a dump of LKCD", DUMP, CRASH),
	ROW(0, "EMiL", "a dump of LiME", DUMP, CRASH),
	ROW(0, "LibvirtQemudSave", "a virtual machine that libvirt saved", DUMP,
	    "restore it, and dump it with virsh dump --memory-only"),
	ROW(0, "QEVM", "the migration stream of a QEMU machine", DUMP,
	    "use QEMU's dump-guest-memory instead"),
	ROW(4086, "SWAPSPACE2", "swap space", NULL, NULL),
	ROW(4086, "S1SUSPEND", "swap space with the image of the kernel's own hibernation",
	    "boot with resume= to go on in it", "boot with resume= to go on in it"),
	/* Disks. */
	ROW(0, "QFI\xfb", "a disk of QEMU (qcow2)", CONVERT, NULL),
	ROW(0, "KDMV", "a disk of VMware (VMDK)", CONVERT, NULL),
	ROW(0, "# Disk DescriptorFile", "a disk of VMware (VMDK)", CONVERT, NULL),
	ROW(0x40, "\x7f\x10\xda\xbe", "a disk of VirtualBox (VDI)", CONVERT, NULL),
	ROW(0, "conectix", "a disk of Hyper-V (VHD)", CONVERT, NULL),
	ROW(0, "vhdxfile", "a disk of Hyper-V (VHDX)", CONVERT, NULL),
	ROW(0, "LUKS\xba\xbe", "an encrypted disk (LUKS)", "open it with cryptsetup", NULL),
	ROW(0x200, "EFI PART", "a disk with partitions (GPT)", MOUNT, NULL),
	ROW(0x200, "LABELONE", "a physical volume of LVM", MOUNT, NULL),
	/* File systems. */
	ROW(0x8001, "CD001", "a CD image (ISO 9660)", MOUNT, NULL),
	ROW(0, "hsqs", "a squashfs file system", MOUNT, NULL),
	ROW(0x438, "\x53\xef", "an ext2, ext3 or ext4 file system", MOUNT, NULL),
	ROW(0, "XFSB", "an XFS file system", MOUNT, NULL),
	ROW(0x10040, "_BHRfS_M", "a btrfs file system", MOUNT, NULL),
	ROW(0x400, "\xe2\xe1\xf5\xe0", "an EROFS file system", MOUNT, NULL),
	ROW(0, "\x45\x3d\xcd\x28", "a cramfs file system", MOUNT, NULL),
	ROW(0x36, "FAT1", "a FAT file system", MOUNT, NULL),
	ROW(0x52, "FAT32", "a FAT file system", MOUNT, NULL),
	ROW(3, "NTFS    ", "an NTFS file system", MOUNT, NULL),
	/* Compressed, by what is not known here. */
	ROW(0, "\x89LZO", "compressed by lzop", UNPACK, UNPACK),
	ROW(0, "LZIP", "compressed by lzip", UNPACK, UNPACK),
	/* A kernel may be, but once only. */
	ROW(0, "\x1f\x8b", "compressed by gzip", UNPACK, UNPACK),
	ROW(0,
	    "\xfd"
	    "7zXZ",
	    "compressed by xz", UNPACK, UNPACK),
	ROW(0, "\x28\xb5\x2f\xfd", "compressed by zstd", UNPACK, UNPACK),
	ROW(0, "\x04\x22\x4d\x18", "compressed by lz4", UNPACK, UNPACK),
	ROW(0, "\x02\x21\x4c\x18", "compressed by lz4", UNPACK, UNPACK),
	ROW(0, "BZh", "compressed by bzip2", UNPACK, UNPACK),
	TEST(is_lzma, "compressed by lzma", UNPACK, UNPACK),
	/* Archives. */
	ROW(0x101, "ustar", "a tar archive", EXTRACT, NULL),
	ROW(0, "PK\3\4", "a zip archive", EXTRACT, NULL),
	ROW(0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive", EXTRACT, NULL),
	ROW(0, "!<arch>\ndebian-binary", "a Debian package", EXTRACT, NULL),
	ROW(0, "!<arch>\n", "an archive of objects", NULL, NULL),
	ROW(0, "\xed\xab\xee\xdb", "an RPM package", EXTRACT, NULL),
	/* Programs and text. */
	ROW(0, "\xcf\xfa\xed\xfe", "a program for macOS (Mach-O)", NULL, NULL),
	ROW(0, "\xc7\x71", "a cpio archive", RAM_DISK, NULL),
	ROW(0, "#!", "a script", NULL, NULL),
	BOTH(0x1fe, "\x55\xaa", is_partitioned, "a disk with partitions (MBR)", MOUNT, NULL),
	TEST(is_text, "text", NULL, NULL),
};

static bool fits(const struct row *row, struct bytes head)
{
	struct bytes found;

	if (row->magic && (!bytes_sub(head, row->at, row->size, &found) ||
			   memcmp(found.data, row->magic, row->size)))
		return false;
	return !row->is || row->is(head);
}

const struct file_format *file_format_find(struct bytes head)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (fits(&rows[i], head))
			return &rows[i].format;
	}
	return NULL;
}

void file_format_append_for_kernel(const struct file_format *f, struct err *e)
{
	err_append(e, "%s: %s", f->name, f->kernel ? f->kernel : "name the kernel itself");
}

void file_format_append_for_core(const struct file_format *f, struct err *e)
{
	err_append(e, "%s: %s", f->name, f->core ? f->core : "name a saved image or an ELF core");
}
