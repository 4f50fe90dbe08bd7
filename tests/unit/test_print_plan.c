/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "plans.h"
#include "print_plan.h"

static const uint8_t data[0x3000];

static struct plan *plan(enum plan_verb verb, unsigned int bits)
{
	static struct plan p;
	static const struct mem_entry next[] = {
		{ { 0, 0x9fbff }, MEM_RAM },
		{ { 0xf0000, 0xfffff }, MEM_RESERVED },
		{ { 0x100000, 0xfffffff }, MEM_RAM },
		{ { 0xfffc0000, 0xffffffff }, MEM_RESERVED },
	};

	plan_deinit(&p);
	begin_plan(&p, verb, bits);
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++)
		memmap_set(&p.next, next[i].range, next[i].type);
	memmap_ranges(&p.next, MEM_RAM, &p.system_ram);
	return &p;
}

static void add(struct plan *p, const char *name, uint64_t paddr, size_t size, uint64_t memsz)
{
	struct place place = {
		.name = name,
		.data = { data, size },
		.memsz = memsz,
		.digest = size,
	};
	struct err e;

	CHECK(plan_add_at(p, &place, paddr, NULL, &e));
}

static struct plan *ordinary(void)
{
	struct plan *p = plan(PLAN_LOAD, 64);

	add(p, "purgatory", 0x100000, 0x1000, 0x10000);
	add(p, "kernel", 0x1000000, 0x2800, 0x800000);
	p->entry = p->gate = 0x100000;
	p->entry_bits = 64;
	p->kernel_entry = 0x1000200;
	p->boot_params = 0x200000;
	p->image_type = "bzImage64";
	p->cmdline = strdup("root=/dev/vda1 quiet");
	return p;
}

/* The printed text, to be used before the next call. */
static const char *text_of(void (*print)(FILE *to))
{
	static char *text;
	size_t size;
	FILE *to;

	free(text);
	text = NULL;
	to = open_memstream(&text, &size);
	print(to);
	fclose(to);
	return text;
}

static void print_ordinary(FILE *to)
{
	print_plan(to, ordinary(), &backend_load);
}

TEST(an_ordinary_plan)
{
	CHECK_STR(text_of(print_ordinary),
		  "plan: load\n"
		  "image: bzImage64\n"
		  "call: kexec_load\n"
		  "flags: 0x3e0000 x86_64\n"
		  "entry: 0x000000100000 (64 bit)\n"
		  "gate: 0x000000100000\n"
		  "kernel entry: 0x000001000200 (64 bit)\n"
		  "registers: rsi = 0x200000\n"
		  "segments: 2\n"
		  "  0x000000100000-0x00000010ffff  memory 0x10000  data 0x1000"
		  "  digest yes  purgatory\n"
		  "  0x000001000000-0x0000017fffff  memory 0x800000  data 0x2800"
		  "  digest yes  kernel\n"
		  "memory map of the next kernel: 4\n"
		  "  0x000000000000-0x00000009fbff  RAM\n"
		  "  0x0000000f0000-0x0000000fffff  reserved\n"
		  "  0x000000100000-0x00000fffffff  RAM\n"
		  "  0x0000fffc0000-0x0000ffffffff  reserved\n"
		  "command line: root=/dev/vda1 quiet\n");
}

static struct plan *jump(void)
{
	struct plan *p = plan(PLAN_LOAD_JUMP, 32);
	struct err e;

	p->entry_bits = 32;
	p->window = (struct range){ 0x2000000, 0x2ffffff };
	p->low = (struct range){ 0x1000, 0x9efff };
	p->headers = (struct range){ 0x2fff000, 0x2ffffff };
	add(p, "kernel", 0x2400000, 0x2800, 0x400000);
	add(p, "purgatory", 0x2fef000, 0x10000, 0);
	add(p, "elfcorehdr", 0x2fff000, 0x1000, 0);
	CHECK(plan_fill(p, p->window, "window", &e));
	CHECK(plan_fill(p, p->low, "low RAM", &e));
	return p;
}

static void print_jump(FILE *to)
{
	print_plan(to, jump(), &backend_module);
}

TEST(a_jump_has_its_window)
{
	CHECK_MATCH(text_of(print_jump),
		    "plan: load for a jump\n"
		    "call: KEXEC_JUMP_LOAD of /dev/kexec_jump\n"
		    "flags: 0x30002 i386 preserve_context\n"
		    "*registers: esi = 0\n"
		    "window: 0x000002000000-0x000002ffffff\n"
		    "low RAM: 0x000000001000-0x00000009efff\n"
		    "elfcorehdr: 0x000002fff000-0x000002ffffff\n"
		    "segments: 5\n"
		    "*  digest no  low RAM\n*  digest no  window\n*  digest yes  kernel\n*");
}

static void print_file(FILE *to)
{
	struct file_call call = {
		.kernel = "vmlinuz",
		.image = { .size = 0x1234 },
		.initrd_size = 0x5678,
		.cmdline = "quiet",
		.flags = KEXEC_FILE_ON_CRASH_FLAG,
	};

	print_file_call(to, &call);
}

TEST(a_file_call)
{
	CHECK_STR(text_of(print_file), "plan: load for a crash\n"
				       "call: kexec_file_load\n"
				       "flags: 0x2 on_crash\n"
				       "kernel: vmlinuz, 0x1234 bytes\n"
				       "initrd: 0x5678 bytes\n"
				       "command line: quiet\n");
}

static void map_jump(FILE *to)
{
	struct err e;

	CHECK(print_map(to, jump(), &e));
}

TEST(the_map_shows_whose_memory_is_what)
{
	CHECK_STR(text_of(map_jump),
		  "0x000000000000 +----------------------------------------------+\n"
		  "               | A: this kernel                         4 KiB |\n"
		  "0x000000001000 +----------------------------------------------+\n"
		  "               | B: low RAM                           632 KiB |\n"
		  "0x00000009f000 +----------------------------------------------+\n"
		  "               | A: this kernel                         3 KiB |\n"
		  "0x00000009fc00 +----------------------------------------------+\n"
		  "              :\n"
		  "0x0000000f0000 +----------------------------------------------+\n"
		  "               | reserved                              64 KiB |\n"
		  "0x000000100000 +----------------------------------------------+\n"
		  "               | A: this kernel                        31 MiB |\n"
		  "0x000002000000 +----------------------------------------------+\n"
		  "               | B: window                              4 MiB |\n"
		  "0x000002400000 +----------------------------------------------+\n"
		  "               | kernel                                12 KiB |\n"
		  "0x000002403000 +----------------------------------------------+\n"
		  "               | B: window                           11.9 MiB |\n"
		  "0x000002fef000 +----------------------------------------------+\n"
		  "               | purgatory                             64 KiB |\n"
		  "0x000002fff000 +----------------------------------------------+\n"
		  "               | elfcorehdr                             4 KiB |\n"
		  "0x000003000000 +----------------------------------------------+\n"
		  "               | A: this kernel                       208 MiB |\n"
		  "0x000010000000 +----------------------------------------------+\n"
		  "              :\n"
		  "0x0000fffc0000 +----------------------------------------------+\n"
		  "               | reserved                             256 KiB |\n"
		  "0x000100000000 +----------------------------------------------+\n");
}

static void map_ordinary(FILE *to)
{
	struct err e;

	CHECK(print_map(to, ordinary(), &e));
}

TEST(the_map_of_an_ordinary_load)
{
	CHECK_MATCH(text_of(map_ordinary),
		    "0x000000000000 +--*| RAM * 639 KiB |\n"
		    "0x00000009fc00 *| purgatory * 64 KiB |\n*| RAM *| kernel * 8 MiB |\n*| RAM *");
}

TEST(the_map_of_nothing_and_of_everything)
{
	static struct plan p;
	struct err e;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	begin_plan(&p, PLAN_LOAD, 64);
	CHECK(print_map(to, &p, &e));
	memmap_set(&p.next, (struct range){ 0x1000, UINT64_MAX }, MEM_RAM);
	CHECK(print_map(to, &p, &e));
	fclose(to);
	CHECK_MATCH(text, "0x000000001000 +-*+\n * | RAM * 16 EiB |\n");
	free(text);
	plan_deinit(&p);
	plan(PLAN_LOAD, 64);
}

TEST_MAIN
