/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <sys/stat.h>

#include "bzimage.h"
#include "efi_handover.h"
#include "image_bzimage.h"
#include "hosts.h"
#include "layout_linux.h"
#include "plans.h"
#include "x86.h"

#define RUNTIME_MAP "/sys/firmware/efi/runtime-map/"

static struct host host;
static struct bzimage file;
static struct linux_kernel image;
static struct err e;

static bool open_host(const char *name)
{
	bzimage_init(&file);
	bzimage_header(&file)->xloadflags |= XLF_EFI_KEXEC;
	return CHECK(image_bzimage_probe(&image, (struct bytes){ file.data, sizeof(file.data) },
					 &e) == PROBE_MINE) &&
	       CHECK(host_read(&host, host_root(name), HOST_ALL, &e));
}

TEST(what_the_kernel_publishes)
{
	if (!open_host("x86_64-efi"))
		return;
	CHECK_EQ_U64(host.firmware.efi.bits, 64);
	CHECK_EQ_U64(host.firmware.efi.fw_vendor, 0x1f9dd318);
	CHECK_EQ_U64(host.firmware.efi.tables, 0x1f7ebd98);
	CHECK_EQ_U64(host.firmware.efi.systab.smbios, 0x1f8bb000);
	if (CHECK(host.firmware.efi.map_count == 3)) {
		CHECK_EQ_U64(host.firmware.efi.map[1].type, 5);
		CHECK_EQ_U64(host.firmware.efi.map[1].phys_addr, 0x1e9ed000);
		CHECK_EQ_U64(host.firmware.efi.map[1].virt_addr, 0xfffffffeffdd0000);
		CHECK_EQ_U64(host.firmware.efi.map[1].num_pages, 0x100);
		CHECK_EQ_U64(host.firmware.efi.map[1].attribute, 0x800000000000000f);
		CHECK_EQ_U64(host.firmware.efi.map[2].phys_addr, 0xffc00000);
	}
	host_deinit(&host);
}

TEST(no_efi)
{
	struct efi_handover efi;

	if (!open_host("x86_64-512m"))
		return;
	CHECK(!host.firmware.efi.bits && !host.firmware.efi.map_count);
	efi = efi_handover(&host, &image, false, false);
	CHECK(!efi.why_not && !efi.map.size);
	efi = efi_handover(&host, &image, true, true);
	CHECK(!efi.why_not && !efi.map.size);
	host_deinit(&host);
}

/* One file of the runtime map is @text. */
static void reads_as(const char *name, const char *text, const char *pattern)
{
	struct efi_handover efi;
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s" RUNTIME_MAP "%s", host_root("x86_64-efi"), name);
	out = fopen(path, "w");
	if (!CHECK(out))
		return;
	fputs(text, out);
	fclose(out);
	if (!open_host("x86_64-efi"))
		return;
	efi = efi_handover(&host, &image, false, false);
	CHECK(!efi.map.size && !host.firmware.efi.map_count);
	if (CHECK(efi.why_not))
		CHECK_MATCH(efi.why_not, pattern);
	host_deinit(&host);
}

static void again(void)
{
	char command[512];

	snprintf(command, sizeof(command), "'%s/tests/hosts/make' %s x86_64-efi",
		 getenv("SRC") ? getenv("SRC") : ".", host_root(""));
	CHECK(!system(command));
}

TEST(a_map_that_makes_no_sense)
{
	host_root("x86_64-efi");
	reads_as("1/phys_addr", "0x1e9ed123\n", "*/runtime-map/1: does not start at a page");
	again();
	reads_as("2/virt_addr", "0x1\n", "*/runtime-map/2: does not start at a page");
	again();
	reads_as("0/num_pages", "0x0\n", "*/runtime-map/0: has 0 pages");
	again();
	reads_as("0/num_pages", "0x10000000000000\n",
		 "*/runtime-map/0: has 4503599627370496 pages");
	again();
	reads_as("0/num_pages", "0xfffffffffffff\n", "*/runtime-map/0: has 4503599627370495 pages");
	again();
	reads_as("1/attribute", "much\n", "*/runtime-map/1/attribute: cannot read a number");
	again();
}

static void left_out(bool confined, bool unwanted, const char *pattern)
{
	struct efi_handover efi = efi_handover(&host, &image, confined, unwanted);

	CHECK(!efi.map.size);
	if (CHECK(efi.why_not))
		CHECK_MATCH(efi.why_not, pattern);
}

TEST(each_reason_to_leave_it_out)
{
	uint64_t kept;

	if (!open_host("x86_64-efi"))
		return;
	left_out(false, true, "--noefi was given");
	left_out(true, false, "*KASLR*leave the window");
	image.has_efi_kexec = false;
	left_out(false, false, "*XLF_EFI_KEXEC*");
	image.has_64bit_entry = false;
	left_out(false, false, "an i386 kernel cannot take over*");
	image.has_efi_kexec = true;
	image.has_64bit_entry = true;
	host.arch = HOST_I386;
	left_out(false, false, "*the running kernel is an i386 one*");
	host.arch = HOST_X86_64;
	host.firmware.efi.bits = 32;
	left_out(false, false, "32-bit firmware*");
	host.firmware.efi.bits = 64;
	kept = host.firmware.efi.map[2].virt_addr;
	host.firmware.efi.map[2].virt_addr = 0;
	left_out(false, false, "*lacks an address*");
	host.firmware.efi.map[2].virt_addr = kept;
	host.firmware.efi.tables = 0;
	left_out(false, false, "*lacks an address*");
	host.firmware.efi.map_count = 0;
	left_out(false, false, "*CONFIG_EFI_RUNTIME_MAP=y*");
	host_deinit(&host);
}

/* The content of the first node of @type in the list at @paddr, which lies in @s. */
static struct bytes find_node(const struct segment *s, uint64_t paddr, uint32_t type)
{
	struct setup_data node;
	struct bytes data = { 0 };

	for (unsigned n = 0; paddr && n < 8; n++, paddr = node.next) {
		if (!CHECK(bytes_copy(s->data, paddr - s->paddr, &node, sizeof(node))))
			break;
		if (node.type == type &&
		    CHECK(bytes_sub(s->data, paddr - s->paddr + sizeof(node), node.len, &data)))
			break;
	}
	return data;
}

static bool lay_out(struct plan *p, struct request *r)
{
	struct layout_linux in = {
		.image = &image, .host = &host, .request = r, .cmdline = "console=ttyS0"
	};

	return begin_on(p, PLAN_LOAD, &host) &&
	       CHECK(host_free_ram(&host, &p->ram, &e) && memmap_copy(&p->next, &host.iomem.map)) &&
	       CHECK(layout_linux(p, &in, &e));
}

TEST(what_the_next_kernel_finds)
{
	struct request request = { .mem_max = UINT64_MAX };
	const struct boot_params *page;
	const struct efi_info *info;
	struct efi_setup_data data;
	struct segment *s;
	struct bytes map, node;
	struct plan plan;

	if (!open_host("x86_64-efi"))
		return;
	if (lay_out(&plan, &request)) {
		s = plan_find(&plan, "boot_params");
		page = (const struct boot_params *)s->data.data;
		info = &page->efi_info;
		CHECK_EQ_U64(page->secure_boot, 2);
		CHECK_EQ_U64(info->loader_signature, EFI_LOADER_SIGNATURE_64);
		CHECK_EQ_U64(info->systab, 0x1f7ec018);
		CHECK_EQ_U64(info->systab_hi, 0);
		CHECK_EQ_U64(info->memdesc_size, 40);
		CHECK_EQ_U64(info->memdesc_version, 1);
		CHECK_EQ_U64(info->memmap_size, 120);
		CHECK_EQ_U64(info->memmap % 8, 0);
		if (CHECK(bytes_sub(s->data,
				    ((uint64_t)info->memmap_hi << 32 | info->memmap) - s->paddr,
				    info->memmap_size, &map)))
			CHECK(!memcmp(map.data, host.firmware.efi.map, 120));
		node = find_node(s, page->hdr.setup_data, SETUP_EFI);
		if (CHECK(node.size == sizeof(data))) {
			memcpy(&data, node.data, sizeof(data));
			CHECK_EQ_U64(data.fw_vendor, 0x1f9dd318);
			CHECK_EQ_U64(data.tables, 0x1f7ebd98);
			CHECK_EQ_U64(data.smbios, 0x1f8bb000);
		}
		CHECK_EQ_U64(plan.efi_regions, 3);
		CHECK(!plan.efi_why_not);
	}
	plan_deinit(&plan);
	host_deinit(&host);
}

TEST(noefi)
{
	struct request request = { .mem_max = UINT64_MAX, .noefi = true };
	const struct boot_params *page;
	struct segment *s;
	struct plan plan;

	if (!open_host("x86_64-efi"))
		return;
	if (lay_out(&plan, &request)) {
		s = plan_find(&plan, "boot_params");
		page = (const struct boot_params *)s->data.data;
		CHECK(!page->efi_info.loader_signature && !page->efi_info.memmap_size);
		CHECK(!find_node(s, page->hdr.setup_data, SETUP_EFI).size);
		CHECK_EQ_U64(page->secure_boot, 2);
		CHECK_EQ_U64(page->acpi_rsdp_addr, 0x1fb7d014);
		CHECK(!plan.efi_regions && plan.efi_why_not);
	}
	plan_deinit(&plan);
	host_deinit(&host);
}

TEST_MAIN
