/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The x86 boot protocol: the header of a bzImage and the "zero page" that a kernel is handed.
 * Facts: Documentation/arch/x86/boot.rst, zero-page.rst, arch/x86/include/uapi/asm/bootparam.h,
 * arch/x86/include/uapi/asm/setup_data.h. All fields are little-endian.
 */
#ifndef BOOT_PARAMS_H
#define BOOT_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#define BOOT_FLAG		    0xaa55
#define BOOT_HEADER_MAGIC	    0x53726448 /* "HdrS" */
#define BOOT_PROTOCOL(major, minor) ((major) << 8 | (minor))

/* setup_header.loadflags */
#define LOADED_HIGH   (1 << 0) /* the kernel goes to 1 MiB or above: a bzImage */
#define KASLR_FLAG    (1 << 1)
#define QUIET_FLAG    (1 << 5)
#define KEEP_SEGMENTS (1 << 6)
#define CAN_USE_HEAP  (1 << 7)

/* setup_header.xloadflags */
#define XLF_KERNEL_64		   (1 << 0) /* 64-bit entry at load address + 0x200 */
#define XLF_CAN_BE_LOADED_ABOVE_4G (1 << 1)
#define XLF_EFI_HANDOVER_32	   (1 << 2)
#define XLF_EFI_HANDOVER_64	   (1 << 3)
#define XLF_EFI_KEXEC		   (1 << 4)
#define XLF_5LEVEL		   (1 << 5) /* may be entered with 5-level paging on */
#define XLF_5LEVEL_ENABLED	   (1 << 6)
#define XLF_MEM_ENCRYPTION	   (1 << 7)

/* setup_header.type_of_loader of kexec, version 0 */
#define LOADER_KEXEC (0xd << 4)

/* The command line before protocol 2.02: cl_magic, cl_offset from this address. */
#define OLD_CL_MAGIC 0xa33f
#define OLD_CL_BASE  0x90000

#define SETUP_HEADER_AT	      0x1f1 /* in the file and in boot_params */
#define SETUP_HEADER_SIZE_MAX 144   /* the reach of the jump over it */

/* With the protocol that brought each group of fields */
struct setup_header {
	uint8_t setup_sects;
	uint16_t root_flags;
	uint32_t syssize; /* 2.04, 16 bits before */
	uint16_t ram_size;
	uint16_t vid_mode;
	uint16_t root_dev;
	uint16_t boot_flag;
	uint16_t jump; /* 2.00; its second byte + 0x202 is where the header ends */
	uint32_t header;
	uint16_t version;
	uint32_t realmode_swtch;
	uint16_t start_sys_seg;
	uint16_t kernel_version;
	uint8_t type_of_loader;
	uint8_t loadflags;
	uint16_t setup_move_size;
	uint32_t code32_start;
	uint32_t ramdisk_image;
	uint32_t ramdisk_size;
	uint32_t bootsect_kludge;
	uint16_t heap_end_ptr;	/* 2.01 */
	uint8_t ext_loader_ver; /* 2.02 */
	uint8_t ext_loader_type;
	uint32_t cmd_line_ptr;
	uint32_t initrd_addr_max;  /* 2.03 */
	uint32_t kernel_alignment; /* 2.05 */
	uint8_t relocatable_kernel;
	uint8_t min_alignment;	   /* 2.10 */
	uint16_t xloadflags;	   /* 2.12 */
	uint32_t cmdline_size;	   /* 2.06 */
	uint32_t hardware_subarch; /* 2.07 */
	uint64_t hardware_subarch_data;
	uint32_t payload_offset; /* 2.08 */
	uint32_t payload_length;
	uint64_t setup_data;   /* 2.09 */
	uint64_t pref_address; /* 2.10 */
	uint32_t init_size;
	uint32_t handover_offset;    /* 2.11 */
	uint32_t kernel_info_offset; /* 2.15 */
} __attribute__((packed));

/* As in include/uapi/linux/screen_info.h */
struct screen_info {
	uint8_t orig_x;
	uint8_t orig_y;
	uint16_t ext_mem_k; /* RAM above 1 MiB in KiB, 0xfc00 at most */
	uint16_t orig_video_page;
	uint8_t orig_video_mode;
	uint8_t orig_video_cols;
	uint8_t flags;
	uint8_t unused2;
	uint16_t orig_video_ega_bx;
	uint16_t unused3;
	uint8_t orig_video_lines;
	uint8_t orig_video_isVGA; /* VIDEO_TYPE_* */
	uint16_t orig_video_points;
	uint16_t lfb_width; /* of a linear framebuffer, VLFB or EFI */
	uint16_t lfb_height;
	uint16_t lfb_depth;
	uint32_t lfb_base;
	uint32_t lfb_size; /* in bytes, of VLFB in units of 64 KiB */
	uint16_t cl_magic; /* before protocol 2.02 */
	uint16_t cl_offset;
	uint16_t lfb_linelength;
	uint8_t red_size, red_pos, green_size, green_pos, blue_size, blue_pos, rsvd_size, rsvd_pos;
	uint16_t vesapm_seg, vesapm_off;
	uint16_t pages;
	uint16_t vesa_attributes;
	uint32_t capabilities; /* VIDEO_CAPABILITY_* */
	uint32_t ext_lfb_base;
	uint8_t _reserved[2];
} __attribute__((packed));

#define VIDEO_TYPE_VLFB		    0x23 /* VESA */
#define VIDEO_TYPE_EFI		    0x70
#define VIDEO_CAPABILITY_64BIT_BASE (1u << 1)

struct efi_info {
	uint32_t loader_signature; /* EFI_LOADER_SIGNATURE_*, 0: no EFI */
	uint32_t systab;
	uint32_t memdesc_size;
	uint32_t memdesc_version;
	uint32_t memmap; /* physical address of struct efi_memory_desc [] */
	uint32_t memmap_size;
	uint32_t systab_hi; /* read by x86_64 kernels only */
	uint32_t memmap_hi;
} __attribute__((packed));

struct boot_e820_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type; /* enum mem_type */
} __attribute__((packed));

#define E820_MAX_ENTRIES_ZEROPAGE 128

struct boot_params {
	struct screen_info screen_info;
	uint8_t apm_bios_info[0x14];
	uint8_t _pad2[4];
	uint64_t tboot_addr;
	uint8_t ist_info[16];
	uint64_t acpi_rsdp_addr; /* read since Linux 5.0; padding before */
	uint8_t _pad3[8];
	uint8_t hd0_info[16];
	uint8_t hd1_info[16];
	uint8_t sys_desc_table[16];
	uint8_t olpc_ofw_header[16];
	uint32_t ext_ramdisk_image; /* the high halves; read since protocol 2.12 */
	uint32_t ext_ramdisk_size;
	uint32_t ext_cmd_line_ptr;
	uint8_t _pad4[112];
	uint32_t cc_blob_address;
	uint8_t edid_info[128];
	struct efi_info efi_info;
	uint32_t alt_mem_k; /* RAM above 1 MiB in KiB */
	uint32_t scratch;
	uint8_t e820_entries;
	uint8_t eddbuf_entries;
	uint8_t edd_mbr_sig_buf_entries;
	uint8_t kbd_status;
	uint8_t secure_boot;
	uint8_t _pad5[2];
	uint8_t sentinel; /* 0, or the kernel takes the page for a careless copy */
	uint8_t _pad6[1];
	struct setup_header hdr;
	uint8_t _pad7[0x290 - SETUP_HEADER_AT - sizeof(struct setup_header)];
	uint32_t edd_mbr_sig_buffer[16];
	struct boot_e820_entry e820_table[E820_MAX_ENTRIES_ZEROPAGE];
	uint8_t _pad8[48];
	uint8_t eddbuf[492];
	uint8_t _pad9[276];
} __attribute__((packed));

/* A node of the list at setup_header.setup_data; followed by len bytes. */
struct setup_data {
	uint64_t next; /* physical address, 0: the last one */
	uint32_t type;
	uint32_t len;
};

#define SETUP_E820_EXT	       1 /* struct boot_e820_entry [] */
#define SETUP_DTB	       2 /* a flattened device tree */
#define SETUP_PCI	       3 /* a PCI device's ROM */
#define SETUP_EFI	       4 /* struct efi_setup_data; since Linux 3.14, x86_64 only */
#define SETUP_APPLE_PROPERTIES 5
#define SETUP_JAILHOUSE	       6
#define SETUP_CC_BLOB	       7
#define SETUP_IMA	       8
#define SETUP_RNG_SEED	       9 /* since Linux 6.0 */
#define SETUP_KEXEC_KHO	       10
#define SETUP_INDIRECT	       (1u << 31) /* with another type: where that one's data is */

#define BOOT_HEADER_AT(field, offset) \
	_Static_assert(offsetof(struct boot_params, hdr) + offsetof(struct setup_header, field) == \
			       (offset), \
		       "setup_header." #field)
#define BOOT_PARAMS_AT(field, offset) \
	_Static_assert(offsetof(struct boot_params, field) == (offset), "boot_params." #field)

BOOT_HEADER_AT(setup_sects, 0x1f1);
BOOT_HEADER_AT(root_flags, 0x1f2);
BOOT_HEADER_AT(syssize, 0x1f4);
BOOT_HEADER_AT(ram_size, 0x1f8);
BOOT_HEADER_AT(vid_mode, 0x1fa);
BOOT_HEADER_AT(root_dev, 0x1fc);
BOOT_HEADER_AT(boot_flag, 0x1fe);
BOOT_HEADER_AT(jump, 0x200);
BOOT_HEADER_AT(header, 0x202);
BOOT_HEADER_AT(version, 0x206);
BOOT_HEADER_AT(realmode_swtch, 0x208);
BOOT_HEADER_AT(start_sys_seg, 0x20c);
BOOT_HEADER_AT(kernel_version, 0x20e);
BOOT_HEADER_AT(type_of_loader, 0x210);
BOOT_HEADER_AT(loadflags, 0x211);
BOOT_HEADER_AT(setup_move_size, 0x212);
BOOT_HEADER_AT(code32_start, 0x214);
BOOT_HEADER_AT(ramdisk_image, 0x218);
BOOT_HEADER_AT(ramdisk_size, 0x21c);
BOOT_HEADER_AT(bootsect_kludge, 0x220);
BOOT_HEADER_AT(heap_end_ptr, 0x224);
BOOT_HEADER_AT(ext_loader_ver, 0x226);
BOOT_HEADER_AT(ext_loader_type, 0x227);
BOOT_HEADER_AT(cmd_line_ptr, 0x228);
BOOT_HEADER_AT(initrd_addr_max, 0x22c);
BOOT_HEADER_AT(kernel_alignment, 0x230);
BOOT_HEADER_AT(relocatable_kernel, 0x234);
BOOT_HEADER_AT(min_alignment, 0x235);
BOOT_HEADER_AT(xloadflags, 0x236);
BOOT_HEADER_AT(cmdline_size, 0x238);
BOOT_HEADER_AT(hardware_subarch, 0x23c);
BOOT_HEADER_AT(hardware_subarch_data, 0x240);
BOOT_HEADER_AT(payload_offset, 0x248);
BOOT_HEADER_AT(payload_length, 0x24c);
BOOT_HEADER_AT(setup_data, 0x250);
BOOT_HEADER_AT(pref_address, 0x258);
BOOT_HEADER_AT(init_size, 0x260);
BOOT_HEADER_AT(handover_offset, 0x264);
BOOT_HEADER_AT(kernel_info_offset, 0x268);
_Static_assert(sizeof(struct setup_header) == 0x26c - 0x1f1, "setup_header");

_Static_assert(offsetof(struct screen_info, ext_mem_k) == 0x02, "screen_info.ext_mem_k");
_Static_assert(offsetof(struct screen_info, orig_video_isVGA) == 0x0f, "screen_info.isVGA");
_Static_assert(offsetof(struct screen_info, cl_magic) == 0x20, "screen_info.cl_magic");
_Static_assert(offsetof(struct screen_info, cl_offset) == 0x22, "screen_info.cl_offset");
_Static_assert(offsetof(struct screen_info, lfb_linelength) == 0x24, "screen_info.linelength");
_Static_assert(offsetof(struct screen_info, ext_lfb_base) == 0x3a, "screen_info.ext_lfb_base");
_Static_assert(sizeof(struct screen_info) == 0x40, "screen_info");
_Static_assert(sizeof(struct boot_e820_entry) == 20, "boot_e820_entry");
_Static_assert(sizeof(struct setup_data) == 16, "setup_data");

BOOT_PARAMS_AT(apm_bios_info, 0x040);
BOOT_PARAMS_AT(tboot_addr, 0x058);
BOOT_PARAMS_AT(ist_info, 0x060);
BOOT_PARAMS_AT(acpi_rsdp_addr, 0x070);
BOOT_PARAMS_AT(hd0_info, 0x080);
BOOT_PARAMS_AT(hd1_info, 0x090);
BOOT_PARAMS_AT(sys_desc_table, 0x0a0);
BOOT_PARAMS_AT(olpc_ofw_header, 0x0b0);
BOOT_PARAMS_AT(ext_ramdisk_image, 0x0c0);
BOOT_PARAMS_AT(ext_ramdisk_size, 0x0c4);
BOOT_PARAMS_AT(ext_cmd_line_ptr, 0x0c8);
BOOT_PARAMS_AT(cc_blob_address, 0x13c);
BOOT_PARAMS_AT(edid_info, 0x140);
BOOT_PARAMS_AT(efi_info, 0x1c0);
BOOT_PARAMS_AT(alt_mem_k, 0x1e0);
BOOT_PARAMS_AT(e820_entries, 0x1e8);
BOOT_PARAMS_AT(eddbuf_entries, 0x1e9);
BOOT_PARAMS_AT(edd_mbr_sig_buf_entries, 0x1ea);
BOOT_PARAMS_AT(secure_boot, 0x1ec);
BOOT_PARAMS_AT(sentinel, 0x1ef);
BOOT_PARAMS_AT(hdr, SETUP_HEADER_AT);
BOOT_PARAMS_AT(edd_mbr_sig_buffer, 0x290);
BOOT_PARAMS_AT(e820_table, 0x2d0);
BOOT_PARAMS_AT(eddbuf, 0xd00);
_Static_assert(sizeof(struct boot_params) == 4096, "boot_params");

#undef BOOT_HEADER_AT
#undef BOOT_PARAMS_AT

#endif
