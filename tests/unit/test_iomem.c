/* SPDX-License-Identifier: GPL-2.0-only */
#include "iomem.h"
#include "test.h"

TEST(iomem_types_and_nesting)
{
	static const char text[] = "00001000-0009fbff : System RAM\n"
				   "0009fc00-0009ffff : Reserved\n"
				   "000a0000-000bffff : PCI Bus 0000:00\n"
				   "00100000-1ffdffff : System RAM\n"
				   "  01000000-017fffff : Kernel code\n"
				   "  01800000-01a3efff : Kernel rodata\n"
				   "  01c00000-01cc0e3f : Kernel data\n"
				   "  01fc1000-021fffff : Kernel bss\n"
				   "  0a000000-0a000fff : Reserved\n"
				   "  10000000-13ffffff : Crash kernel\n"
				   "1ffe0000-1ffeffff : ACPI Tables\n"
				   "1fff0000-1fffffff : ACPI Non-volatile Storage\n"
				   "20000000-febfffff : PCI Bus 0000:00\n"
				   "  30000000-30000fff : System RAM (kmem)\n"
				   "  40000000-4fffffff : System RAM\n"
				   "100000000-17fffffff : Persistent Memory\n"
				   "180000000-1ffffffff : Soft Reserved\n"
				   "200000000-20000ffff : Unusable memory";
	static const struct mem_entry want[] = {
		{ { 0x1000, 0x9fbff }, MEM_RAM },
		{ { 0x9fc00, 0x9ffff }, MEM_RESERVED },
		{ { 0x100000, 0x9ffffff }, MEM_RAM },
		{ { 0xa000000, 0xa000fff }, MEM_RESERVED },
		{ { 0xa001000, 0x1ffdffff }, MEM_RAM },
		{ { 0x1ffe0000, 0x1ffeffff }, MEM_ACPI },
		{ { 0x1fff0000, 0x1fffffff }, MEM_NVS },
		{ { 0x100000000, 0x17fffffff }, MEM_PMEM },
		{ { 0x180000000, 0x1ffffffff }, MEM_SOFT_RESERVED },
		{ { 0x200000000, 0x20000ffff }, MEM_UNUSABLE },
	};
	struct iomem m;
	struct err e;

	if (!CHECK(iomem_parse(&m, text, &e)))
		return;
	CHECK_EQ_U64(m.map.count, sizeof(want) / sizeof(*want));
	for (size_t i = 0; i < m.map.count && i < sizeof(want) / sizeof(*want); i++) {
		CHECK_EQ_U64(m.map.at[i].range.start, want[i].range.start);
		CHECK_EQ_U64(m.map.at[i].range.last, want[i].range.last);
		CHECK_EQ_U64(m.map.at[i].type, want[i].type);
	}
	CHECK(m.has_kernel);
	CHECK_EQ_U64(m.kernel.start, 0x1000000);
	CHECK_EQ_U64(m.kernel.last, 0x21fffff);
	CHECK(m.has_crash_kernel && !m.has_crash_kernel_low);
	CHECK_EQ_U64(m.crash_kernel.start, 0x10000000);
	iomem_deinit(&m);
}

TEST(iomem_two_crash_kernels)
{
	struct iomem m;
	struct err e;

	CHECK(iomem_parse(&m,
			  "1000-ffffffffff : System RAM\n"
			  "  2000000-2ffffff : Crash kernel\n"
			  "  200000000-20fffffff : Crash kernel\n",
			  &e));
	CHECK(m.has_crash_kernel && m.has_crash_kernel_low);
	CHECK_EQ_U64(m.crash_kernel.start, 0x200000000);
	CHECK_EQ_U64(m.crash_kernel.last, 0x20fffffff);
	CHECK_EQ_U64(m.crash_kernel_low.start, 0x2000000);
	CHECK_EQ_U64(m.crash_kernel_low.last, 0x2ffffff);
	iomem_deinit(&m);
}

TEST(iomem_errors)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{ "", "lists no System RAM" },
		{ "\n", "line 1 is not *" },
		{ "a0000-bffff : PCI Bus 0000:00\n", "lists no System RAM" },
		{ "0-0 : System RAM\n0-0 : Reserved\n", "*hidden*root*" },
		{ "1000-1fff : System RAM\n2000 : Reserved\n", "line 2 is not *" },
		{ "2000-1fff : System RAM\n", "line 1 is not *" },
		{ "0-10000000000000000 : System RAM\n", "line 1 is not *" },
		{ "0x0-0xfff : System RAM\n", "line 1 is not *" },
		{ "1000-1fff: System RAM\n", "line 1 is not *" },
		{ "-1 : System RAM\n", "line 1 is not *" },
	};
	struct iomem m;
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK_FAILS(iomem_parse(&m, bad[i].text, &e), &e, bad[i].error);
		iomem_deinit(&m);
	}
	CHECK(iomem_parse(&m, "0-ffffffffffffffff : System RAM", &e));
	iomem_deinit(&m);
}

/* Whose memory it is, as who writes to memory wants to know it. */
TEST(own_and_reserved)
{
	static const char text[] = "00000000-00000fff : Reserved\n"
				   "00001000-0009fbff : System RAM\n"
				   "0009fc00-0009ffff : Reserved\n"
				   "000a0000-000bffff : PCI Bus 0000:00\n"
				   "  000b0000-000b0fff : Reserved\n"
				   "00100000-0fffffff : reserved\n"
				   "10000000-15fedfff : System RAM\n"
				   "  11000000-11e00fff : Kernel code\n"
				   "  12000000-12000fff : Reserved\n"
				   "15fee000-1fffffff : Reserved\n"
				   "  18000000-18ffffff : System RAM (virtio_mem)\n"
				   "80000000-8fffffff : Persistent Memory (legacy)\n"
				   "90000000-9fffffff : Unknown E820 type\n"
				   "fffc0000-ffffffff : Reserved\n"
				   "100000000-13fffffff : Reserved\n"
				   "140000000-14fffffff : System RAM (kmem)\n";
	static const struct range own[] = { { 0x1000, 0x9fbff },
					    { 0x10000000, 0x15fedfff },
					    { 0x18000000, 0x18ffffff },
					    { 0x140000000, 0x14fffffff } },
				  reserved[] = { { 0, 0xfff },
						 { 0x9fc00, 0x9ffff },
						 { 0x100000, 0xfffffff },
						 { 0x15fee000, 0x1fffffff },
						 { 0xfffc0000, 0x13fffffff } };
	struct iomem m;
	struct err e;

	if (!CHECK(iomem_parse(&m, text, &e)))
		return;
	CHECK_EQ_U64(m.own.count, sizeof(own) / sizeof(*own));
	for (size_t i = 0; i < m.own.count && i < sizeof(own) / sizeof(*own); i++) {
		CHECK_EQ_U64(m.own.at[i].start, own[i].start);
		CHECK_EQ_U64(m.own.at[i].last, own[i].last);
	}
	CHECK(m.has_added);
	CHECK_STR(m.added_name, "System RAM (virtio_mem)");
	CHECK_EQ_U64(m.added.start, 0x18000000);
	CHECK_EQ_U64(m.added.last, 0x18ffffff);
	CHECK_EQ_U64(m.reserved.count, sizeof(reserved) / sizeof(*reserved));
	for (size_t i = 0; i < m.reserved.count && i < sizeof(reserved) / sizeof(*reserved); i++) {
		CHECK_EQ_U64(m.reserved.at[i].start, reserved[i].start);
		CHECK_EQ_U64(m.reserved.at[i].last, reserved[i].last);
	}
	iomem_deinit(&m);
}

TEST(added_memory)
{
	static const struct {
		const char *text, *name; /* NULL: none was added */
	} cases[] = {
		{ "1000-1fff : System RAM\n  1000-10ff : Kernel code\n", NULL },
		{ "1000-1fff : System RAM\n2000-2fff : System RAM (kmem)\n", "System RAM (kmem)" },
		{ "1000-1fff : System RAM\n2000-2fff : Reserved\n  2000-2fff : System RAM\n",
		  "System RAM" },
		{ "1000-1fff : System RAM\n"
		  "2000-2fff : System RAM (a name much longer than any driver's)\n",
		  "System RAM (a name much longer " },
	};
	struct iomem m;
	struct err e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (CHECK(iomem_parse(&m, cases[i].text, &e))) {
			CHECK_EQ_U64(m.has_added, cases[i].name != NULL);
			CHECK_STR(m.added_name, cases[i].name ? cases[i].name : "");
		}
		iomem_deinit(&m);
	}
}

TEST_MAIN
