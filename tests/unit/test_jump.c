/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmdline.h"
#include "elfcore.h"
#include "sides.h"

#define CHECK_REFUSED(s, pattern) CHECK_FAILS(prepare(s), &(s)->e, pattern)

static bool read_file(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	return pread(*(int *)opaque, to, size, (off_t)offset) == (ssize_t)size ||
	       err_set(e, "cannot be read");
}

/* What a reader of /proc/vmcore sees of A. */
static bool open_core(struct side *a, struct elfcore *core)
{
	struct gate_params params = left_gate(64);
	bool ok;
	int fd;

	if (!make_vmcore(a, temporary(), &params))
		return false;
	fd = open(temporary(), O_RDONLY);
	ok = CHECK(elfcore_read(core, read_file, &fd, UINT64_MAX, &a->e));
	if (!ok)
		printf("%s\n", a->e.text);
	close(fd);
	unlink(temporary());
	return ok;
}

static const struct elfcore_load *load_at(const struct elfcore *core, uint64_t paddr)
{
	for (size_t i = 0; i < core->load_count; i++) {
		if (core->loads[i].paddr == paddr)
			return &core->loads[i];
	}
	return NULL;
}

TEST(x86_64_plan)
{
	struct side s;
	struct plan *p = &s.plan;
	char words[128];

	if (!prepared(&s, "x86_64-512m"))
		return;
	CHECK_EQ_U64(backend_load_flags(p), KEXEC_PRESERVE_CONTEXT_FLAG | KEXEC_ARCH_X86_64_FLAG);
	CHECK_EQ_U64(p->gate_bits, 64);
	CHECK_EQ_U64(p->mem_total, s.host.mem.total);

	CHECK(plan_find(p, "elfcorehdr")->paddr == p->headers.start);
	CHECK(plan_find(p, "purgatory")->paddr == p->gate);
	CHECK(s.plan.gate_wants.flags & GATE_CALLED);
	CHECK(s.plan.gate_wants.flags & GATE_STOP_CPUS);
	CHECK(!(s.plan.gate_wants.flags & GATE_SET_PAE));
	CHECK_EQ_U64(s.plan.gate_wants.peer_entry, 0);
	snprintf(words, sizeof(words),
		 "console=ttyS0 elfcorehdr=0x%" PRIx64 " kexec_jump_back_entry=0x%" PRIx64,
		 p->headers.start, p->gate + GATE_REENTRY);
	CHECK_STR(s.cmdline, words);
	close_side(&s);
}

TEST(words_on_the_command_line_are_ours)
{
	struct side s;
	char *entry, *headers, want[32];

	if (!open_side(&s, "x86_64-512m"))
		return;
	free(s.cmdline);
	s.cmdline = strdup("elfcorehdr=0x1000 quiet kexec_jump_back_entry=0x2000");
	if (CHECK(prepare(&s))) {
		CHECK_MATCH(s.cmdline, "quiet elfcorehdr=0x* kexec_jump_back_entry=0x*");
		entry = cmdline_value(s.cmdline, "kexec_jump_back_entry");
		headers = cmdline_value(s.cmdline, "elfcorehdr");
		snprintf(want, sizeof(want), "0x%" PRIx64, s.plan.gate + GATE_REENTRY);
		CHECK_STR(entry, want);
		snprintf(want, sizeof(want), "0x%" PRIx64, s.plan.headers.start);
		CHECK_STR(headers, want);
		free(entry);
		free(headers);
	}
	free(s.cmdline);
	s.cmdline = NULL;
	if (CHECK(prepare(&s)))
		CHECK_MATCH(s.cmdline, "elfcorehdr=0x* kexec_jump_back_entry=0x*");
	close_side(&s);
}

TEST(record)
{
	struct side s;
	const struct jump_record *r = &s.jump.record;

	if (!prepared(&s, "i386-pae-6g"))
		return;
	CHECK(memcmp(r->magic, JUMP_RECORD_MAGIC, sizeof(r->magic)) == 0);
	CHECK_EQ_U64(r->version, JUMP_RECORD_VERSION);
	CHECK_EQ_U64(r->size, sizeof(*r));
	CHECK_EQ_U64(r->machine, EM_386);
	CHECK_EQ_U64(r->paging_levels, 3);
	CHECK_EQ_U64(r->entry, s.plan.gate + GATE_REENTRY);
	CHECK_EQ_U64(r->gate_start, s.plan.gate);
	CHECK_EQ_U64(r->gate_last, s.plan.gate + GATE_SIZE - 1);
	CHECK_EQ_U64(r->window_start, s.plan.window.start);
	CHECK_EQ_U64(r->window_last, s.plan.window.last);
	CHECK_EQ_U64(r->low_start, 0x1000);
	CHECK_EQ_U64(r->low_last, 0x9efff);
	CHECK_EQ_U64(r->headers_start, s.plan.headers.start);
	CHECK_EQ_U64(r->headers_last, s.plan.headers.last);
	CHECK_EQ_U64(r->text_start, s.host.iomem.kernel.start);
	CHECK_EQ_U64(r->text_last, s.host.iomem.kernel.last);
	CHECK_EQ_U64(r->ram_bytes, ranges_size(&s.plan.system_ram));
	CHECK_STR(r->release, s.host.release);
	CHECK_STR(r->build, s.host.build);
	CHECK(memcmp(r->firmware_map, s.host.firmware.map_sha256, 32) == 0);
	CHECK(memcmp(r->cpu_vendor, s.host.cpu.vendor, 12) == 0);
	CHECK(memcmp(r->cpu_features, s.host.cpu.features, 32) == 0);
	CHECK_EQ_U64(r->cpu_signature, s.host.cpu.signature);
	close_side(&s);
}

/* No PT_LOAD but the gate's is in anything that is lent; all the rest of RAM is described. */
static void check_core(const char *name)
{
	struct ranges left = {};
	struct elfcore core;
	struct bytes desc;
	struct side s;

	if (!prepared(&s, name))
		return;
	if (!open_core(&s, &core)) {
		close_side(&s);
		return;
	}
	CHECK(core.is64);
	CHECK_EQ_U64(core.entry, s.plan.gate + GATE_REENTRY);
	CHECK(ranges_copy(&left, &s.plan.system_ram));
	CHECK(ranges_remove(&left, s.plan.window));
	CHECK(ranges_remove(&left, s.plan.low));
	for (size_t i = 0; i < core.load_count; i++) {
		struct range r = { core.loads[i].paddr,
				   core.loads[i].paddr + core.loads[i].memsz - 1 };

		if (r.start == s.plan.gate) {
			CHECK_EQ_U64(range_size(r), GATE_SIZE);
			continue;
		}
		CHECK(!range_overlaps(r, s.plan.window));
		CHECK(!range_overlaps(r, s.plan.low));
		CHECK(ranges_remove(&left, r));
	}
	CHECK_EQ_U64(left.count, 0);
	CHECK(load_at(&core, s.plan.gate) != NULL);

	CHECK(elfcore_note(&core, "VMCOREINFO", 0, &desc));
	CHECK(desc.size == s.kernel.vmcoreinfo.size && desc.size &&
	      memcmp(desc.data, s.kernel.vmcoreinfo.data, desc.size) == 0);
	CHECK(elfcore_note(&core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, &desc));
	CHECK(desc.size == sizeof(s.jump.record) &&
	      memcmp(desc.data, &s.jump.record, desc.size) == 0);
	CHECK(elfcore_note(&core, "CORE", NT_PRSTATUS, &desc));
	CHECK_EQ_U64(desc.size, s.host.arch == HOST_X86_64 ? 336 : 144);
	elfcore_deinit(&core);
	ranges_deinit(&left);
	close_side(&s);
}

TEST(core_of_x86_64)
{
	check_core("x86_64-512m");
}
TEST(core_of_x86_64_6g)
{
	check_core("x86_64-6g");
}
TEST(core_of_i386)
{
	check_core("i386-512m");
}
TEST(core_of_i386_pae)
{
	check_core("i386-pae-6g");
}

TEST(virtual_addresses_of_x86_64)
{
	const struct elfcore_load *load;
	struct elfcore core;
	struct side s;

	if (!prepared(&s, "x86_64-512m"))
		return;
	if (open_core(&s, &core)) {
		load = load_at(&core, s.host.iomem.kernel.start);
		if (CHECK(load != NULL))
			CHECK_EQ_U64(load->vaddr, 0xffffffff9a000000);
		load = load_at(&core, MIB);
		if (CHECK(load != NULL))
			CHECK(load->vaddr >= 0xffff800000000000 &&
			      load->vaddr < 0xffffffff80000000 && load->vaddr % MIB == 0);
		elfcore_deinit(&core);
	}

	/* A text that is lent, which only the module may, has no PT_LOAD. */
	s.host.iomem.kernel = (struct range){ s.plan.window.start, s.plan.window.start + 32 * MIB };
	s.request.mem_min = s.plan.window.start;
	s.request.mem_max = s.plan.window.last;
	CHECK_REFUSED(&s, "no room for a window *");
	if (CHECK(begin_side(&s, PLAN_LOAD_JUMP)))
		s.plan.limits = &backend_module.limits[HOST_X86_64];
	if (CHECK(jump_prepare(&s.jump, &s.image, 0, &s.cmdline, &s.e)) && open_core(&s, &core)) {
		for (size_t i = 0; i < core.load_count; i++)
			CHECK(core.loads[i].vaddr < 0xffffffff80000000);
		elfcore_deinit(&core);
	}
	close_side(&s);
}

TEST(virtual_addresses_of_i386)
{
	const struct elfcore_load *load;
	struct elfcore core;
	struct side s;

	if (!prepared(&s, "i386-pae-6g"))
		return;
	if (open_core(&s, &core)) {
		load = load_at(&core, MIB);
		CHECK(load && load->vaddr == 0xc0100000);
		load = load_at(&core, s.plan.window.last + 1);
		CHECK(load && load->vaddr == 0xc0000000 + s.plan.window.last + 1);
		/* kcore's low memory ends at 0x377fdfff. */
		load = load_at(&core, 0x377fe000);
		CHECK(load && load->vaddr == UINT64_MAX);
		load = load_at(&core, 4096 * MIB);
		CHECK(load && load->vaddr == UINT64_MAX);
		elfcore_deinit(&core);
	}
	close_side(&s);
}

TEST(class_of_the_headers)
{
	struct side s;

	if (!open_side(&s, "x86_64-512m"))
		return;
	s.request.core_headers = CORE_ELF32;
	CHECK_REFUSED(&s, "--elf32-core-headers is for two i386 kernels: leave it out");
	close_side(&s);

	if (!open_side(&s, "i386-512m"))
		return;
	s.request.core_headers = CORE_ELF32;
	if (CHECK(prepare(&s)))
		CHECK_EQ_U64(plan_find(&s.plan, "elfcorehdr")->data.data[EI_CLASS], ELFCLASS32);
	s.request.core_headers = CORE_AUTO;
	if (CHECK(prepare(&s)))
		CHECK_EQ_U64(plan_find(&s.plan, "elfcorehdr")->data.data[EI_CLASS], ELFCLASS64);
	close_side(&s);

	if (!open_side(&s, "i386-pae-6g"))
		return;
	s.request.core_headers = CORE_ELF32;
	CHECK_REFUSED(&s, "an ELF32 elfcorehdr cannot describe RAM up to 0x1bfffffff: *");
	close_side(&s);
}

TEST(gate_of_i386)
{
	struct side s;

	if (!prepared(&s, "i386-512m"))
		return;
	CHECK_EQ_U64(backend_load_flags(&s.plan),
		     KEXEC_PRESERVE_CONTEXT_FLAG | KEXEC_ARCH_I386_FLAG);
	CHECK_EQ_U64(s.plan.gate_bits, 32);
	CHECK_EQ_U64(s.plan.window.start, 0xe400000); /* behind A's kernel, 4 MiB aligned */
	CHECK(s.plan.gate_wants.flags & GATE_LOAD_GDT);
	CHECK(!(s.plan.gate_wants.flags & GATE_SET_PAE));
	CHECK_EQ_U64(s.plan.gate_wants.gdt_limit, 255);
	CHECK(s.plan.gate_wants.gdt_base >= 0xc0000000 && s.plan.gate_wants.gdt_base <= UINT32_MAX);
	s.host.paging_levels = 3;
	CHECK(prepare(&s) && s.plan.gate_wants.flags & GATE_SET_PAE);
	s.host.paging_levels = 0;
	CHECK_REFUSED(&s, "cannot tell whether this kernel uses PAE: *");
	close_side(&s);
}

TEST(gdt_of_x86_64)
{
	struct side s;

	/* 6.12 with the fix loads it, which relocate_kernel in kcore shows. */
	if (!prepared(&s, "x86_64-512m"))
		return;
	CHECK_EQ_U64(kernel_restores_gdt(&s.kernel), YES);
	CHECK(!(s.plan.gate_wants.flags & GATE_LOAD_GDT));

	/* Nothing to read: neither that nor the GDT's address. */
	close(s.kernel.kcore);
	s.kernel.kcore = -1;
	elfcore_deinit(&s.kernel.core);
	s.kernel.core = (struct elfcore){};
	err_set(&s.kernel.kcore_why, "no kcore");
	CHECK_REFUSED(&s, "coming back from a jump needs the address of this kernel's GDT *kcore*");
	close_side(&s);

	if (!open_side(&s, "x86_64-hidden"))
		return;
	CHECK_REFUSED(&s, "coming back from a jump needs *addresses are hidden*");
	close_side(&s);
}

/* Each can jump to the other: the window is where that one can run, headers are what it takes. */
TEST(kernels_of_two_kinds)
{
	struct gate_params params;
	struct elfcore core;
	struct side s;

	if (!open_side(&s, "x86_64-512m"))
		return;
	s.image = image(false);
	if (CHECK(prepare(&s)) && open_core(&s, &core)) {
		CHECK_EQ_U64(core.machine, EM_X86_64);
		CHECK_EQ_U64(s.jump.record.machine, EM_X86_64);
		CHECK(s.plan.window.last < 512 * MIB);
		elfcore_deinit(&core);
	}
	close_side(&s);
	if (!open_side(&s, "i386-512m"))
		return;
	s.image = image(true);
	s.host.cpu.lm = false;
	CHECK_REFUSED(&s, "this is an x86_64 kernel, and the CPU has no 64-bit mode");
	s.host.cpu.lm = true;
	params = left_gate(32);
	if (CHECK(prepare(&s)) && make_vmcore(&s, temporary(), &params)) {
		int fd = open(temporary(), O_RDONLY);

		CHECK(elfcore_read(&core, read_file, &fd, UINT64_MAX, &s.e));
		CHECK_EQ_U64(core.machine, EM_X86_64);
		CHECK_EQ_U64(s.jump.record.machine, EM_386);
		elfcore_deinit(&core);
		close(fd);
		unlink(temporary());
	}
	s.request.core_headers = CORE_ELF32;
	CHECK_REFUSED(&s, "--elf32-core-headers is for two i386 kernels*");
	close_side(&s);
}

/* Where nothing was said, /proc/config.gz tells, to a program that can read it. */
#if HAVE_ZLIB
#define BY_CONFIG FREE_CONTENT_NONE
#else
#define BY_CONFIG FREE_CONTENT_UNKNOWN
#endif

TEST(what_free_pages_hold)
{
	static const struct {
		const char *words;
		enum free_content content;
	} lines[] = {
		{ "quiet", BY_CONFIG },
		{ "init_on_free=1", FREE_CONTENT_MATTERS },
		{ "init_on_free=on quiet", FREE_CONTENT_MATTERS },
		{ "init_on_free=1 init_on_free=0", BY_CONFIG },
		{ "init_on_free=off page_poison=0 debug_pagealloc=no", FREE_CONTENT_NONE },
		{ "page_poison=1", FREE_CONTENT_MATTERS },
		{ "debug_pagealloc=on", FREE_CONTENT_MATTERS },
	};
	struct side s;

	if (!open_side(&s, "x86_64-512m"))
		return;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		set_cmdline(&s, lines[i].words);
		if (CHECK(prepare(&s)))
			CHECK_EQ_U64(s.jump.record.free_content, lines[i].content);
	}
	close_side(&s);
}

TEST_MAIN
