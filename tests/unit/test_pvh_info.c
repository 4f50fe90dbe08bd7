/* SPDX-License-Identifier: GPL-2.0-only */
#include "plans.h"
#include "pvh.h"
#include "pvh_info.h"

static struct plan p;
static struct host h;
static struct err e;

static void begin(void)
{
	plan_deinit(&p);
	begin_plan(&p, PLAN_LOAD, 32);
	ranges_add(&p.ram, (struct range){ MIB, 64 * MIB - 1 });
	memmap_set(&p.next, (struct range){ 0, 0x9fbff }, MEM_RAM);
	memmap_set(&p.next, (struct range){ 0xf0000, 0xfffff }, MEM_RESERVED);
	memmap_set(&p.next, (struct range){ MIB, 64 * MIB - 1 }, MEM_RAM);
}

TEST(all_that_linux_reads)
{
	const struct pvh_wants w = {
		.host = &h,
		.cmdline = "console=ttyS0",
		.initrd_at = 0x2000000,
		.initrd_size = 0x123,
	};
	struct pvh_start_info info;
	struct pvh_module module;
	struct pvh_map_entry entry;
	const uint8_t *at;
	struct segment *s;

	begin();
	h.firmware.rsdp = 0xf5a00;
	if (!CHECK(pvh_info_add(&p, &w, &e)))
		return;
	s = plan_find(&p, "start info");
	CHECK_EQ_U64(p.boot_params, s->paddr);
	CHECK_EQ_U64(p.magic_eax, 0x336ec578);
	at = s->data.data;
	memcpy(&info, at, sizeof(info));
	CHECK_EQ_U64(info.magic, 0x336ec578);
	CHECK(info.version == 1 && !info.flags && info.module_count == 1);
	CHECK_EQ_U64(info.rsdp, 0xf5a00);
	CHECK_STR((const char *)at + (info.cmdline - s->paddr), "console=ttyS0");
	memcpy(&module, at + (info.modules - s->paddr), sizeof(module));
	CHECK(module.paddr == 0x2000000 && module.size == 0x123);
	CHECK_EQ_U64(info.map_entries, 3);
	memcpy(&entry, at + (info.map - s->paddr) + sizeof(entry), sizeof(entry));
	CHECK(entry.addr == 0xf0000 && entry.size == 0x10000 && entry.type == 2);
	CHECK_EQ_U64(info.cmdline - s->paddr + sizeof("console=ttyS0"), s->data.size);
	plan_deinit(&p);
}

TEST(too_much_for_linux)
{
	const struct pvh_wants w = { .host = &h, .cmdline = "" };

	begin();
	for (uint64_t i = 0; i < 125; i++)
		memmap_set(&p.next, range_of((64 + i) * MIB, MIB), i % 2 ? MEM_NVS : MEM_ACPI);
	CHECK_FAILS(pvh_info_add(&p, &w, &e), &e,
		    "the memory map has 128 entries, but a kernel takes 127 at its PVH entry");
	plan_deinit(&p);
}

TEST_MAIN
