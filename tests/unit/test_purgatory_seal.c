/* SPDX-License-Identifier: GPL-2.0-only */
/* The loader's half of the purgatory's contract; test_purgatory.c has the image's. */
#include <stdlib.h>
#include <sys/mman.h>

#include "hosts.h"
#include "sealed.h"
#include "sha256.h"

#define PORT 0x2f8

static uint8_t first_region[70001];

TEST(the_image_lies_below_4_gib)
{
	struct plan p;
	struct err e;

	start_plan(&p, 64);
	CHECK(purgatory_place(&p, &e));
	CHECK_EQ_U64(p.gate, 0xbfff0000);
	CHECK_EQ_U64(p.entry, 0xbfff0000 + GATE_FIRST);
	CHECK_EQ_U64(plan_find(&p, "purgatory")->memsz, GATE_SIZE);
	CHECK(!plan_find(&p, "purgatory")->digest);
	plan_deinit(&p);
}

TEST(low_memory_is_no_place)
{
	struct plan p;
	struct err e;

	begin_plan(&p, PLAN_LOAD, 64);
	ranges_add(&p.ram, (struct range){ 0x1000, 0x9ffff });
	ranges_add(&p.ram, (struct range){ UINT64_C(0x100000000), UINT64_C(0x1ffffffff) });
	CHECK_FAILS(purgatory_place(&p, &e), &e, "*purgatory*");
	plan_deinit(&p);
}

TEST(a_picture_and_a_watchdog)
{
	const struct screen screen = {
		.boot = { .base = 0xc0000000,
			  .width = 800,
			  .height = 600,
			  .pitch = 3200,
			  .depth = 32 },
		.is_as_booted = true,
	};
	struct request r = { .console_fb = true, .watchdog = 60 };
	struct plan p;
	struct err e;

	r.host_root = host_root("x86_64-watchdog");
	start_plan(&p, 64);
	p.screen = &screen;
	CHECK(purgatory_place(&p, &e));
	if (CHECK(purgatory_seal(&p, &r, &e))) {
		CHECK_EQ_U64(sealed(&p)->flags, GATE_FRAMEBUFFER);
		CHECK_EQ_U64(sealed(&p)->screen.base, 0xc0000000);
		CHECK_EQ_U64(sealed(&p)->write_count, 13);
		CHECK_STR(p.watchdog, "6300ESB");
	}
	p.verb = PLAN_LOAD_SAVED;
	CHECK_FAILS(purgatory_seal(&p, &r, &e), &e,
		    "purgatory: --watchdog goes with kernels that boot only");
	plan_deinit(&p);
}

TEST(parameters_are_filled)
{
	static const struct request r = {
		.console_serial = true,
		.serial_port = PORT,
		.serial_baud = 9600,
		.reset_vga = true,
	};
	static const struct gate_wants wants = {
		.flags = GATE_CALLED | GATE_LOAD_GDT,
		.gdt_base = 0xffa01000,
		.gdt_limit = 0x7f,
	};
	struct plan p;
	struct err e;

	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		const uint8_t *blob = bits == 32 ? purgatory32 : purgatory64;
		const struct gate_params *g;

		start_plan(&p, bits);
		p.gate_wants = wants;
		CHECK(purgatory_place(&p, &e));
		if (!CHECK(purgatory_seal(&p, &r, &e)))
			puts(e.text);
		g = sealed(&p);
		CHECK_STR(g->magic, GATE_MAGIC);
		CHECK_EQ_U64(g->version, GATE_VERSION);
		CHECK_EQ_U64(g->bits, bits);
		CHECK_EQ_U64(g->flags, GATE_CALLED | GATE_LOAD_GDT | GATE_SERIAL | GATE_RESET_VGA);
		CHECK_EQ_U64(g->target, bits == 32 ? GATE_TO_32 : GATE_TO_64);
		CHECK_EQ_U64(g->entry, 0x1000000);
		CHECK_EQ_U64(g->argument, 0x90000);
		CHECK_EQ_U64(g->gdt_base, 0xffa01000);
		CHECK_EQ_U64(g->gdt_limit, 0x7f);
		CHECK_EQ_U64(g->serial_port, PORT);
		CHECK_EQ_U64(g->serial_baud, 9600);
		CHECK_EQ_U64(g->region_count, 0);
		CHECK_EQ_U64(g->return_address | g->peer | g->passes_in, 0);
		CHECK(!memcmp((const uint8_t *)g - GATE_PARAMS, blob, GATE_PARAMS));
		CHECK(!memcmp(g + 1, blob + GATE_PARAMS + sizeof(*g),
			      GATE_SIZE - GATE_PARAMS - sizeof(*g)));
		plan_deinit(&p);
	}
}

TEST(the_images_have_entry_points)
{
	static const size_t entries[] = { GATE_FIRST, GATE_FORWARD, GATE_REENTRY };

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		CHECK_EQ_U64(purgatory32[entries[i]], 0xe9); /* a jmp */
		CHECK_EQ_U64(purgatory64[entries[i]], 0xe9);
	}
	CHECK(memcmp(purgatory32, purgatory64, GATE_SIZE));
}

TEST(no_checks_means_no_digest)
{
	static const struct request r = { .no_checks = true };
	struct plan p;
	struct err e;

	start_plan(&p, 64);
	CHECK(purgatory_place(&p, &e));
	add_data(&p, "kernel", first_region, sizeof(first_region));
	CHECK(purgatory_seal(&p, &r, &e));
	CHECK_EQ_U64(sealed(&p)->flags, 0);
	CHECK_EQ_U64(sealed(&p)->region_count, 0);
	plan_deinit(&p);
}

/* A way of loading may take more segments than the gate has room to name. */
TEST(more_segments_than_the_gate_can_verify)
{
	static const struct request r = { 0 };
	struct limits limits;
	struct plan p;
	struct err e;

	start_plan(&p, 64);
	limits = *p.limits;
	limits.segments = 100;
	p.limits = &limits;
	CHECK(purgatory_place(&p, &e));
	for (int i = 0; i < GATE_REGIONS; i++)
		add_data(&p, "kernel", first_region, 16);
	CHECK(purgatory_seal(&p, &r, &e));
	CHECK_EQ_U64(sealed(&p)->region_count, GATE_REGIONS);
	add_data(&p, "initrd", first_region, 16);
	CHECK_FAILS(purgatory_seal(&p, &r, &e), &e, "purgatory: more than 16 segments to verify");
	plan_deinit(&p);
}

/* Anonymous memory shows what was dropped: it comes back as zeros. */
TEST(mapped_data_is_dropped_behind_the_digest)
{
	const size_t size = 9 << 20;
	static const struct request r = { 0 };
	uint8_t digests[2][32];

	for (int mapped = 0; mapped < 2; mapped++) {
		uint8_t *data = mmap(NULL, size, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct plan p;
		struct err e;

		memset(data, 0x77, size);
		start_plan(&p, 64);
		CHECK(purgatory_place(&p, &e));
		add_data(&p, "initrd", data + 100, size - 200);
		p.segments[1].mapped = mapped;
		CHECK(purgatory_seal(&p, &r, &e));
		memcpy(digests[mapped], sealed(&p)->digest, 32);
		for (size_t at = 0; at < size - 4096; at += 4096)
			CHECK_EQ_U64(data[at], mapped ? 0 : 0x77);
		CHECK_EQ_U64(data[size - 1], 0x77); /* the last page was not read to its end */
		plan_deinit(&p);
		munmap(data, size);
	}
	CHECK(!memcmp(digests[0], digests[1], 32));
}

TEST(setup_code_is_entered_in_real_mode)
{
	static const struct request r = { 0 };
	struct plan p;
	struct err e;

	for (unsigned bits = 32; bits <= 64; bits += 32) {
		start_plan(&p, bits);
		p.entry_bits = 16;
		p.kernel_entry = 0x90200;
		p.boot_params = 0x90000;
		p.stack = 0xe000;
		p.real_page = 0x1000;
		CHECK(purgatory_place(&p, &e));
		CHECK(purgatory_seal(&p, &r, &e));
		CHECK_EQ_U64(sealed(&p)->target, GATE_TO_REAL);
		CHECK_EQ_U64(sealed(&p)->entry, 0x90200);
		CHECK_EQ_U64(sealed(&p)->argument, 0x90000);
		CHECK_EQ_U64(sealed(&p)->call_size, 0xe000);
		CHECK_EQ_U64(sealed(&p)->real_page, 0x1000);
		plan_deinit(&p);
	}
}

TEST(the_helper_enters_a_gate)
{
	static const struct request r = { 0 };
	struct plan p;
	struct err e;

	start_plan(&p, 32);
	p.gate_wants = (struct gate_wants){ .flags = GATE_CALLED,
					    .peer_entry = 0x8000040,
					    .peer_bits = 64 };
	CHECK(purgatory_place(&p, &e));
	CHECK(purgatory_seal(&p, &r, &e));
	CHECK_EQ_U64(sealed(&p)->target, GATE_TO_GATE);
	CHECK_EQ_U64(sealed(&p)->entry, 0x8000040);
	p.gate_wants.peer_entry = UINT64_C(0x100000040);
	CHECK_FAILS(purgatory_seal(&p, &r, &e), &e, "*other kernel's gate*below 4 GiB*");
	plan_deinit(&p);
}

static void check_refused(void (*change)(struct plan *p), const char *pattern)
{
	static const struct request r = { 0 };
	struct plan p;
	struct err e;

	start_plan(&p, 32);
	CHECK(purgatory_place(&p, &e));
	CHECK(purgatory_seal(&p, &r, &e));
	change(&p);
	CHECK_FAILS(purgatory_seal(&p, &r, &e), &e, pattern);
	plan_deinit(&p);
}

static void enter_64(struct plan *p)
{
	p->entry_bits = 64;
}

static void enter_high(struct plan *p)
{
	p->kernel_entry = UINT64_C(0x100000000);
}

static void high_boot_params(struct plan *p)
{
	p->boot_params = UINT64_C(0x100000000);
}

static void unknown_bits(struct plan *p)
{
	p->gate_bits = 16;
}

static void misplaced(struct plan *p)
{
	p->gate = 0;
}

static void no_gdt(struct plan *p)
{
	p->gate_wants.flags = GATE_LOAD_GDT;
}

static void high_gdt(struct plan *p)
{
	p->gate_wants.flags = GATE_LOAD_GDT;
	p->gate_wants.gdt_base = UINT64_C(0xfffffe0000001000);
	p->gate_wants.gdt_limit = 0x7f;
}

TEST(what_cannot_work_is_refused)
{
	check_refused(enter_64, "*32-bit kernel cannot use a 64-bit entry*");
	check_refused(enter_high, "*entry at 0x100000000*below 4 GiB*");
	check_refused(high_boot_params, "*boot_params at 0x100000000*below 4 GiB*");
	check_refused(unknown_bits, "*16-bit kernel");
	check_refused(misplaced, "*no place*");
	check_refused(no_gdt, "*0 with limit 0*GDT*");
	check_refused(high_gdt, "*0xfffffe0000001000*GDT*");
}

TEST_MAIN
