/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout_linux.h"
#include "lend.h"
#include "sides.h"

#define HEADERS 0x2000 /* bytes of the elfcorehdr */

static bool lent(struct side *s, uint64_t initrd_size)
{
	const struct lend_wants want = {
		.host = &s->host,
		.request = &s->request,
		.image = &s->image,
		.initrd_size = initrd_size,
		.headers_size = HEADERS,
	};

	return begin_side(s, PLAN_LOAD_JUMP) && lend(&s->plan, &want, &s->e);
}

static bool lent_on(struct side *s, const char *name)
{
	if (!open_side(s, name))
		return false;
	if (CHECK(lent(s, 0)))
		return true;
	printf("%s: %s\n", name, s->e.text);
	return false;
}

static enum mem_type type_at(const struct memmap *m, uint64_t addr)
{
	for (size_t i = 0; i < m->count; i++) {
		if (range_contains(m->at[i].range, (struct range){ addr, addr }))
			return m->at[i].type;
	}
	return 0;
}

TEST(where_it_all_is)
{
	struct side s;
	struct plan *p = &s.plan;
	struct segment *gate;

	if (!lent_on(&s, "x86_64-512m"))
		return;
	/* Behind A's kernel and its brk: there is no room between 256 MiB and its start. */
	CHECK_EQ_U64(p->window.start, 0x14600000);
	CHECK(range_size(p->window) >=
	      layout_linux_needs(&s.image, 0, s.host.cpu.online) + GATE_SIZE);
	CHECK_EQ_U64(range_size(p->window) % (2 * MIB), 0);
	CHECK_EQ_U64(p->low.start, 0x1000);
	CHECK_EQ_U64(p->low.last, 0x9efff);

	/* Headers at the end, the gate below, B's kernel where it likes in the rest. */
	CHECK_EQ_U64(p->headers.last, p->window.last);
	CHECK_EQ_U64(p->gate, p->headers.start - GATE_SIZE);
	gate = plan_find(p, "purgatory");
	CHECK(gate && gate->paddr == p->gate && gate->memsz == GATE_SIZE);
	CHECK_EQ_U64(p->segment_count, 1);
	CHECK_EQ_U64(p->ram.count, 1);
	CHECK_EQ_U64(p->ram.at[0].start, p->window.start);
	CHECK_EQ_U64(p->ram.at[0].last, p->gate - 1);
	close_side(&s);
}

TEST(memory_map_of_b)
{
	struct side s;
	struct plan *p = &s.plan;
	struct ranges ram = {};

	if (!lent_on(&s, "x86_64-512m"))
		return;
	CHECK(memmap_ranges(&p->next, MEM_RAM, &ram));
	CHECK_EQ_U64(ram.count, 2);
	CHECK_EQ_U64(ram.at[0].start, 0x1000);
	CHECK_EQ_U64(ram.at[0].last, 0x9efff);
	CHECK_EQ_U64(ram.at[1].start, p->window.start);
	CHECK_EQ_U64(ram.at[1].last, p->gate - 1);
	CHECK_EQ_U64(type_at(&p->next, p->gate), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, p->headers.last), MEM_RESERVED);
	/* The BIOS is not joined to A's memory. */
	CHECK_EQ_U64(type_at(&p->next, MIB - 1), 0);
	CHECK_EQ_U64(type_at(&p->next, MIB), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, p->window.start - 1), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, p->window.last + 1), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, 0x9f800), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, 0x30000000), 0);
	ranges_deinit(&ram);

	/* Firmware's own ranges stay; without its map /proc/iomem's are taken. */
	CHECK(memmap_set(&s.host.firmware.map, (struct range){ 0x30000000, 0x30000fff }, MEM_NVS));
	CHECK(lent(&s, 0));
	CHECK_EQ_U64(type_at(&p->next, 0x30000000), MEM_NVS);
	/* But what may be taken once it is read is not B's to take. */
	CHECK(memmap_set(&s.host.firmware.map, (struct range){ 0x30001000, 0x30001fff }, MEM_ACPI));
	CHECK(lent(&s, 0));
	CHECK_EQ_U64(type_at(&p->next, 0x30001000), MEM_RESERVED);
	memmap_deinit(&s.host.firmware.map);
	CHECK(lent(&s, 0));
	CHECK_EQ_U64(type_at(&p->next, 0x30000000), 0);
	CHECK_EQ_U64(type_at(&p->next, MIB), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, p->window.start), MEM_RAM);

	/* RAM that firmware called otherwise is A's all the same. */
	CHECK(memmap_set(&s.host.firmware.map, (struct range){ 0, 0xffffffff }, MEM_NVS));
	CHECK(lent(&s, 0));
	CHECK_EQ_U64(type_at(&p->next, MIB), MEM_RESERVED);
	close_side(&s);
}

/* KASLR takes only pieces that a kernel fits in: there is none above the memory for a crash. */
TEST(memory_above_that_for_a_crash)
{
	static const uint64_t init_sizes[] = { 0, MIB, 13 * MIB, 32 * MIB, 100 * MIB };
	struct side s;
	struct plan *p = &s.plan;

	if (!open_side(&s, "x86_64-512m"))
		return;
	s.request.return_on_panic = true;
	for (size_t i = 0; i < sizeof(init_sizes) / sizeof(init_sizes[0]); i++) {
		uint64_t most = init_sizes[i] > 4 * MIB ? init_sizes[i] / 2 : 2 * MIB;
		struct ranges ram = {};

		s.image.init_size = init_sizes[i];
		if (!CHECK(lent(&s, 0)) || !CHECK(memmap_ranges(&p->next, MEM_RAM, &ram)))
			break;
		CHECK(p->ram.at[p->ram.count - 1].last < p->crash.start);
		CHECK(ranges_contain(&ram, p->crash));
		CHECK(ranges_clip(&ram, (struct range){ p->crash.last + 1, p->gate - 1 }));
		CHECK(ranges_size(&ram) >= 16 * MIB - ram.count * PAGE_SIZE);
		for (size_t j = 0; j < ram.count; j++)
			CHECK(range_size(ram.at[j]) <= most);
		ranges_deinit(&ram);
	}
	close_side(&s);
}

/* Every byte that B believes to be RAM is a destination of the image. */
TEST(all_that_is_lent_is_swapped)
{
	static const char *const names[] = { "x86_64-512m", "i386-512m", "i386-pae-6g" };
	struct side s;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ranges left = {};

		if (!lent_on(&s, names[i]))
			return;
		CHECK(plan_place(
			&s.plan,
			&(struct place){ .name = "kernel", .memsz = 32 * MIB, .align = 2 * MIB },
			NULL, &s.e));
		CHECK(lend_fill(&s.plan, &s.e));
		CHECK(memmap_ranges(&s.plan.next, MEM_RAM, &left));
		CHECK(ranges_add(&left, s.plan.window));
		for (size_t j = 0; j < s.plan.segment_count; j++) {
			const struct segment *g = &s.plan.segments[j];

			CHECK(ranges_remove(&left,
					    (struct range){ g->paddr, g->paddr + g->memsz - 1 }));
		}
		CHECK_EQ_U64(left.count, 0);
		CHECK(s.plan.segment_count <= s.plan.limits->segments);
		ranges_deinit(&left);
		close_side(&s);
	}
}

TEST(window_size)
{
	struct side s;
	uint64_t needs;

	if (!lent_on(&s, "x86_64-512m"))
		return;
	needs = layout_linux_needs(&s.image, 0, s.host.cpu.online) + GATE_SIZE +
		range_size(s.plan.headers);
	s.request.window_size = needs - 1;
	CHECK_FAILS(lent(&s, 0), &s.e,
		    "--window-size=* is too small: this kernel, its initrd * need *");
	s.request.window_size = needs;
	if (CHECK(lent(&s, 0)))
		CHECK_EQ_U64(range_size(s.plan.window), needs);
	s.request.window_size = 240 * MIB;
	if (CHECK(lent(&s, 0)))
		CHECK_EQ_U64(range_size(s.plan.window), 240 * MIB);
	s.request.window_size = 250 * MIB;
	CHECK_FAILS(lent(&s, 0), &s.e, "a window (--window-size=) of 250 MiB * more than half *");
	s.request.window_size = 0;
	s.request.mem_min = MIB;
	s.request.mem_max = 16 * MIB - 1;
	CHECK_FAILS(lent(&s, 0), &s.e, "no room for a window *--mem-max=0xffffff");
	CHECK_FAILS(lent(&s, UINT64_MAX / 2), &s.e,
		    "an initrd of 0x7fffffffffffffff bytes is too large");
	close_side(&s);
}

TEST(no_low_memory)
{
	struct ranges ram = {};
	struct side s;

	if (!open_side(&s, "x86_64-512m"))
		return;
	CHECK(memmap_set(&s.host.iomem.map, (struct range){ 0, MIB - 1 }, MEM_RESERVED));
	if (CHECK(lent(&s, 0)) && CHECK(lend_fill(&s.plan, &s.e))) {
		CHECK(memmap_ranges(&s.plan.next, MEM_RAM, &ram));
		CHECK_EQ_U64(ram.count, 1);
		CHECK(plan_find(&s.plan, "low RAM") == NULL);
		CHECK_EQ_U64(s.plan.low.last, 0);
	}
	ranges_deinit(&ram);
	close_side(&s);
}

TEST_MAIN
