/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "extent.h"
#include "test.h"

static struct extent many[] = {
	{ 0x5000, 0x10, 1 },
	{ 0x1000, 0x1000, 0x1000 },
	{ 0x2000, 0x2000, 0x10 },
	{ 0x4000, UINT64_MAX - 0xf, 0x10 },
};
static struct extents all = { many, sizeof(many) / sizeof(many[0]) };

TEST(by_address)
{
	extents_sort_by_paddr(&all);
	CHECK_EQ_U64(extents_from_paddr(&all, 0), 0);
	CHECK_EQ_U64(extents_from_paddr(&all, 0x10), 0);
	CHECK_EQ_U64(extents_from_paddr(&all, 0x11), 1);
	CHECK_EQ_U64(extents_from_paddr(&all, 0x1fff), 1);
	CHECK_EQ_U64(extents_from_paddr(&all, 0x2000), 2);
	CHECK_EQ_U64(extents_from_paddr(&all, 0x2010), 3);
	CHECK_EQ_U64(extents_from_paddr(&all, UINT64_MAX), 3);
	CHECK(!extents_find(&all, 0xf));
	CHECK(extents_find(&all, 0x10) == &all.at[0]);
	CHECK(!extents_find(&all, 0x11));
	CHECK(extents_find(&all, 0x1fff) == &all.at[1]);
	CHECK(!extents_find(&all, 0x2010));
	CHECK(extents_find(&all, UINT64_MAX) == &all.at[3]);
}

TEST(by_offset)
{
	extents_sort_by_offset(&all);
	CHECK_EQ_U64(extents_from_offset(&all, 0x1fff), 0);
	CHECK_EQ_U64(extents_from_offset(&all, 0x2000), 1);
	CHECK_EQ_U64(extents_from_offset(&all, 0x2010), 2);
	CHECK_EQ_U64(extents_from_offset(&all, 0x5000), 3);
	CHECK_EQ_U64(extents_from_offset(&all, 0x5001), 4);
	CHECK_EQ_U64(extents_from_offset(&(struct extents){ 0 }, 0), 0);
}

/* What two headers have comes from the one that begins first; the last byte of 2^64 is left out. */
TEST(of_a_core)
{
	struct elfcore_load loads[] = {
		{ .paddr = 0x3000, .memsz = 0x4000, .filesz = 0x4000, .offset = 0x9000 },
		{ .paddr = 0x2000, .memsz = 0x2000, .filesz = 0x2000, .offset = 0x1000 },
		{ .paddr = 0x4000, .memsz = 0x1000, .filesz = 0x1000, .offset = 0x5000 },
		{ .paddr = 0x8000, .memsz = 0x1000, .filesz = 0 },
		{ .paddr = UINT64_MAX - 0xfff, .memsz = 0x2000, .filesz = 0x2000 },
	};
	struct elfcore core = { .loads = loads, .load_count = 5 };
	struct extents x = { 0 };
	struct err e;

	if (!CHECK(extents_of_core(&x, &core, &e)) || !CHECK_EQ_U64(x.count, 3))
		return;
	CHECK(x.at[0].paddr == 0x2000 && x.at[0].size == 0x2000 && x.at[0].offset == 0x1000);
	CHECK(x.at[1].paddr == 0x4000 && x.at[1].size == 0x3000 && x.at[1].offset == 0xa000);
	CHECK(x.at[2].paddr == UINT64_MAX - 0xfff && x.at[2].size == 0xfff);
	extents_deinit(&x);
	CHECK(!x.at && !x.count);
}

TEST_MAIN
