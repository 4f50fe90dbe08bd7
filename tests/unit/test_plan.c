/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "plans.h"

static const uint8_t data[10000];

/* A plan on a machine with 636 KiB and 255 MiB of RAM. */
static struct plan *plan(void)
{
	static struct plan p;
	static const struct range ram[] = { { 0x1000, 0x9ffff }, { 0x100000, 0xfffffff } };

	struct host h = { .arch = HOST_X86_64 };

	plan_deinit(&p);
	for (size_t i = 0; i < 2; i++)
		memmap_set(&h.iomem.map, ram[i], MEM_RAM);
	begin_on(&p, PLAN_LOAD, &h);
	memmap_deinit(&h.iomem.map);
	CHECK(ranges_copy(&p.ram, &p.system_ram));
	return &p;
}

static struct place want(const char *name, size_t size, uint64_t memsz)
{
	return (struct place){ .name = name, .data = { data, size }, .memsz = memsz };
}

static bool add_at(struct plan *p, const char *name, uint64_t paddr, uint64_t memsz)
{
	struct place w = want(name, 0, memsz);
	struct err e;

	return plan_add_at(p, &w, paddr, NULL, &e);
}

TEST(place_rounds_up_to_pages)
{
	struct plan *p = plan();
	struct place w = want("a", 4097, 0);
	struct segment *s;
	struct err e;

	if (!CHECK(plan_place(p, &w, &s, &e)))
		return;
	CHECK_EQ_U64(s->paddr, 0x1000);
	CHECK_EQ_U64(s->memsz, 8192);
	CHECK_EQ_U64(s->data.size, 4097);
	CHECK(plan_find(p, "a") == s);
	CHECK(plan_find(p, "b") == NULL);
}

TEST(place_avoids_what_is_placed)
{
	struct plan *p = plan();
	struct place w = want("next", 1, 0);
	struct segment *s;
	struct err e;

	CHECK(add_at(p, "first", 0x1000, 0x2000));
	if (CHECK(plan_place(p, &w, &s, &e)))
		CHECK_EQ_U64(s->paddr, 0x3000);
}

TEST(place_obeys_alignment_bounds_and_direction)
{
	struct plan *p = plan();
	struct place w = want("kernel", 1, 0x300000);
	struct segment *s;
	struct err e;

	w.align = 0x200000;
	w.within = (struct range){ 0x100001, 0xffffff };
	if (CHECK(plan_place(p, &w, &s, &e)))
		CHECK_EQ_U64(s->paddr, 0x200000);
	w.highest = true;
	w.name = "initrd";
	if (CHECK(plan_place(p, &w, &s, &e)))
		CHECK_EQ_U64(s->paddr, 0xc00000);
}

TEST(place_says_what_is_missing)
{
	struct plan *p = plan();
	struct place w = want("initrd", 1, 0x20000000);
	struct err e;

	CHECK_FAILS(plan_place(p, &w, NULL, &e), &e,
		    "no room for the initrd: it needs 512* MiB at a multiple of 0x1000 within "
		    "*, where the largest free range has 255* MiB");
	w.align = 0x3000;
	CHECK_FAILS(plan_place(p, &w, NULL, &e), &e, "initrd: the alignment 0x3000 *");
	w = want("initrd", 2, 1);
	CHECK_FAILS(plan_place(p, &w, NULL, &e), &e, "initrd: 0x1 bytes of memory for 2 *");
	w = want("initrd", 0, 0);
	CHECK_FAILS(plan_place(p, &w, NULL, &e), &e, "initrd: 0* bytes of memory for 0 *");
	w = want("initrd", 0, UINT64_MAX);
	CHECK_FAILS(plan_place(p, &w, NULL, &e), &e, "initrd: a size of 0xffffffffffffffff bytes");
	CHECK_EQ_U64(p->segment_count, 0);
}

TEST(owned_bytes_are_taken_over)
{
	struct plan *p = plan();
	struct place w = want("a", 0, 0);
	struct err e;

	w.owned = malloc(16);
	w.data = (struct bytes){ w.owned, 16 };
	CHECK(plan_place(p, &w, NULL, &e));
	w.owned = malloc(16);
	w.data = (struct bytes){ w.owned, 16 };
	CHECK_FAILS(plan_add_at(p, &w, 0x1000, NULL, &e), &e, "a at 0x1000-0x1fff overlaps a at *");
}

TEST(a_seventeenth_segment_is_refused)
{
	struct plan *p = plan();
	struct place w = want("last", 0, 0x1000);
	struct err e;

	for (uint64_t i = 0; i < p->limits->segments; i++)
		CHECK(add_at(p, "x", 0x100000 + i * 0x1000, 0x1000));
	CHECK_FAILS(plan_place(p, &w, NULL, &e), &e, "last: more than the 16 segments *");
	CHECK_FAILS(plan_add_at(p, &w, 0x800000, NULL, &e), &e,
		    "last: more than the 16 segments *");
}

TEST(add_at_refuses_bad_places)
{
	struct plan *p = plan();
	struct place w = want("b", 0, 0x2000);
	struct err e;

	CHECK(add_at(p, "a", 0x200000, 0x1000));
	CHECK_FAILS(plan_add_at(p, &w, 0x1ff000, NULL, &e), &e,
		    "b at 0x1ff000-0x200fff overlaps a at 0x200000-0x200fff");
	CHECK_FAILS(plan_add_at(p, &w, 0x1001, NULL, &e), &e, "b: 0x1001 is not the start *");
	CHECK_FAILS(plan_add_at(p, &w, UINT64_MAX - 0xfff, NULL, &e), &e, "b: goes beyond *");
	CHECK(plan_add_at(p, &w, 0x1fe000, NULL, &e));
}

TEST(fill_makes_every_page_a_destination)
{
	struct plan *p = plan();
	struct range window = { 0x200000, 0xbfffff };
	uint64_t next = window.start;
	struct err e;

	CHECK(add_at(p, "below", 0x1ff000, 0x1000));
	CHECK(add_at(p, "initrd", 0x800000, 0x1000));
	CHECK(add_at(p, "kernel", 0x400000, 0x1000));
	CHECK(plan_fill(p, window, "window", &e));
	CHECK_EQ_U64(p->segment_count, 4);
	for (size_t i = 1; i < p->segment_count; i++) {
		CHECK_EQ_U64(p->segments[i].paddr, next);
		next += p->segments[i].memsz;
	}
	CHECK_EQ_U64(next, window.last + 1);
	CHECK_STR(p->segments[0].name, "below");
	CHECK_EQ_U64(p->segments[0].memsz, 0x1000);
	CHECK_STR(p->segments[1].name, "window");
	CHECK_EQ_U64(plan_find(p, "window")->data.size, 0);
	CHECK_EQ_U64(plan_find(p, "kernel")->memsz, 0x400000);
}

TEST(fill_of_an_empty_and_of_a_full_range)
{
	struct plan *p = plan();
	struct range low = { 0x1000, 0x9ffff };
	struct err e;

	CHECK(plan_fill(p, low, "low", &e));
	CHECK_EQ_U64(p->segment_count, 1);
	CHECK_EQ_U64(p->segments[0].memsz, 0x9f000);
	CHECK(plan_fill(p, low, "low", &e));
	CHECK_EQ_U64(p->segment_count, 1);
	CHECK_FAILS(plan_fill(p, (struct range){ 0x2000, 0x9ffff }, "part", &e), &e,
		    "low is only partly inside part");
	CHECK_FAILS(plan_fill(p, (struct range){ 0x100000, 0x100ffe }, "odd", &e), &e,
		    "odd: * are not whole pages");
}

/* A plan that passes, to be broken by the tests below. */
static struct plan *ok(void)
{
	struct plan *p = plan();

	add_at(p, "purgatory", 0x100000, 0x10000);
	add_at(p, "kernel", 0x1000000, 0x800000);
	p->entry = 0x100000;
	return p;
}

TEST(check_passes_a_good_plan)
{
	struct err e;

	CHECK(plan_check(ok(), &e));
}

TEST(check_names_each_broken_rule)
{
	struct plan *p = ok();
	struct limits limits;
	struct err e;

	p->entry = 0x110000;
	CHECK_FAILS(plan_check(p, &e), &e,
		    "the entry 0x110000 is in no segment; segments: "
		    "purgatory 0x100000-0x10ffff, kernel 0x1000000-0x17fffff");

	p = ok();
	p->segments[0].paddr++;
	CHECK_FAILS(plan_check(p, &e), &e, "purgatory does not start and end at a page; *");
	p = ok();
	p->segments[1].memsz++;
	CHECK_FAILS(plan_check(p, &e), &e, "kernel does not start and end at a page; *");
	p = ok();
	p->segments[1].memsz = 0;
	CHECK_FAILS(plan_check(p, &e), &e, "kernel is empty; *");
	p = ok();
	p->segments[1].memsz = UINT64_MAX & ~UINT64_C(0xfff);
	CHECK_FAILS(plan_check(p, &e), &e, "kernel goes beyond the end *");
	p = ok();
	p->segments[1].data = (struct bytes){ data, 0x800001 };
	CHECK_FAILS(plan_check(p, &e), &e, "kernel has more data (8388609 bytes) than memory *");
	p = ok();
	p->segments[1].paddr = 0x9f000;
	CHECK_FAILS(plan_check(p, &e), &e, "kernel is not in RAM; *");
	p = ok();
	p->segments[1].paddr = 0x10f000;
	CHECK_FAILS(plan_check(p, &e), &e, "purgatory and kernel overlap; *");
	p = ok();
	p->segment_count = 0;
	CHECK_FAILS(plan_check(p, &e), &e, "there are no segments");
	p = ok();
	for (uint64_t i = 0; i < 14; i++)
		CHECK(add_at(p, "x", 0x2000000 + i * 0x1000, 0x1000));
	CHECK(plan_check(p, &e));
	limits = *p->limits;
	limits.segments = 15;
	p->limits = &limits;
	CHECK_FAILS(plan_check(p, &e), &e, "16 segments, but the kernel takes 15*");
}

TEST(check_half_of_ram)
{
	struct plan *p = ok();
	struct limits limits;
	struct err e;

	p->mem_total = 0x810000 * 2;
	CHECK(plan_check(p, &e));
	p->mem_total -= 0x2000;
	CHECK_FAILS(plan_check(p, &e), &e,
		    "the image has 8.1 MiB, more than half of RAM (8.1 MiB), *");
	/* Where the kernel's count is not known, all RAM counts. */
	p = ok();
	p->segments[1].memsz = 0x8000000;
	CHECK_FAILS(plan_check(p, &e), &e, "the image has *, more than half of RAM *");
	limits = *p->limits;
	limits.half_of_ram = false;
	p->limits = &limits;
	CHECK(plan_check(p, &e));
}

TEST(check_highest_address)
{
	const struct host host32 = { .arch = HOST_I386 };
	struct plan *p = ok();
	struct err e;

	ranges_add(&p->system_ram, (struct range){ 0xf0000000, 0x1ffffffff });
	p->segments[1].paddr = 0xffffffff - 0x7fffff;
	CHECK(plan_check(p, &e));
	p->limits = &backend_load.limits[host32.arch];
	CHECK_FAILS(plan_check(p, &e), &e, "kernel ends above 0xffffefff, the highest *");
	p->segments[1].paddr -= 0x1000;
	CHECK(plan_check(p, &e));
}

TEST_MAIN
