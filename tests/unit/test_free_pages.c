/* SPDX-License-Identifier: GPL-2.0-only */
#include "core.h"
#include "free_pages.h"
#include "test.h"

static struct err e;

/* Looks for free pages in all of the core; true unless memory ran out. */
static bool find(const struct fake *f, struct free_pages *out, struct range within)
{
	struct ranges all = { 0 };
	struct fake_peer p;
	bool ok;

	fake_open(&p, f);
	ok = ranges_add(&all, within) && free_pages_find(out, &p.kernel, &all, &e);
	ranges_deinit(&all);
	fake_close(&p);
	return ok;
}

static struct range whole(const struct fake *f)
{
	return (struct range){ 0, f->size - 1 };
}

static bool is_free(const struct free_pages *p, uint64_t pfn)
{
	return ranges_contain(&p->free, (struct range){ pfn * PAGE, pfn * PAGE + PAGE - 1 });
}

/* Blocks of several orders; all else is in use. */
static void some_blocks(struct fake *f)
{
	set_buddy(f, 0x200, 0);
	set_buddy(f, 0x202, 1);
	set_buddy(f, 0x204, 2);
	set_buddy(f, 0x300, 8);
	set_buddy(f, 0x400, 10);
	set_buddy(f, f->size / PAGE - 1, 0);
}

static void check_blocks(const struct fake *f, const struct free_pages *p)
{
	CHECK_STR(p->note.text, "");
	CHECK_EQ_U64(p->count, 1 + 2 + 4 + 256 + 1024 + 1);
	CHECK_EQ_U64(ranges_size(&p->free), p->count * PAGE);
	for (uint64_t pfn = 0; pfn < f->size / PAGE; pfn++) {
		bool want = pfn == 0x200 || (pfn >= 0x202 && pfn < 0x208) ||
			    (pfn >= 0x300 && pfn < 0x800) || pfn == f->size / PAGE - 1;

		if (!CHECK_EQ_U64(is_free(p, pfn), want))
			break;
	}
}

TEST(flatmem)
{
	for (unsigned levels = 2; levels <= 5; levels++) {
		struct fake *f = fake_kernel(levels, 16 * MIB);
		struct free_pages p;

		make_flatmem(f, 0x180000, 0x17f000);
		some_blocks(f);
		load_all(f);
		CHECK(find(f, &p, whole(f)));
		check_blocks(f, &p);
		CHECK(!p.has_own_count);
		free_pages_deinit(&p);
		fake_free(f);
	}
}

/* ---- SPARSEMEM: sections of 4 MiB, struct pages behind a virtual address of their own ---- */

#define SECTION_BITS 22
#define SECTIONS     0x170000

/* The virtual address of @pfn's struct page is @vmemmap + pfn * size, as section_mem_map has it. */
static void sparse_info(struct fake *f, unsigned roots, unsigned physmem_bits)
{
	info(f,
	     "SYMBOL(mem_section)=%" PRIx64 "\nLENGTH(mem_section)=%u\nSIZE(mem_section)=%u\n"
	     "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=%u\n"
	     "NUMBER(MAX_PHYSMEM_BITS)=%u\n",
	     f->page_offset + SECTIONS, roots, 2 * word_bytes(f), SECTION_BITS, physmem_bits);
}

static void set_section(struct fake *f, uint64_t at, uint64_t vmemmap)
{
	put_word(f, at, vmemmap ? vmemmap | 3 : 0);
}

/* Maps struct pages of 4 KiB pages, in an order of their own, at a place outside the direct map. */
static uint64_t map_vmemmap(struct fake *f)
{
	uint64_t base = f->levels < 4	 ? 0xf0000000
			: f->levels == 4 ? 0xffffea0000000000
					 : 0xffd4000000000000;
	uint64_t bytes = f->size / PAGE * f->page_size;

	for (uint64_t at = 0; at < bytes; at += PAGE)
		map_page(f, base + at, f->mem_map + at, 12);
	return base;
}

TEST(sparsemem_static)
{
	for (unsigned levels = 2; levels <= 3; levels++) {
		struct fake *f = fake_kernel(levels, 16 * MIB);
		struct free_pages p;
		uint64_t base;

		make_mem_map(f, 0x180000);
		base = map_vmemmap(f);
		sparse_info(f, 1u << (32 - SECTION_BITS), 32);
		for (unsigned i = 0; i < 4; i++)
			set_section(f, SECTIONS + i * 2 * word_bytes(f), base);
		some_blocks(f);
		load_all(f);
		CHECK(find(f, &p, whole(f)));
		check_blocks(f, &p);
		free_pages_deinit(&p);
		fake_free(f);
	}
}

TEST(sparsemem_extreme)
{
	for (unsigned levels = 4; levels <= 5; levels++) {
		struct fake *f = fake_kernel(levels, 16 * MIB);
		struct free_pages p;
		uint64_t base;

		make_mem_map(f, 0x180000);
		base = map_vmemmap(f);
		sparse_info(f, 64, 46);
		put_word(f, SECTIONS, f->page_offset + SECTIONS + PAGE);
		for (unsigned i = 0; i < 4; i++)
			set_section(f, SECTIONS + PAGE + i * 16, base);
		some_blocks(f);
		load_all(f);
		CHECK(find(f, &p, whole(f)));
		check_blocks(f, &p);
		free_pages_deinit(&p);

		/* A section without struct pages, as holes in the memory map have none. */
		set_section(f, SECTIONS + PAGE + 16, 0);
		f->load_count = 0;
		load_all(f);
		CHECK(find(f, &p, whole(f)));
		CHECK_STR(p.note.text, "");
		CHECK_EQ_U64(p.count, 1 + 2 + 4 + 256 + 1);
		CHECK(!is_free(&p, 0x400));
		free_pages_deinit(&p);
		fake_free(f);
	}
}

/* Memory far beyond what there are sections for is passed over at once, not page by page. */
TEST(nowhere_is_far)
{
	struct fake *f = fake_kernel(4, 16 * MIB);
	struct free_pages p;

	make_mem_map(f, 0x180000);
	sparse_info(f, 2048, 46);
	load_all(f);
	CHECK(find(f, &p, (struct range){ 0, (UINT64_C(1) << 52) - 1 }));
	CHECK_EQ_U64(p.count, 0);
	free_pages_deinit(&p);
	fake_free(f);
}

/* A memory map that is nowhere to be read is given up on, however much memory there may be. */
TEST(holes_without_end)
{
	struct fake *f = fake_kernel(4, 16 * MIB);
	struct free_pages p;

	make_flatmem(f, 0x180000, 0x17f000);
	some_blocks(f);
	load_all(f);
	CHECK(find(f, &p, (struct range){ 0, (UINT64_C(1) << 52) - 1 }));
	CHECK_EQ_U64(p.count, 1 + 2 + 4 + 256 + 1024 + 1);
	CHECK_MATCH(p.note.text, "*is not mapped");
	free_pages_deinit(&p);
	fake_free(f);
}

/* So is one in many pieces: how often it is looked for is bounded for all of them together. */
TEST(holes_in_each_piece)
{
	struct fake *f = fake_kernel(4, 16 * MIB);
	struct bytes file;
	struct ranges pieces = { 0 };
	struct core_image image;
	struct peer_kernel k;
	struct free_pages p;

	make_flatmem(f, 0x180000, 0x17f000);
	load_all(f);
	file = fake_core(f);
	for (uint64_t i = 1; i < 64; i++)
		CHECK(ranges_add(&pieces, range_of(i << 46, (uint64_t)1 << 45)));
	if (!CHECK(core_image_open(&image, NULL, read_bytes, &file, file.size, &e)) ||
	    !CHECK(peer_kernel_open(&k, &image.memory, &e)))
		return;
	CHECK(free_pages_find(&p, &k, &pieces, &e));
	CHECK_EQ_U64(p.count, 0);
	free_pages_deinit(&p);
	ranges_deinit(&pieces);
	peer_kernel_close(&k);
	core_image_close(&image);
	free((void *)file.data);
	fake_free(f);
}

/* ---- what is not understood is kept, and said ---- */

TEST(blocks_that_cannot_be)
{
	static const struct {
		uint64_t pfn, order;
	} cases[] = {
		{ 0x200, 11 }, { 0x200, 64 }, { 0x200, UINT64_MAX }, { 0x201, 1 },
		{ 0x204, 3 },  { 0xffe, 2 },  { 0xc00, 31 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake *f = fake_kernel(4, 16 * MIB);
		struct free_pages p;

		make_flatmem(f, 0x180000, 0x17f000);
		set_buddy(f, cases[i].pfn, cases[i].order);
		set_buddy(f, 0x300, 3);
		load_all(f);
		CHECK(find(f, &p, whole(f)));
		CHECK_MATCH(p.note.text,
			    "the free block at page frame 0x* has order *, which does not fit");
		CHECK_EQ_U64(p.count, 8);
		free_pages_deinit(&p);
		fake_free(f);
	}
}

/* What a kernel has not accepted yet has no order of its own: it is a block of the highest one. */
static void set_unaccepted(struct fake *f, uint64_t pfn)
{
	put(f, f->mem_map + pfn * f->page_size + f->mapcount, 0xf7000000, 4);
	put_word(f, f->mem_map + pfn * f->page_size + f->private, 1);
}

TEST(not_accepted_yet)
{
	struct fake *f = fake_kernel(4, 16 * MIB);
	struct free_pages p;

	make_flatmem(f, 0x180000, 0x17f000);
	set_buddy(f, 0x300, 3);
	set_unaccepted(f, 0x400);
	load_all(f);
	CHECK(find(f, &p, whole(f)));
	CHECK_EQ_U64(p.count, 8);
	free_pages_deinit(&p);

	info(f, "OFFSET(page.compound_info)=8\nNUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=%d\n",
	     (int32_t)0xf7000000);
	CHECK(find(f, &p, whole(f)));
	CHECK_STR(p.note.text, "");
	CHECK_EQ_U64(p.count, 8 + 1024);
	CHECK(is_free(&p, 0x400) && is_free(&p, 0x7ff) && !is_free(&p, 0x800));
	free_pages_deinit(&p);

	set_unaccepted(f, 0x900);
	CHECK(find(f, &p, whole(f)));
	CHECK_MATCH(p.note.text,
		    "the free block at page frame 0x900 has order 10, which does not fit");
	CHECK_EQ_U64(p.count, 8 + 1024);
	free_pages_deinit(&p);
	fake_free(f);
}

/* A block that goes beyond what is asked about may go beyond what is known about. */
TEST(block_across_the_end)
{
	struct fake *f = fake_kernel(4, 16 * MIB);
	struct free_pages p;

	make_flatmem(f, 0x180000, 0x17f000);
	set_buddy(f, 0x400, 5);
	load_all(f);
	CHECK(find(f, &p, (struct range){ 0x300000, 0x41efff }));
	CHECK_EQ_U64(p.count, 0);
	free_pages_deinit(&p);
	CHECK(find(f, &p, (struct range){ 0x300000, 0x41ffff }));
	CHECK_EQ_U64(p.count, 32);
	free_pages_deinit(&p);
	fake_free(f);
}

/* Struct pages that are not in the core: the others still count. */
TEST(part_of_the_map_is_missing)
{
	struct fake *f = fake_kernel(4, 16 * MIB);
	struct free_pages p;

	make_flatmem(f, 0x180000, 0x17f000);
	some_blocks(f);
	load(f, 0, 0x180000 + 0x300 * 64, f->page_offset);
	load(f, 0x180000 + 0x340 * 64, f->size - 0x180000 - 0x340 * 64,
	     f->page_offset + 0x180000 + 0x340 * 64);
	CHECK(find(f, &p, whole(f)));
	CHECK_MATCH(p.note.text, "physical address 0x18c000 is not in the image");
	CHECK_EQ_U64(p.count, 1 + 2 + 4 + 1024 + 1);
	free_pages_deinit(&p);
	fake_free(f);
}

/* Each key, missing or with a value that cannot be: nothing is free then. */
TEST(vmcoreinfo_that_lies)
{
	static const struct {
		const char *key, *value, *pattern;
	} cases[] = {
		{ "SIZE(page)=", NULL, "VMCOREINFO has no SIZE(page)" },
		{ "SIZE(page)=", "0", "*impossible struct page" },
		{ "SIZE(page)=", "8192", "*impossible struct page" },
		{ "SIZE(page)=", "-1", "*impossible struct page" },
		{ "OFFSET(page._mapcount)=", NULL, "VMCOREINFO has no OFFSET(page._mapcount)" },
		{ "OFFSET(page._mapcount)=", "61", "*impossible struct page" },
		{ "OFFSET(page.private)=", "-8", "*impossible struct page" },
		{ "OFFSET(page.private)=", "57", "*impossible struct page" },
		{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=", NULL, "VMCOREINFO has no NUMBER*" },
		{ "LENGTH(zone.free_area)=", "0", "*impossible struct page" },
		{ "LENGTH(zone.free_area)=", "33", "*impossible struct page" },
		{ "SYMBOL(mem_map)=", NULL, "VMCOREINFO has neither mem_section nor mem_map" },
		{ "SYMBOL(mem_map)=", "ffffc90000000000", "mem_map: *is not mapped" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake *f = fake_kernel(4, 16 * MIB);
		struct free_pages p;
		char text[sizeof(f->info)], *at, *end;

		make_flatmem(f, 0x180000, 0x17f000);
		some_blocks(f);
		load_all(f);
		strcpy(text, f->info);
		at = strstr(text, cases[i].key);
		end = strchr(at, '\n') + 1;
		sprintf(f->info, "%.*s%s", (int)(at - text), text, end);
		if (cases[i].value)
			info(f, "%s%s\n", cases[i].key, cases[i].value);
		CHECK(find(f, &p, whole(f)));
		CHECK_MATCH(p.note.text, cases[i].pattern);
		CHECK_EQ_U64(p.count, 0);
		free_pages_deinit(&p);
		fake_free(f);
	}
}

TEST(sections_that_lie)
{
	static const struct {
		unsigned roots, physmem_bits;
		const char *pattern;
	} cases[] = {
		{ 64, 12, "*impossible sections" },
		{ 64, 63, "*impossible sections" },
		{ 0, 46, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake *f = fake_kernel(4, 16 * MIB);
		struct free_pages p;

		make_mem_map(f, 0x180000);
		sparse_info(f, cases[i].roots, cases[i].physmem_bits);
		load_all(f);
		CHECK(find(f, &p, whole(f)));
		CHECK_MATCH(p.note.text, cases[i].pattern);
		CHECK_EQ_U64(p.count, 0);
		free_pages_deinit(&p);
		fake_free(f);
	}
}

/* ---- the kernel's own count ---- */

static void put_node(struct fake *f, uint64_t node, uint64_t first, uint64_t second)
{
	put(f, node + 0x800, 2, 4);
	put_word(f, node + 0x10 + 0x80 + 8 * word_bytes(f), first);
	put_word(f, node + 0x10 + 0x400 + 0x80 + 8 * word_bytes(f), second);
}

static void node_info(struct fake *f)
{
	info(f, "OFFSET(pglist_data.node_zones)=16\nOFFSET(pglist_data.nr_zones)=2048\nSIZE(zone)="
		"1024\n"
		"OFFSET(zone.vm_stat)=128\nNUMBER(NR_FREE_PAGES)=8\n");
}

TEST(own_count_of_one_node)
{
	struct fake *f = fake_kernel(3, 16 * MIB);
	struct free_pages p;

	make_flatmem(f, 0x180000, 0x17f000);
	node_info(f);
	info(f, "SYMBOL(contig_page_data)=%" PRIx64 "\n", f->page_offset + 0x160000);
	put_node(f, 0x160000, 1000, 234);
	load_all(f);
	CHECK(find(f, &p, whole(f)));
	CHECK(p.has_own_count);
	CHECK_EQ_U64(p.own_count, 1234);
	free_pages_deinit(&p);
	fake_free(f);
}

TEST(own_count_of_two_nodes)
{
	struct fake *f = fake_kernel(4, 16 * MIB);
	struct free_pages p;

	make_flatmem(f, 0x180000, 0x17f000);
	node_info(f);
	info(f, "SYMBOL(node_data)=%" PRIx64 "\nLENGTH(node_data)=64\n", f->page_offset + 0x160000);
	put_word(f, 0x160000, f->page_offset + 0x161000);
	put_word(f, 0x160018, f->page_offset + 0x162000);
	put_node(f, 0x161000, 1, 20);
	put_node(f, 0x162000, 300, 4000);
	load_all(f);
	CHECK(find(f, &p, whole(f)));
	CHECK(p.has_own_count);
	CHECK_EQ_U64(p.own_count, 4321);
	free_pages_deinit(&p);

	put(f, 0x161800, 17, 4);
	f->load_count = 0;
	load_all(f);
	CHECK(find(f, &p, whole(f)));
	CHECK(!p.has_own_count);
	free_pages_deinit(&p);
	fake_free(f);
}

/* The same pages, whether the struct pages are in lent memory or not. */
TEST(struct_pages_that_were_lent)
{
	struct fake *f = fake_kernel(4, 16 * MIB);
	struct free_pages p;

	make_flatmem(f, SMALL_WINDOW, 0x17f000);
	some_blocks(f);
	fake_jump(f, SMALL_WINDOW, 128, 0xa00000, 0x1c0000, 0x1f0000, 0xff);
	load_all(f);
	CHECK(find(f, &p, whole(f)));
	check_blocks(f, &p);
	free_pages_deinit(&p);
	fake_free(f);
}

TEST_MAIN
