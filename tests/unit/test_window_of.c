/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "image_core.h"
#include "jump.h"
#include "layout_linux.h"
#include "plans.h"
#include "purgatory.h"
#include "saved.h"
#include "window_of.h"

/* A raw record's bytes. */
#define RAW(raw) ((struct bytes){ (const uint8_t *)&(raw), sizeof(raw) })

static struct host host;
static struct request request;
static struct plan plan;
static struct err e;

static struct linux_kernel image(bool is64)
{
	return (struct linux_kernel){
		.protocol = 0x20f,
		.has_64bit_entry = is64,
		.relocatable = true,
		.align = 2 * MIB,
		.preferred = 16 * MIB,
		.init_size = 32 * MIB,
		.cmdline_max = 2047,
		.initrd_max = 0x7fffffff,
	};
}

static bool open_host(const char *name)
{
	request = (struct request){ .mem_max = UINT64_MAX };
	return CHECK(host_read(&host, host_root(name), HOST_ALL, &e));
}

static void close_host(void)
{
	plan_deinit(&plan);
	host_deinit(&host);
}

static bool confine(const struct record *record, bool is64)
{
	struct linux_kernel kernel = image(is64);

	plan_deinit(&plan);
	begin_on(&plan, PLAN_LOAD, &host);
	return window_of_plan(&plan, record, &host, &request, &kernel, &e);
}

static bool record_of(const char *words, struct record *record)
{
	return image_core_read_record(saved_make("x86_64-512m", words), NULL, record, &e);
}

/* The kernel that restores gets the very map of the kernel that saved. */
static void same_map_as_the_jump(const char *name, bool is64)
{
	struct linux_kernel kernel = image(is64);
	struct kernel_memory memory;
	struct plan jump_plan;
	struct record record;
	struct jump jump = {
		.plan = &jump_plan,
		.host = &host,
		.kernel = &memory,
		.request = &request,
	};
	char *cmdline = strdup("");

	if (!open_host(name) || !CHECK(kernel_memory_open(&memory, &host, &e)))
		return;
	begin_on(&jump_plan, PLAN_LOAD_JUMP, &host);
	if (CHECK(jump_prepare(&jump, &kernel, 5 * MIB, &cmdline, &e)) &&
	    CHECK(record_parse(&record, RAW(jump.record), &e)) && CHECK(confine(&record, is64)) &&
	    CHECK_EQ_U64(plan.next.count, jump_plan.next.count)) {
		for (size_t i = 0; i < plan.next.count; i++) {
			CHECK_EQ_U64(plan.next.at[i].range.start, jump_plan.next.at[i].range.start);
			CHECK_EQ_U64(plan.next.at[i].range.last, jump_plan.next.at[i].range.last);
			CHECK_EQ_U64(plan.next.at[i].type, jump_plan.next.at[i].type);
		}
		CHECK(!(backend_load_flags(&plan) & 0xffff));
		CHECK_EQ_U64(plan.window.start, jump_plan.window.start);
	}
	plan_deinit(&jump_plan);
	kernel_memory_close(&memory);
	free(cmdline);
	close_host();
}

TEST(same_map_as_the_jumps)
{
	same_map_as_the_jump("x86_64-512m", true);
	same_map_as_the_jump("x86_64-6g", true);
	same_map_as_the_jump("i386-512m", false);
	same_map_as_the_jump("i386-pae-6g", false);
}

TEST(nothing_outside_and_nothing_on_the_gate)
{
	static const uint8_t bytes[64 * 1024] = { 1 };
	struct linux_kernel kernel = image(true);
	struct layout_linux in = {
		.image = &kernel,
		.host = &host,
		.request = &request,
		.cmdline = "",
		.initrd = { bytes, sizeof(bytes) },
	};
	struct record record;

	if (!open_host("x86_64-512m") || !CHECK(record_of("", &record)) ||
	    !CHECK(confine(&record, true)))
		return;
	kernel.kernel = (struct bytes){ bytes, sizeof(bytes) };
	if (CHECK(layout_linux(&plan, &in, &e)) && CHECK(purgatory_place(&plan, &e))) {
		CHECK_EQ_U64(plan.segment_count, 4);
		for (size_t i = 0; i < plan.segment_count; i++) {
			const struct segment *s = &plan.segments[i];
			struct range r = { s->paddr, s->paddr + s->memsz - 1 };

			CHECK(range_contains(plan.window, r));
			CHECK(!range_overlaps(record.lent.gate, r) &&
			      !range_overlaps(record.lent.headers, r));
		}
		CHECK(plan_check(&plan, &e));
	}
	close_host();
}

TEST(other_machines)
{
	static const struct {
		const char *words, *error;
	} others[] = {
		{ "ram_bytes=0x1ff7f000", "saved on a machine with 511.5 MiB of RAM (536342528 *" },
		{ "firmware_map=$(printf '%064d')",
		  "saved with another memory map of the firmware: *" },
		{ "cpu_vendor=$(printf '%024d')", "*another vendor (this one is of AuthenticAMD)" },
		{ "cpu_signature=0x12345",
		  "*another CPU model (CPUID signature 0x12345, here 0x60fb1)" },
		{ "cpu_features=$(printf '%016d02%046d')",
		  "this CPU lacks features *(CPUID 7.ebx: 0x2)" },
		{ "machine=3 paging_levels=2",
		  "the saved kernel is i386, but this one is x86_64*" },
		{ "window=0x1c000000-0x1fffffff",
		  "*, which the saved kernel had lent, is not RAM here" },
	};
	struct record record;

	if (!open_host("x86_64-512m"))
		return;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (CHECK(record_of(others[i].words, &record)))
			CHECK_FAILS(confine(&record, true), &e, others[i].error);
	}
	if (CHECK(record_of("", &record)))
		CHECK_FAILS(confine(&record, false), &e,
			    "*saved kernel is x86_64 and must be restored from a kernel *");
	close_host();
}

TEST(which_files_have_a_record)
{
	static const struct {
		const char *words, *error; /* NULL: good */
	} files[] = {
		{ "", NULL },
		{ "state=valid", NULL },
		{ "state=stream", NULL },
		{ "state=empty", "holds no complete image (state: empty)" },
		{ "state=writing", "holds no complete image (state: writing)" },
		{ "state=consumed", "was restored before*" },
		{ "state=valid flags=2", "saved with --for-analysis*" },
		{ "state=valid magic=00", "the jump record is damaged: its magic is wrong" },
		{ "state=valid version=2", "the jump record is of version 2, 416 bytes*" },
		{ "state=valid size=400", "the jump record is of version 1, 400 bytes*" },
		{ "state=valid gate_start=0x13fe1000", "the jump record is damaged*" },
		{ "state=valid entry=0x13fe0000", "the jump record is damaged*" },
		{ "state=valid window_last=0x13fffffe", "the jump record is damaged*" },
		{ "state=valid headers_last=0x14000fff", "the jump record is damaged*" },
		{ "state=valid low_last=0xfffff", "the jump record is damaged*" },
		{ "state=valid low_start=0xa000000000000000", "the jump record is damaged*" },
		{ "entry=0x13fe0000", "the jump record is damaged*" },
		{ "state=valid | tr V W", "the header page is damaged*" },
		{ "state=valid | head -c 4000", "ends before offset 0x1000" },
		{ "state=valid | sed d", "ends before offset 0x4" },
	};
	struct record record;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!files[i].error)
			CHECK(record_of(files[i].words, &record));
		else
			CHECK_FAILS(record_of(files[i].words, &record), &e, files[i].error);
	}
	CHECK_FAILS(image_core_read_record("/nonexistent/image", NULL, &record, &e), &e,
		    "cannot open: No such file or directory");
	CHECK_FAILS(image_core_read_record("/dev/zero", NULL, &record, &e), &e,
		    "not a file or a block device");
}

TEST_MAIN
