/* SPDX-License-Identifier: GPL-2.0-only */
#include "test.h"
#include "window.h"

static const struct limits limits = { .half_of_ram = true };

struct machine {
	struct host host;
	struct err e;
};

static void add_ram(struct machine *m, uint64_t start, uint64_t last)
{
	CHECK(memmap_set(&m->host.iomem.map, (struct range){ start, last }, MEM_RAM));
}

/* @mib of RAM as a PC has it, the kernel image at 16 MiB to 64 MiB. */
static struct machine machine(enum host_arch arch, uint64_t mib)
{
	struct machine m = { .host = {
				     .arch = arch,
				     .mem.total = mib * MIB - 16 * MIB,
				     .iomem.has_kernel = true,
				     .iomem.kernel = { 16 * MIB, 64 * MIB - 1 },
			     } };

	add_ram(&m, 0x1000, 0x9fbff);
	add_ram(&m, MIB, (mib > 3072 ? 3072 : mib) * MIB - 0x20001);
	if (mib > 3072)
		add_ram(&m, 4096 * MIB, (1024 + mib) * MIB - 1);
	return m;
}

static struct window_wants wants(enum host_arch next, uint64_t mib)
{
	return (struct window_wants){
		.size = mib * MIB,
		.mem_max = UINT64_MAX,
		.next_arch = next,
		.preferred = 16 * MIB,
		.align = 2 * MIB,
		.limits = &limits,
	};
}

static void check_place(struct machine *m, const struct window_wants *want, uint64_t start)
{
	struct window w;

	if (!CHECK(window_pick(&m->host, want, &w, &m->e))) {
		printf("%s\n", m->e.text);
		return;
	}
	CHECK_EQ_U64(w.main.start, start);
	CHECK_EQ_U64(range_size(w.main), (want->size + 4095) & ~4095ull);
	CHECK(w.has_low);
	CHECK_EQ_U64(w.low.start, 0x1000);
	CHECK_EQ_U64(w.low.last, 0x9efff);
}

static void check_refused(struct machine *m, const struct window_wants *want, const char *pattern)
{
	struct window w;

	CHECK_FAILS(window_pick(&m->host, want, &w, &m->e), &m->e, pattern);
}

TEST(first_place_by_architecture)
{
	struct machine m = machine(HOST_X86_64, 512), n = machine(HOST_I386, 512);
	struct window_wants want = wants(HOST_X86_64, 100), want32 = wants(HOST_I386, 100);

	check_place(&m, &want, 256 * MIB);
	check_place(&n, &want32, 192 * MIB);
	want.size += 1; /* whole pages */
	check_place(&m, &want, 256 * MIB);
	memmap_deinit(&m.host.iomem.map);
	memmap_deinit(&n.host.iomem.map);
}

TEST(second_place_when_the_first_is_too_small)
{
	struct machine m = machine(HOST_X86_64, 400), n = machine(HOST_I386, 400);
	struct window_wants want = wants(HOST_X86_64, 160), want32 = wants(HOST_I386, 184);

	/* After the kernel image and its brk area: 144 MiB are left above 256 MiB. */
	check_place(&m, &want, 68 * MIB);
	m.host.iomem.kernel.last = 65 * MIB - 1;
	check_place(&m, &want, 70 * MIB);
	check_place(&n, &want32, 192 * MIB);
	n.host.mem.total = 800 * MIB;
	want32.size = 300 * MIB;
	check_place(&n, &want32, 68 * MIB);
	want32.size = 334 * MIB; /* on the brk area, rather than on the image */
	check_place(&n, &want32, 64 * MIB);
	memmap_deinit(&m.host.iomem.map);
	memmap_deinit(&n.host.iomem.map);
}

TEST(kernel_image_is_lent_last)
{
	const struct limits by_module = { .last = UINT64_MAX, .stops_cpus = true };
	struct machine m = machine(HOST_X86_64, 400);
	struct window_wants want = wants(HOST_X86_64, 150);

	want.limits = &by_module;
	m.host.iomem.kernel = (struct range){ 224 * MIB, 280 * MIB - 1 };
	check_place(&m, &want, 16 * MIB);
	m.host.iomem.kernel = (struct range){ 150 * MIB, 300 * MIB - 1 };
	check_place(&m, &want, 16 * MIB); /* over the image: nothing else is left */
	want.size = 140 * MIB;
	check_place(&m, &want, 256 * MIB); /* over the image, but in the better place */
	want.size = 130 * MIB;
	check_place(&m, &want, 16 * MIB); /* beside it */

	/* Without the module other CPUs may run in it while it is swapped. */
	want = wants(HOST_X86_64, 150);
	check_refused(&m, &want,
		      "no room for a window of 150 MiB *: the largest piece of RAM there has "
		      "134 MiB");
	want.size = 140 * MIB;
	check_refused(&m, &want, "*the largest piece of RAM there has 134 MiB");
	want.size = 130 * MIB;
	check_place(&m, &want, 16 * MIB);
	memmap_deinit(&m.host.iomem.map);
}

TEST(alignment)
{
	struct machine m = machine(HOST_I386, 1024);
	struct window_wants want = wants(HOST_I386, 64);

	want.mem_min = 194 * MIB;
	want.align = 4096;
	check_place(&m, &want, 196 * MIB); /* 4 MiB at least */
	want.align = 16 * MIB;
	check_place(&m, &want, 208 * MIB);
	m.host.arch = HOST_X86_64;
	want.next_arch = HOST_X86_64;
	want.align = 4096;
	want.mem_min = 257 * MIB;
	check_place(&m, &want, 258 * MIB);
	memmap_deinit(&m.host.iomem.map);
}

TEST(user_bounds)
{
	struct machine m = machine(HOST_X86_64, 512);
	struct window_wants want = wants(HOST_X86_64, 64);

	want.mem_min = 100 * MIB;
	want.mem_max = 200 * MIB - 1;
	check_place(&m, &want, 100 * MIB);
	want.mem_min = 300 * MIB;
	want.mem_max = UINT64_MAX;
	check_place(&m, &want, 300 * MIB);

	/* The bounds that were customary once: the kernel's own lowest address is above them. */
	want.mem_min = MIB;
	want.mem_max = 16 * MIB - 1;
	check_refused(&m, &want,
		      "no room for a window of 64 MiB * lowest load address 0x1000000 "
		      "*largest * 0* with --mem-min=0x100000 --mem-max=0xffffff");
	want.mem_max = 150 * MIB - 1;
	want.size = 240 * MIB;
	check_refused(&m, &want,
		      "no room for a window of 240 MiB *: the largest piece of RAM "
		      "there has 86 MiB with *");
	want.mem_min = 5;
	want.mem_max = 4;
	check_refused(&m, &want, "no room for a window *");
	memmap_deinit(&m.host.iomem.map);
}

TEST(stays_where_the_next_kernel_can_run)
{
	struct machine m = machine(HOST_X86_64, 8192), n = machine(HOST_I386, 3000);
	struct window_wants want = wants(HOST_X86_64, 64), want32 = wants(HOST_I386, 64);

	want.mem_min = 4096 * MIB;
	check_refused(&m, &want, "no room for a window *0xffffffff*");
	want32.mem_min = 512 * MIB;
	check_place(&n, &want32, 512 * MIB); /* no KASLR there, but it runs */
	want32.mem_min = 640 * MIB;
	check_refused(&n, &want32, "no room for a window of 64 MiB *0x2bbfffff*");
	want32.mem_min = 0;
	want32.size = 800 * MIB;
	check_refused(&n, &want32, "no room for a window of 800 MiB *636 MiB");
	memmap_deinit(&m.host.iomem.map);
	memmap_deinit(&n.host.iomem.map);
}

TEST(half_of_ram)
{
	struct machine m = machine(HOST_X86_64, 512);
	struct window_wants want = wants(HOST_X86_64, 248);
	uint64_t low = 0x9f000 - 0x1000;

	m.host.mem.total = 496 * MIB;
	check_refused(&m, &want,
		      "a window of 248 MiB with low RAM is more than half *(248 MiB "
		      "of 496 MiB)*smaller kernel or initrd");
	want.size_is_users = true;
	check_refused(&m, &want, "a window (--window-size=) of *use a smaller one");
	want.size = 248 * MIB - low;
	want.size_is_users = false;
	check_place(&m, &want, 256 * MIB);
	want.size++;
	check_refused(&m, &want, "a window of *");
	want.size--;
	/* An odd number of pages: the half is rounded down. */
	m.host.mem.total = 496 * MIB + 4096;
	check_place(&m, &want, 256 * MIB);
	m.host.mem.total = 496 * MIB - 4096;
	check_refused(&m, &want, "a window of *");
	memmap_deinit(&m.host.iomem.map);
}

TEST(sizes_out_of_all_reason)
{
	struct machine m = machine(HOST_X86_64, 512);
	struct window_wants want = wants(HOST_X86_64, 64);

	want.size = UINT64_MAX;
	check_refused(&m, &want, "a window of 0xffffffffffffffff bytes is too large");
	want.size = UINT64_MAX - 4095;
	check_refused(&m, &want, "a window of * more than half *");
	want.size = 0;
	check_refused(&m, &want, "a window cannot be empty");
	memmap_deinit(&m.host.iomem.map);
}

TEST(crash_kernels_are_never_lent)
{
	struct machine m = machine(HOST_X86_64, 1024);
	struct window_wants want = wants(HOST_X86_64, 128);
	struct ranges ram = {}, free = {};

	m.host.iomem.has_crash_kernel = true;
	m.host.iomem.crash_kernel = (struct range){ 300 * MIB, 556 * MIB - 1 };
	check_place(&m, &want, 556 * MIB);
	m.host.iomem.has_crash_kernel_low = true;
	m.host.iomem.crash_kernel_low = (struct range){ 600 * MIB, 632 * MIB - 1 };
	check_place(&m, &want, 632 * MIB);

	CHECK(host_ram(&m.host, &ram, &m.e));
	CHECK(host_free_ram(&m.host, &free, &m.e));
	CHECK_EQ_U64(ram.count, 2);
	CHECK_EQ_U64(ranges_size(&ram) - ranges_size(&free), (256 + 32) * MIB);
	ranges_deinit(&ram);
	ranges_deinit(&free);
	memmap_deinit(&m.host.iomem.map);
}

TEST(low_memory)
{
	struct machine m = machine(HOST_X86_64, 512);
	struct window_wants want = wants(HOST_X86_64, 64);
	struct window w;

	/* All of it, and page 0: neither page 0 nor anything from 640 KB up is taken. */
	add_ram(&m, 0, 0xfffff);
	CHECK(window_pick(&m.host, &want, &w, &m.e));
	CHECK_EQ_U64(w.low.start, 0x1000);
	CHECK_EQ_U64(w.low.last, 0x9ffff);

	/* With a hole the larger piece is taken. */
	CHECK(memmap_set(&m.host.iomem.map, (struct range){ 0x8000, 0xffff }, MEM_RESERVED));
	CHECK(window_pick(&m.host, &want, &w, &m.e));
	CHECK_EQ_U64(w.low.start, 0x10000);
	CHECK_EQ_U64(w.low.last, 0x9ffff);

	CHECK(memmap_set(&m.host.iomem.map, (struct range){ 0, 0xfffff }, MEM_RESERVED));
	CHECK(window_pick(&m.host, &want, &w, &m.e));
	CHECK(!w.has_low);
	memmap_deinit(&m.host.iomem.map);
}

TEST(no_ram_at_all)
{
	struct machine m = { .host = { .arch = HOST_X86_64, .mem.total = 512 * MIB } };
	struct window_wants want = wants(HOST_X86_64, 64);

	check_refused(&m, &want, "no room for a window * largest piece of RAM there has 0*");
}

TEST_MAIN
