/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <string.h>

#include "elfcore_write.h"
#include "purgatory_abi.h"
#include "record.h"
#include "test.h"
#include "x86.h"

static struct record record;
static struct err e;

static struct jump_record good(void)
{
	return (struct jump_record){
		.magic = JUMP_RECORD_MAGIC,
		.version = JUMP_RECORD_VERSION,
		.size = sizeof(struct jump_record),
		.machine = EM_X86_64,
		.paging_levels = 5,
		.free_content = FREE_CONTENT_MATTERS,
		.entry = 0x13fe0000 + GATE_REENTRY,
		.gate_start = 0x13fe0000,
		.gate_last = 0x13fe0000 + GATE_SIZE - 1,
		.window_start = 0x10000000,
		.window_last = 0x13ffffff,
		.low_start = 0x1000,
		.low_last = 0x9efff,
		.headers_start = 0x13ff0000,
		.headers_last = 0x13ffffff,
		.text_start = 0x1000000,
		.text_last = 0x2345678,
		.ram_bytes = 512 * MIB,
		.release = "6.12.0",
		.build = "#1 SMP",
		.firmware_map = { 1, 2, 3 },
		.cpu_vendor = { 1, 2, 3 },
		.cpu_signature = 0x60fb1,
		.cpu_features = { 1, 2, 3, 4, 5, 6, 7 },
	};
}

static bool parse(const struct jump_record *raw)
{
	return record_parse(&record, (struct bytes){ (const uint8_t *)raw, sizeof(*raw) }, &e);
}

TEST(all_of_it)
{
	struct jump_record raw = good();

	memset(raw.build, 'x', sizeof(raw.build));
	if (!CHECK(parse(&raw)))
		return;
	CHECK_EQ_U64(record.machine, EM_X86_64);
	CHECK_EQ_U64(record.paging_levels, 5);
	CHECK_EQ_U64(record.free_content, FREE_CONTENT_MATTERS);
	CHECK_EQ_U64(record.entry, 0x13fe0040);
	CHECK_EQ_U64(record.lent.window.start, 0x10000000);
	CHECK_EQ_U64(record.lent.window.last, 0x13ffffff);
	CHECK_EQ_U64(record.lent.low.start, 0x1000);
	CHECK_EQ_U64(record.lent.low.last, 0x9efff);
	CHECK_EQ_U64(record.lent.gate.start, 0x13fe0000);
	CHECK_EQ_U64(record.lent.gate.last, 0x13feffff);
	CHECK_EQ_U64(record.lent.headers.start, 0x13ff0000);
	CHECK_EQ_U64(record.lent.headers.last, 0x13ffffff);
	CHECK_EQ_U64(record.text.start, 0x1000000);
	CHECK_EQ_U64(record.text.last, 0x2345678);
	CHECK_EQ_U64(record.ram_bytes, 512 * MIB);
	CHECK_STR(record.release, "6.12.0");
	CHECK_EQ_U64(strlen(record.build), sizeof(raw.build) - 1);
	CHECK(!memcmp(record.firmware_map, raw.firmware_map, sizeof(raw.firmware_map)));
	CHECK(!memcmp(record.cpu_vendor, raw.cpu_vendor, sizeof(raw.cpu_vendor)));
	CHECK_EQ_U64(record.cpu_signature, 0x60fb1);
	CHECK(!memcmp(record.cpu_features, raw.cpu_features, sizeof(raw.cpu_features)));
}

TEST(damage)
{
	struct jump_record raw;

#define WITH(change, error) \
	do { \
		raw = good(); \
		change; \
		CHECK_FAILS(parse(&raw), &e, error); \
	} while (0)
#define DAMAGED "the jump record is damaged: "
	WITH(memset(&raw, 0, sizeof(raw)), "no jump record: not an image of a kernel that jumped");
	WITH(raw.magic[0] = 0, DAMAGED "its magic is wrong");
	WITH(raw.version = 2, "the jump record is of version 2, 416 bytes; this program knows *");
	WITH(raw.size = 8, "the jump record is of version 1, 8 bytes; this program knows *");
	WITH(raw.machine = EM_ARM, DAMAGED "its machine 40 is not one that jumps");
	WITH(raw.paging_levels = 0, DAMAGED "an x86_64 kernel does not have 0 levels of *");
	WITH(raw.paging_levels = 3, DAMAGED "an x86_64 kernel does not have 3 levels of *");
	WITH(raw.paging_levels = 6, DAMAGED "an x86_64 kernel does not have 6 levels of *");
	WITH(raw.machine = EM_386, DAMAGED "an i386 kernel does not have 5 levels of *");
	WITH(raw.machine = EM_386;
	     raw.paging_levels = 1, DAMAGED "an i386 kernel does not have 1 levels of *");
	WITH(raw.free_content = 3, DAMAGED "its word for the content of free pages, 3, is *");
	WITH(raw.window_start++, DAMAGED "its window 0x10000001-0x13ffffff is not a range of *");
	WITH(raw.window_start = 0x14000000, DAMAGED "its window 0x14000000-0x13ffffff is not a *");
	WITH(raw.window_start = 0xff000, DAMAGED "its window 0xff000-0x13ffffff is not within *");
	WITH(raw.window_last = (UINT64_C(1) << 53) - 1, DAMAGED "its window * is not within *");
	WITH(raw.machine = EM_386; raw.paging_levels = 2;
	     raw.window_last = 0x100000fff,
	     DAMAGED "its window 0x10000000-0x100000fff is not within 0x100000-0xffffffff");
	WITH(raw.machine = EM_386; raw.paging_levels = 3;
	     raw.window_last = 0x1000000fff,
	     DAMAGED "its window 0x10000000-0x1000000fff is not within 0x100000-0xfffffffff");
	WITH(raw.gate_start = 0x13fe0800, DAMAGED "its gate 0x13fe0800-0x13feffff is not a *");
	WITH(raw.gate_start = 0xfff0000;
	     raw.gate_last = 0xfffffff,
	     DAMAGED "its gate 0xfff0000-0xfffffff is not within 0x10000000-0x13ffffff");
	WITH(raw.gate_start -= 0x1000, DAMAGED "its gate has 0x11000 bytes, not 0x10000");
	WITH(raw.entry++, DAMAGED "its entry 0x13fe0041 is not that of its gate, 0x13fe0040");
	WITH(raw.headers_last = 0x14000fff, DAMAGED "its headers * is not within *");
	WITH(raw.headers_last--, DAMAGED "its headers * is not a range of whole pages");
	WITH(raw.headers_start = 0x13fef000, DAMAGED "its headers lie on its gate");
	WITH(raw.low_start = 0, DAMAGED "its low RAM 0-0x9efff is not within 0x1000-0x9ffff");
	WITH(raw.low_last = 0xfffff, DAMAGED "its low RAM 0x1000-0xfffff is not within *");
	WITH(raw.low_last = 0, DAMAGED "its low RAM 0x1000-0 is not a range of whole pages");
	WITH(raw.ram_bytes = 0, DAMAGED "it lent 0x409e000 bytes of 0 bytes of RAM");
	WITH(raw.ram_bytes = 0x409e000, DAMAGED "it lent 0x409e000 bytes of 0x409e000 bytes *");
	WITH(raw.text_start = UINT64_MAX, DAMAGED "its kernel's text is at 0xffff*");
	WITH(raw.text_last = UINT64_MAX, DAMAGED "its kernel's text is at 0x1000000-*");
	WITH(raw.window_last = 0x1ffffffff; raw.gate_start += UINT64_C(1) << 32;
	     raw.gate_last += UINT64_C(1) << 32; raw.entry += UINT64_C(1) << 32;
	     raw.ram_bytes <<= 8, DAMAGED "its gate is not below 4 GiB");
#undef WITH
	raw = good();
	CHECK_FAILS(record_parse(&record, (struct bytes){ (uint8_t *)&raw, 415 }, &e), &e,
		    DAMAGED "it ends after 415 bytes");
}

TEST(what_need_not_be_there)
{
	struct jump_record raw = good();

	raw.low_start = raw.low_last = 0;
	raw.text_start = raw.text_last = 0;
	raw.machine = EM_386;
	raw.paging_levels = 2;
	if (!CHECK(parse(&raw)))
		return;
	CHECK(!record.lent.low.last && !record.text.last);
	CHECK(!lent_has(&record.lent, 0) && !lent_has(&record.lent, 0x1000));
	CHECK_EQ_U64(lent_bytes(&record.lent), 0x4000000);
}

TEST(in_a_core)
{
	const struct jump_record raw = good();
	struct elfcore core = { .machine = EM_X86_64 };

	CHECK_FAILS(record_of_core(&record, &core, &e), &e, "no jump record: *");
	CHECK(elfcore_add_note(&core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE,
			       (struct bytes){ (const uint8_t *)&raw, sizeof(raw) }));
	CHECK(record_of_core(&record, &core, &e));
	core.machine = EM_386;
	CHECK_FAILS(record_of_core(&record, &core, &e), &e,
		    "the jump record and the core are of different architectures");
	elfcore_deinit(&core);
}

TEST(what_was_lent)
{
	const struct jump_record raw = good();
	const struct lent *l = &record.lent;
	struct ranges all = {};
	uint64_t at = 0;

	if (!CHECK(parse(&raw)))
		return;
	CHECK(!lent_has(l, 0xfff) && lent_has(l, 0x1000) && lent_has(l, 0x9efff) &&
	      !lent_has(l, 0x9f000));
	CHECK(!lent_has(l, 0xfffffff) && lent_has(l, 0x10000000) && lent_has(l, 0x13ffffff) &&
	      !lent_has(l, 0x14000000));
	CHECK(!lent_overlaps(l, (struct range){ 0x9f000, 0xfffffff }));
	CHECK(lent_overlaps(l, (struct range){ 0x9f000, 0x10000000 }));

	CHECK(!lent_but_gate(l, l->gate, &at));
	CHECK(!lent_but_gate(l, (struct range){ 0x9f000, 0xfffffff }, &at));
	CHECK(lent_but_gate(l, (struct range){ 0, 0x1000 }, &at));
	CHECK_EQ_U64(at, 0x1000);
	CHECK(lent_but_gate(l, (struct range){ 0x13fe0000, 0x13ff0000 }, &at));
	CHECK_EQ_U64(at, 0x13fe0000);
	CHECK(lent_but_gate(l, (struct range){ 0x13ffffff, 0x20000000 }, &at));
	CHECK_EQ_U64(at, 0x13ffffff);

	CHECK(lent_add(l, &all));
	CHECK_EQ_U64(all.count, 2);
	CHECK_EQ_U64(ranges_size(&all), lent_bytes(l));
	ranges_deinit(&all);
}

TEST_MAIN
