/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "bzimage.h"
#include "image_bzimage.h"
#include "layout_linux.h"
#include "plans.h"

#define GIB	    UINT64_C(0x40000000)
#define INITRD_SIZE 0x3001
#define CMDLINE	    "console=ttyS0 quiet"

static const uint8_t initrd[INITRD_SIZE];
static const struct range ram_6g[] = {
	{ 0x1000, 0x9ffff },
	{ MIB, 3 * GIB - 1 },
	{ 4 * GIB, 7 * GIB - 1 },
};

/* All that a layout takes and gives; set up for x86_64 with 6 GiB, then changed by a test. */
struct fixture {
	struct bzimage file;
	struct linux_kernel image;
	struct host host;
	struct boot_params host_params;
	struct request request;
	struct layout_linux in;
	struct plan plan;
	struct err e;
};

static struct fixture f;

static void set_ram(const struct range *ram, size_t count)
{
	plan_deinit(&f.plan);
	begin_on(&f.plan, PLAN_LOAD, &f.host);
	for (size_t i = 0; i < count; i++) {
		ranges_add(&f.plan.ram, ram[i]);
		memmap_set(&f.plan.next, ram[i], MEM_RAM);
	}
}

static void setup(enum host_arch arch)
{
	plan_deinit(&f.plan);
	memset(&f, 0, sizeof(f));
	bzimage_init(&f.file);
	f.host.arch = arch;
	f.host.recorded = true;
	f.host.paging_levels = arch == HOST_I386 ? 2 : 4;
	f.in = (struct layout_linux){
		.image = &f.image,
		.host = &f.host,
		.request = &f.request,
		.initrd = { initrd, INITRD_SIZE },
		.cmdline = CMDLINE,
	};
	set_ram(ram_6g, 3);
}

static bool layout(void)
{
	struct bytes file = { f.file.data, sizeof(f.file.data) };

	f.e.text[0] = '\0';
	if (image_bzimage_probe(&f.image, file, &f.e) != PROBE_MINE)
		return false;
	return layout_linux(&f.plan, &f.in, &f.e);
}

/* Prints why not, too. */
static bool ok(void)
{
	bool result = layout();

	if (!result)
		printf("%s\n", f.e.text);
	return result;
}

static uint64_t at(const char *name)
{
	struct segment *s = plan_find(&f.plan, name);

	return s ? s->paddr : 0;
}

static const struct boot_params *page(void)
{
	return (const struct boot_params *)plan_find(&f.plan, "boot_params")->data.data;
}

/* What the kernel would find at a physical address inside the segment. */
static const void *in_params(uint64_t address, size_t size)
{
	struct segment *s = plan_find(&f.plan, "boot_params");
	struct bytes out;

	if (address < s->paddr || !bytes_sub(s->data, address - s->paddr, size, &out))
		return "\0outside of the segment, and long enough for any node of setup_data";
	return out.data;
}

TEST(x86_64)
{
	struct segment *s;

	setup(HOST_X86_64);
	if (!CHECK(ok()))
		return;
	CHECK_EQ_U64(f.plan.segment_count, 3);
	s = plan_find(&f.plan, "kernel");
	CHECK_EQ_U64(s->paddr, 16 * MIB);
	CHECK_EQ_U64(s->memsz, 0x1e00000);
	CHECK(s->data.data == f.image.kernel.data && s->data.size == BZIMAGE_KERNEL && s->digest);
	s = plan_find(&f.plan, "initrd");
	CHECK_EQ_U64(s->paddr, 7 * GIB - 0x4000);
	CHECK_EQ_U64(s->memsz, 0x4000);
	CHECK(s->data.data == initrd && s->data.size == INITRD_SIZE && s->digest);
	s = plan_find(&f.plan, "boot_params");
	CHECK_EQ_U64(s->paddr, 7 * GIB - 0x6000);
	CHECK(s->digest);

	CHECK_EQ_U64(f.plan.entry_bits, 64);
	CHECK_EQ_U64(f.plan.kernel_entry, 16 * MIB + 0x200);
	CHECK_EQ_U64(f.plan.boot_params, 7 * GIB - 0x6000);
	CHECK_STR(f.plan.image_type, "bzImage64");
	CHECK_STR(f.plan.cmdline, CMDLINE);
}

TEST(zero_page)
{
	const struct boot_params *p;
	uint64_t cmdline;

	setup(HOST_X86_64);
	if (!CHECK(ok()))
		return;
	p = page();
	CHECK(!memcmp(&p->hdr.kernel_alignment, &bzimage_header(&f.file)->kernel_alignment,
		      0x250 - 0x230));
	CHECK_EQ_U64(p->hdr.header, BOOT_HEADER_MAGIC);
	CHECK_EQ_U64(p->hdr.pref_address, 0x1000000);
	CHECK_EQ_U64(p->hdr.type_of_loader, 0xd0);
	CHECK_EQ_U64(p->hdr.loadflags, LOADED_HIGH);
	CHECK_EQ_U64(p->hdr.setup_data, 0);
	CHECK_EQ_U64(p->hdr.code32_start, 16 * MIB);
	CHECK_EQ_U64(p->hdr.ramdisk_image, (uint32_t)at("initrd"));
	CHECK_EQ_U64(p->ext_ramdisk_image, 1);
	CHECK_EQ_U64(p->hdr.ramdisk_size, INITRD_SIZE);
	CHECK_EQ_U64(p->ext_ramdisk_size, 0);
	CHECK_EQ_U64(p->sentinel, 0);
	CHECK_EQ_U64(p->screen_info.orig_video_cols, 80);
	CHECK_EQ_U64(p->screen_info.orig_video_lines, 25);

	cmdline = (uint64_t)p->ext_cmd_line_ptr << 32 | p->hdr.cmd_line_ptr;
	CHECK_EQ_U64(cmdline, at("boot_params") + 4096);
	CHECK_STR(in_params(cmdline, sizeof(CMDLINE)), CMDLINE);

	CHECK_EQ_U64(p->e820_entries, 3);
	CHECK_EQ_U64(p->e820_table[1].addr, MIB);
	CHECK_EQ_U64(p->e820_table[1].size, 3 * GIB - MIB);
	CHECK_EQ_U64(p->e820_table[1].type, 1);
	CHECK_EQ_U64(p->e820_table[2].addr, 4 * GIB);
	CHECK_EQ_U64(p->alt_mem_k, (3 * GIB - MIB) / 1024);
	CHECK_EQ_U64(p->screen_info.ext_mem_k, 0xfc00);
}

/* Longer than we know it: new fields go from the file to the page as they are. */
TEST(zero_page_takes_the_whole_header)
{
	setup(HOST_X86_64);
	bzimage_header(&f.file)->jump = 0x7feb;
	f.file.data[0x280] = 0x77;
	f.file.data[0x281] = 0x88;
	if (!CHECK(ok()))
		return;
	CHECK_EQ_U64(((const uint8_t *)page())[0x280], 0x77);
	CHECK_EQ_U64(((const uint8_t *)page())[0x281], 0);
}

TEST(no_initrd)
{
	setup(HOST_X86_64);
	f.in.initrd = (struct bytes){ NULL, 0 };
	if (!CHECK(ok()))
		return;
	CHECK_EQ_U64(f.plan.segment_count, 2);
	CHECK_EQ_U64(page()->hdr.ramdisk_image, 0);
	CHECK_EQ_U64(page()->hdr.ramdisk_size, 0);
	CHECK_EQ_U64(page()->ext_ramdisk_image, 0);
}

TEST(facts_of_the_running_kernel)
{
	struct boot_params *h = &f.host_params;
	const struct boot_params *p;

	setup(HOST_X86_64);
	memset(h, 0xa5, sizeof(*h));
	f.host.firmware.boot_params = (struct bytes){ (uint8_t *)h, sizeof(*h) };
	if (!CHECK(ok()))
		return;
	p = page();
	CHECK_EQ_U64(p->screen_info.orig_video_mode, 0xa5);
	CHECK_EQ_U64(p->apm_bios_info[0x13], 0xa5);
	CHECK_EQ_U64(p->acpi_rsdp_addr, UINT64_C(0xa5a5a5a5a5a5a5a5));
	CHECK_EQ_U64(p->edid_info[127], 0xa5);
	CHECK_EQ_U64(p->eddbuf_entries, 0xa5);
	CHECK_EQ_U64(p->edd_mbr_sig_buf_entries, 0xa5);
	CHECK_EQ_U64(p->edd_mbr_sig_buffer[15], 0xa5a5a5a5);
	CHECK_EQ_U64(p->eddbuf[0] + p->eddbuf[491], 2 * 0xa5);
	CHECK_EQ_U64(p->hdr.hardware_subarch, 0xa5a5a5a5);

	/* These are ours or nobody's. */
	CHECK_EQ_U64(p->screen_info.ext_mem_k, 0xfc00);
	CHECK_EQ_U64(p->e820_entries, 3);
	CHECK_EQ_U64(p->efi_info.loader_signature | p->efi_info.memmap_hi, 0);
	CHECK_EQ_U64(p->tboot_addr, 0);
	CHECK_EQ_U64(p->_pad4[0], 0);
	CHECK_EQ_U64(p->sentinel, 0);
	CHECK_EQ_U64(p->_pad9[0], 0);
	CHECK_EQ_U64(p->hdr.setup_sects, BZIMAGE_SETUP / 512 - 1);

	setup(HOST_X86_64);
	f.host.firmware.rsdp = 0xf5a20;
	CHECK(ok());
	CHECK_EQ_U64(page()->acpi_rsdp_addr, 0xf5a20);
}

TEST(entry_bits)
{
	static const struct {
		enum host_arch arch;
		unsigned levels;
		uint16_t xloadflags;
		bool entry_32bit;
		const char *type;
		unsigned bits;
	} cases[] = {
		{ HOST_X86_64, 4, 0x23, false, NULL, 64 },
		{ HOST_X86_64, 4, 0x03, false, NULL, 64 },
		{ HOST_X86_64, 5, 0x23, false, NULL, 64 },
		{ HOST_X86_64, 5, 0x03, false, NULL, 32 },
		{ HOST_X86_64, 4, 0x23, true, NULL, 32 },
		{ HOST_X86_64, 4, 0x00, false, NULL, 32 },
		{ HOST_X86_64, 4, 0x23, false, "bzImage64", 64 },
		{ HOST_X86_64, 4, 0x23, false, "bzImage", 32 },
		{ HOST_I386, 2, 0x23, false, NULL, 32 },
		{ HOST_I386, 3, 0x00, false, "bzImage", 32 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setup(cases[i].arch);
		f.host.paging_levels = cases[i].levels;
		bzimage_header(&f.file)->xloadflags = cases[i].xloadflags;
		f.request.entry_32bit = cases[i].entry_32bit;
		f.request.type = cases[i].type;
		if (!CHECK(ok()))
			continue;
		CHECK_EQ_U64(f.plan.entry_bits, cases[i].bits);
		CHECK_STR(f.plan.image_type, cases[i].bits == 64 ? "bzImage64" : "bzImage");
		CHECK_EQ_U64(f.plan.kernel_entry, 16 * MIB + (cases[i].bits == 64 ? 0x200 : 0));
	}
}

TEST(a_type_that_cannot_be)
{
	setup(HOST_I386);
	f.request.type = "bzImage64";
	CHECK_FAILS(layout(), &f.e,
		    "the kernel cannot be entered as bzImage64: the running kernel "
		    "is a 32-bit one");
	setup(HOST_X86_64);
	f.request.type = "bzImage64";
	f.request.entry_32bit = true;
	CHECK_FAILS(layout(), &f.e, "*: --entry-32bit was given");
	f.request.entry_32bit = false;
	bzimage_header(&f.file)->xloadflags = 0;
	CHECK_FAILS(layout(), &f.e, "*: it has no 64-bit entry");
	bzimage_header(&f.file)->xloadflags = XLF_KERNEL_64;
	f.host.paging_levels = 5;
	CHECK_FAILS(layout(), &f.e, "*: it cannot be entered with the 5-level paging that is on");
}

static const struct boot_params *setup_code(void)
{
	return (const struct boot_params *)plan_find(&f.plan, "setup")->data.data;
}

TEST(real_mode)
{
	const struct boot_params *s;

	for (int arch = HOST_I386; arch <= HOST_X86_64; arch++) {
		setup(arch);
		f.request.real_mode = true;
		if (!CHECK(ok()))
			continue;
		CHECK_EQ_U64(f.plan.entry_bits, 16);
		CHECK_EQ_U64(at("setup"), 0x91000); /* to the end of what real mode can have */
		CHECK_EQ_U64(f.plan.boot_params, 0x91000);
		CHECK_EQ_U64(f.plan.kernel_entry, 0x91200);
		CHECK_EQ_U64(f.plan.stack, 0xe000);
		CHECK_EQ_U64(f.plan.real_page, at("real mode"));
		CHECK_EQ_U64(f.plan.next.count, 0);
		s = setup_code();
		CHECK_EQ_U64(s->hdr.cmd_line_ptr, 0x91000 + 0xe000);
		CHECK_STR((const char *)s + 0xe000, CMDLINE);
		CHECK_EQ_U64(s->hdr.heap_end_ptr, 0xe000 - 0x200);
		CHECK_EQ_U64(s->hdr.loadflags, LOADED_HIGH | KASLR_FLAG | CAN_USE_HEAP);
		CHECK_EQ_U64(s->hdr.type_of_loader, LOADER_KEXEC);
		CHECK_EQ_U64(s->hdr.code32_start, at("kernel"));
		CHECK_EQ_U64(s->hdr.ramdisk_image, at("initrd"));
		CHECK_EQ_U64(s->hdr.ramdisk_size, INITRD_SIZE);
		CHECK(!memcmp((const uint8_t *)s + 0x200 + 0x70, f.file.data + 0x200 + 0x70,
			      BZIMAGE_SETUP - 0x270));
	}
}

TEST(real_mode_of_old_protocols)
{
	const struct boot_params *s;

	setup(HOST_X86_64);
	f.request.real_mode = true;
	bzimage_header(&f.file)->version = BOOT_PROTOCOL(2, 1);
	if (!CHECK(ok()))
		return;
	s = setup_code();
	CHECK_EQ_U64(at("setup"), 0x90000);
	CHECK_EQ_U64(at("kernel"), MIB);
	CHECK_EQ_U64(f.plan.stack, 0x9800);
	CHECK_EQ_U64(s->screen_info.cl_magic, OLD_CL_MAGIC);
	CHECK_EQ_U64(s->screen_info.cl_offset, 0x9800);
	CHECK_STR((const char *)s + 0x9800, CMDLINE);
	CHECK_EQ_U64(s->hdr.cmd_line_ptr, 0); /* not a field yet */
}

TEST(real_mode_where_setup_code_knows_one_place)
{
	setup(HOST_X86_64);
	f.request.real_mode = true;
	bzimage_header(&f.file)->code32_start = 0;
	CHECK(ok());
	CHECK_EQ_U64(at("kernel"), 16 * MIB); /* its pref_address */
	CHECK_EQ_U64(setup_code()->hdr.code32_start, 0);
}

TEST(real_mode_where_it_cannot_be)
{
	setup(HOST_X86_64);
	f.request.real_mode = true;
	f.host.firmware.efi.bits = 64;
	CHECK_FAILS(layout(), &f.e, "--real-mode: *booted by EFI firmware*");
	f.host.firmware.efi.bits = 0;
	f.host.firmware.rsdp = 0x7fb7e014;
	CHECK_FAILS(layout(), &f.e, "--real-mode: *booted by EFI firmware*");
	f.host.firmware.rsdp = 0xf5a20;
	f.plan.verb = PLAN_LOAD_JUMP;
	CHECK_FAILS(layout(), &f.e, "--real-mode: *cannot be confined*");
	f.plan.verb = PLAN_LOAD;
	f.request.window_of = "image";
	CHECK_FAILS(layout(), &f.e, "--real-mode: *cannot be confined*");
	f.request.window_of = NULL;
	f.request.entry_32bit = true;
	CHECK_FAILS(layout(), &f.e, "--real-mode: *leave out --entry-32bit");
	f.request.entry_32bit = false;
	set_ram(&ram_6g[1], 2);
	CHECK_FAILS(layout(), &f.e, "no room for the setup*");
	bzimage_header(&f.file)->setup_sects = 0;
	CHECK(!layout());
}

TEST(below_4g_without_the_flag_or_by_the_32bit_entry)
{
	setup(HOST_X86_64);
	bzimage_header(&f.file)->xloadflags = XLF_KERNEL_64;
	CHECK(ok());
	CHECK_EQ_U64(f.plan.entry_bits, 64);
	CHECK_EQ_U64(at("initrd"), 2 * GIB - 0x4000);
	CHECK_EQ_U64(at("boot_params"), 3 * GIB - 0x2000);

	setup(HOST_X86_64);
	f.request.entry_32bit = true;
	CHECK(ok());
	CHECK_EQ_U64(at("initrd"), 2 * GIB - 0x4000);
	CHECK_EQ_U64(at("boot_params"), 3 * GIB - 0x2000);
	CHECK_EQ_U64(page()->ext_ramdisk_image | page()->ext_cmd_line_ptr, 0);
}

TEST(i386_initrd_is_in_lowmem_if_it_can_be)
{
	static const struct range no_room[] = {
		{ MIB, 0x37000000 - 1 },
		{ 0x40000000, 2 * GIB - 1 },
	};

	setup(HOST_I386);
	bzimage_init_i386(&f.file);
	CHECK(ok());
	CHECK_EQ_U64(at("initrd"), 0x38000000 - 0x4000);
	CHECK_EQ_U64(at("boot_params"), 3 * GIB - 0x2000);

	setup(HOST_I386);
	bzimage_init_i386(&f.file);
	set_ram(no_room, 2);
	f.in.initrd.size = 0x36f00000; /* only its size is looked at */
	CHECK(ok());
	CHECK_EQ_U64(at("initrd"), 2 * GIB - 0x36f00000);
}

TEST(initrd_addr_max_binds)
{
	setup(HOST_I386);
	bzimage_init_i386(&f.file);
	bzimage_header(&f.file)->initrd_addr_max = 0x4000fff;
	CHECK(ok());
	CHECK_EQ_U64(at("initrd"), 0x4001000 - 0x4000);
}

TEST(kernel_goes_above_what_is_taken)
{
	static const struct range ram[] = { { MIB, 16 * MIB - 1 }, { 17 * MIB, GIB - 1 } };

	setup(HOST_X86_64);
	set_ram(ram, 2);
	CHECK(ok());
	CHECK_EQ_U64(at("kernel"), 18 * MIB);
	CHECK_EQ_U64(page()->hdr.code32_start, 18 * MIB);

	/* Not relocatable: there or nowhere. */
	setup(HOST_X86_64);
	bzimage_header(&f.file)->relocatable_kernel = 0;
	CHECK(ok());
	CHECK_EQ_U64(at("kernel"), 16 * MIB);
	setup(HOST_X86_64);
	bzimage_header(&f.file)->relocatable_kernel = 0;
	set_ram(ram, 2);
	CHECK_FAILS(layout(), &f.e,
		    "no room for the kernel: it needs * within "
		    "0x1000000-0x2dfffff, *");
}

TEST(kernel_above_4g)
{
	static const struct range ram[] = { { MIB, 32 * MIB - 1 }, { 4 * GIB, 5 * GIB - 1 } };

	setup(HOST_X86_64);
	set_ram(ram, 2);
	CHECK(ok());
	CHECK_EQ_U64(at("kernel"), 4 * GIB);
	CHECK_EQ_U64(f.plan.kernel_entry, 4 * GIB + 0x200);

	setup(HOST_X86_64);
	set_ram(ram, 2);
	f.request.entry_32bit = true;
	CHECK_FAILS(layout(), &f.e, "no room for the kernel: *-0xffffffff, *");
}

TEST(kernel_out_of_reach)
{
	setup(HOST_X86_64);
	f.request.entry_32bit = true;
	bzimage_header(&f.file)->pref_address = 8 * GIB;
	CHECK_FAILS(layout(), &f.e,
		    "the kernel does not fit below 0x100000000, where it must be: it "
		    "needs 0x1e00000 bytes from 0x200000000 up");
	bzimage_header(&f.file)->pref_address = 4 * GIB - 0x1e00000 + 0x1000;
	CHECK_FAILS(layout(), &f.e, "the kernel does not fit below 0x100000000, *");

	setup(HOST_X86_64);
	bzimage_init_i386(&f.file);
	bzimage_header(&f.file)->pref_address = 0x37000000;
	CHECK_FAILS(layout(), &f.e, "the kernel does not fit below 0x38000000, *");
	bzimage_header(&f.file)->pref_address = 0x38000000;
	CHECK_FAILS(layout(), &f.e, "the kernel does not fit below 0x38000000, *");
	bzimage_header(&f.file)->pref_address = 0x36200000;
	CHECK(ok());
	CHECK_EQ_U64(at("kernel"), 0x36200000);
}

TEST(no_room)
{
	static const struct range ram[] = { { 16 * MIB, 46 * MIB - 1 } };

	setup(HOST_X86_64);
	bzimage_header(&f.file)->init_size = 0xffffffff;
	CHECK_FAILS(layout(), &f.e, "no room for the kernel: it needs 4 GiB *");

	setup(HOST_X86_64);
	set_ram(ram, 1);
	CHECK_FAILS(layout(), &f.e, "no room for the initrd: *");
	setup(HOST_X86_64);
	set_ram(ram, 1);
	f.in.initrd.size = 0;
	CHECK_FAILS(layout(), &f.e, "no room for the boot_params: *");

	setup(HOST_I386);
	bzimage_init_i386(&f.file);
	bzimage_header(&f.file)->initrd_addr_max = 0xfffff;
	CHECK_FAILS(layout(), &f.e,
		    "no room for the initrd: the kernel's initrd_addr_max is "
		    "0xfffff");
}

/* Everything in the window; low RAM is B's, but only what must be there goes there. */
TEST(window)
{
	static const struct range window[] = { { 0x1000, 0x9ffff }, { 256 * MIB, 368 * MIB - 1 } };

	setup(HOST_X86_64);
	set_ram(window, 2);
	CHECK(ok());
	CHECK_EQ_U64(at("kernel"), 256 * MIB);
	CHECK_EQ_U64(at("initrd"), 368 * MIB - 0x4000);
	CHECK_EQ_U64(at("boot_params"), 368 * MIB - 0x6000);
	CHECK_EQ_U64(page()->alt_mem_k, 0);
	CHECK_EQ_U64(page()->screen_info.ext_mem_k, 0);
}

static void set_entries(size_t count)
{
	memmap_deinit(&f.plan.next);
	for (size_t i = 0; i < count; i++)
		memmap_set(&f.plan.next, (struct range){ i * 0x10000, i * 0x10000 + 0xfff },
			   MEM_RESERVED);
}

TEST(long_memory_map)
{
	const struct setup_data *node;
	const struct boot_e820_entry *entry;

	setup(HOST_X86_64);
	set_entries(128);
	CHECK(ok());
	CHECK_EQ_U64(page()->e820_entries, 128);
	CHECK_EQ_U64(page()->hdr.setup_data, 0);

	setup(HOST_X86_64);
	set_entries(301);
	if (!CHECK(ok()))
		return;
	CHECK_EQ_U64(page()->e820_entries, 128);
	CHECK_EQ_U64(page()->e820_table[127].addr, 127 * 0x10000);
	node = in_params(page()->hdr.setup_data, sizeof(*node) + 173 * sizeof(*entry));
	CHECK_EQ_U64(page()->hdr.setup_data % 8, 0);
	CHECK_EQ_U64(node->type, SETUP_E820_EXT);
	CHECK_EQ_U64(node->len, 173 * sizeof(*entry));
	CHECK_EQ_U64(node->next, 0);
	entry = (const struct boot_e820_entry *)(node + 1);
	CHECK_EQ_U64(entry[0].addr, 128 * 0x10000);
	CHECK_EQ_U64(entry[172].addr, 300 * 0x10000);
	CHECK_EQ_U64(entry[172].size, 0x1000);
	CHECK_EQ_U64(entry[172].type, MEM_RESERVED);

	setup(HOST_X86_64);
	set_entries(129);
	bzimage_header(&f.file)->version = BOOT_PROTOCOL(2, 8);
	CHECK_FAILS(layout(), &f.e,
		    "the memory map has 129 entries, but a kernel of boot protocol "
		    "2.08 takes 128");
}

TEST(random_seed_on_a_real_host)
{
	const struct setup_data *node, *second;
	static const uint8_t zeros[32];

	setup(HOST_X86_64);
	f.host.recorded = false;
	set_entries(129);
	if (!CHECK(ok()))
		return;
	node = in_params(page()->hdr.setup_data, sizeof(*node) + 32);
	CHECK_EQ_U64(node->type, SETUP_RNG_SEED);
	CHECK_EQ_U64(node->len, 32);
	CHECK(memcmp(node + 1, zeros, 32) != 0);
	second = in_params(node->next, sizeof(*node));
	CHECK_EQ_U64(second->type, SETUP_E820_EXT);
	CHECK_EQ_U64(second->next, 0);

	setup(HOST_X86_64);
	f.host.recorded = false;
	bzimage_header(&f.file)->version = BOOT_PROTOCOL(2, 8);
	CHECK(ok());
	CHECK_EQ_U64(page()->hdr.setup_data, 0);
}

/* The seed and the EFI of this kernel are not the next one's. */
TEST(what_the_firmware_gave)
{
	uint8_t rom[5] = "rom!";
	struct setup_node given[] = {
		{ SETUP_RNG_SEED, true, { rom, 5 } }, { SETUP_PCI, true, { rom, 5 } },
		{ SETUP_DTB, true, { rom, 3 } },      { SETUP_IMA, true, { rom, 5 } },
		{ SETUP_EFI, true, { rom, 5 } },
	};
	const struct setup_data *node, *second;

	setup(HOST_X86_64);
	f.host.firmware.setup = (struct setup_nodes){ given, 5, 5 };
	if (!CHECK(ok()))
		return;
	CHECK_STR(f.plan.handed_nodes, "PCI ROM, device tree");
	node = in_params(page()->hdr.setup_data, sizeof(*node) + 3);
	CHECK_EQ_U64(node->type, SETUP_DTB);
	CHECK_EQ_U64(node->len, 3);
	second = in_params(node->next, sizeof(*node) + 5);
	CHECK_EQ_U64(second->type, SETUP_PCI);
	CHECK_EQ_U64(second->len, 5);
	CHECK(!memcmp(second + 1, rom, 5));
	CHECK_EQ_U64(second->next, 0);

	setup(HOST_X86_64);
	f.host.firmware.setup = (struct setup_nodes){ given, 5, 5 };
	bzimage_header(&f.file)->version = BOOT_PROTOCOL(2, 8);
	CHECK(ok());
	CHECK_EQ_U64(page()->hdr.setup_data, 0);
	CHECK(!f.plan.handed_nodes);
	f.host.firmware.setup = (struct setup_nodes){ 0 };
}

TEST(old_protocols)
{
	setup(HOST_I386);
	bzimage_header(&f.file)->version = BOOT_PROTOCOL(2, 4);
	CHECK(ok());
	CHECK_EQ_U64(at("kernel"), MIB);
	CHECK_EQ_U64(at("boot_params"), 0x9e000);
	CHECK_EQ_U64(page()->hdr.cmd_line_ptr, 0x9f000);

	setup(HOST_I386);
	bzimage_header(&f.file)->version = BOOT_PROTOCOL(2, 1);
	CHECK(ok());
	CHECK_EQ_U64(at("boot_params"), 0x98000);
	CHECK_EQ_U64(page()->screen_info.cl_magic, 0xa33f);
	CHECK_EQ_U64(page()->screen_info.cl_offset, 0x9000);
	CHECK_EQ_U64(page()->hdr.cmd_line_ptr, 0);
	CHECK_STR(in_params(0x99000, sizeof(CMDLINE)), CMDLINE);
}

TEST(needs)
{
	setup(HOST_X86_64);
	CHECK(ok());
	/* To work in: 32 MiB, or as much as the kernel takes if that is more. */
	CHECK_EQ_U64(layout_linux_needs(&f.image, 0, 1), (30 + 2 + 32 + 1) * MIB);
	CHECK_EQ_U64(layout_linux_needs(&f.image, 0, 16), (30 + 2 + 32 + 16) * MIB);
	CHECK_EQ_U64(layout_linux_needs(&f.image, 3 * MIB, 2), (30 + 2 + 32 + 2 + 15) * MIB);
	f.image.init_size = 32 * MIB;
	CHECK_EQ_U64(layout_linux_needs(&f.image, 0, 1), (32 + 2 + 32 + 1) * MIB);
	f.image.init_size = 50 * MIB;
	CHECK_EQ_U64(layout_linux_needs(&f.image, 0, 1), (50 + 2 + 50 + 1) * MIB);
	CHECK_EQ_U64(layout_linux_needs(&f.image, 0, 8192), (50 + 2 + 50 + 8192) * MIB);
	f.image.init_size = UINT32_MAX;
	CHECK_EQ_U64(layout_linux_needs(&f.image, 0, 1), 2ull * UINT32_MAX + 3 * MIB);
	CHECK_EQ_U64(layout_linux_needs(&f.image, UINT64_MAX / 5, 1), UINT64_MAX);
	CHECK_EQ_U64(layout_linux_needs(&f.image, UINT64_MAX, 1), UINT64_MAX);

	/* A window of that size holds it all, wherever it starts. */
	for (uint64_t slack = 0; slack < 2 * MIB; slack += MIB / 2) {
		uint64_t start = 256 * MIB + slack, size;
		struct range window;

		setup(HOST_X86_64);
		f.in.initrd.size = 30 * MIB;
		CHECK(ok());
		size = layout_linux_needs(&f.image, 30 * MIB, 1);
		window = (struct range){ start, start + size - 1 };
		set_ram(&window, 1);
		CHECK(ok());
	}
}

TEST_MAIN
