/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>

#include "cmdline.h"
#include "elfcore.h"
#include "hosts.h"
#include "jump.h"
#include "plans.h"

/* A running kernel as recorded in tests/hosts, and a load on it. */
struct side {
	struct host host;
	struct kernel_memory kernel;
	struct plan plan;
	struct jump jump;
	struct request request;
	struct image_bzimage image;
	char *cmdline;
	struct err e;
};

static struct image_bzimage image(bool is64)
{
	return (struct image_bzimage){
		.protocol = 0x20f,
		.has_64bit_entry = is64,
		.relocatable = true,
		.align = 2 * MIB,
		.preferred = 16 * MIB,
		.init_size = 32 * MIB,
	};
}

static bool open_side(struct side *s, const char *name)
{
	*s = (struct side){ .request = { .mem_max = UINT64_MAX } };
	s->cmdline = strdup("console=ttyS0");
	if (!CHECK(host_read(&s->host, host_root(name), HOST_ALL, &s->e)) ||
	    !CHECK(kernel_memory_open(&s->kernel, &s->host, &s->e))) {
		printf("%s: %s\n", name, s->e.text);
		return false;
	}
	s->image = image(s->host.arch == HOST_X86_64);
	return true;
}

static void close_side(struct side *s)
{
	kernel_memory_close(&s->kernel);
	host_deinit(&s->host);
	plan_deinit(&s->plan);
	free(s->cmdline);
}

static bool prepare(struct side *s)
{
	plan_deinit(&s->plan);
	begin_on(&s->plan, PLAN_LOAD_JUMP, &s->host);
	return jump_prepare(&s->jump, &s->plan, &s->host, &s->kernel, &s->request, &s->image, 0,
			    &s->cmdline, &s->e);
}

static bool helper(struct side *s)
{
	plan_deinit(&s->plan);
	begin_on(&s->plan, s->request.one_way ? PLAN_LOAD_SAVED : PLAN_LOAD_HELPER, &s->host);
	return jump_helper(&s->jump, &s->plan, &s->host, &s->kernel, &s->request, &s->e);
}

static bool prepared(struct side *s, const char *name)
{
	if (!open_side(s, name))
		return false;
	if (CHECK(prepare(s)))
		return true;
	printf("%s: %s\n", name, s->e.text);
	return false;
}

#define CHECK_REFUSED(s, pattern) CHECK_FAILS(prepare(s), &(s)->e, pattern)
#define CHECK_NO_HELP(s, pattern) CHECK_FAILS(helper(s), &(s)->e, pattern)

static uint64_t pages(uint64_t n)
{
	return (n + 4095) & ~4095ull;
}

/*
 * What B's kernel makes of the core headers (fs/proc/vmcore.c): all in one file, the notes at the
 * page behind the headers, then each PT_LOAD. Of A's memory only the gate has content.
 */
static bool make_vmcore(struct side *a, const char *path, const struct gate_params *params)
{
	struct segment *s = plan_find(&a->plan, "core headers");
	Elf64_Phdr phdr[16];
	uint64_t end;
	Elf64_Ehdr ehdr;
	int fd;

	if (!CHECK(s != NULL) || !CHECK_EQ_U64(s->data.size, s->memsz))
		return false;
	CHECK_EQ_U64(s->paddr, a->plan.headers.start);
	memcpy(&ehdr, s->data.data, sizeof(ehdr));
	if (!CHECK(ehdr.e_phnum >= 2 && ehdr.e_phnum <= 16))
		return false;
	memcpy(phdr, s->data.data + sizeof(ehdr), ehdr.e_phnum * sizeof(phdr[0]));
	if (!CHECK(phdr[0].p_offset - s->paddr + phdr[0].p_memsz <= s->memsz))
		return false;

	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	end = pages(sizeof(ehdr) + ehdr.e_phnum * sizeof(phdr[0]));
	CHECK_EQ_U64(pwrite(fd, s->data.data + (phdr[0].p_offset - s->paddr), phdr[0].p_filesz,
			    (off_t)end),
		     phdr[0].p_filesz);
	phdr[0].p_offset = end;
	phdr[0].p_memsz = phdr[0].p_filesz;
	end += pages(phdr[0].p_filesz);
	for (unsigned int i = 1; i < ehdr.e_phnum; i++) {
		CHECK_EQ_U64(phdr[i].p_offset % 4096, 0);
		phdr[i].p_offset = end;
		end += pages(phdr[i].p_memsz);
		if (phdr[i].p_paddr == a->plan.gate)
			CHECK_EQ_U64(pwrite(fd, params, sizeof(*params),
					    (off_t)(phdr[i].p_offset + GATE_PARAMS)),
				     sizeof(*params));
	}
	CHECK_EQ_U64(pwrite(fd, &ehdr, sizeof(ehdr), 0), sizeof(ehdr));
	CHECK_EQ_U64(pwrite(fd, phdr, ehdr.e_phnum * sizeof(phdr[0]), sizeof(ehdr)),
		     ehdr.e_phnum * sizeof(phdr[0]));
	return CHECK(ftruncate(fd, (off_t)end) == 0 && close(fd) == 0);
}

static bool read_file(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	return pread(*(int *)opaque, to, size, (off_t)offset) == (ssize_t)size ||
	       err_set(e, "cannot be read");
}

/* A gate that A's kernel has left through. */
static struct gate_params left_gate(unsigned int bits)
{
	return (struct gate_params){
		.magic = GATE_MAGIC,
		.version = GATE_VERSION,
		.bits = bits,
		.flags = GATE_CALLED | GATE_STOP_CPUS,
		.return_address = 0x1a3f011a,
		.passes_out = 1,
	};
}

static const char *temporary(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/vmcore-of-test", host_root(""));
	return path;
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

static enum mem_type type_at(const struct memmap *m, uint64_t addr)
{
	for (size_t i = 0; i < m->count; i++) {
		if (range_contains(m->at[i].range, (struct range){ addr, addr }))
			return m->at[i].type;
	}
	return 0;
}

TEST(x86_64_plan)
{
	struct side s;
	struct plan *p = &s.plan;
	struct segment *gate;
	char words[128];

	if (!prepared(&s, "x86_64-512m"))
		return;
	CHECK_EQ_U64(backend_load_flags(p), KEXEC_PRESERVE_CONTEXT_FLAG | KEXEC_ARCH_X86_64_FLAG);
	CHECK_EQ_U64(p->gate_bits, 64);
	CHECK_EQ_U64(p->mem_total, s.host.mem.total);

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
	CHECK_EQ_U64(p->segment_count, 2);
	CHECK_EQ_U64(p->ram.count, 1);
	CHECK_EQ_U64(p->ram.at[0].start, p->window.start);
	CHECK_EQ_U64(p->ram.at[0].last, p->gate - 1);

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

TEST(memory_map_of_b)
{
	struct side s;
	struct plan *p = &s.plan;
	struct ranges ram = {};

	if (!prepared(&s, "x86_64-512m"))
		return;
	CHECK(memmap_ranges(&p->next, MEM_RAM, &ram));
	CHECK_EQ_U64(ram.count, 2);
	CHECK_EQ_U64(ram.at[0].start, 0x1000);
	CHECK_EQ_U64(ram.at[0].last, 0x9efff);
	CHECK_EQ_U64(ram.at[1].start, p->window.start);
	CHECK_EQ_U64(ram.at[1].last, p->gate - 1);
	CHECK_EQ_U64(type_at(&p->next, p->gate), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, p->headers.last), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, MIB), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, p->window.start - 1), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, p->window.last + 1), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, 0x9f800), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, 0x30000000), 0);
	ranges_deinit(&ram);

	/* Firmware's own ranges stay; without its map /proc/iomem's are taken. */
	CHECK(memmap_set(&s.host.firmware.map, (struct range){ 0x30000000, 0x30000fff }, MEM_NVS));
	CHECK(prepare(&s));
	CHECK_EQ_U64(type_at(&p->next, 0x30000000), MEM_NVS);
	memmap_deinit(&s.host.firmware.map);
	CHECK(prepare(&s));
	CHECK_EQ_U64(type_at(&p->next, 0x30000000), 0);
	CHECK_EQ_U64(type_at(&p->next, MIB), MEM_RESERVED);
	CHECK_EQ_U64(type_at(&p->next, p->window.start), MEM_RAM);

	/* RAM that firmware called otherwise is A's all the same. */
	CHECK(memmap_set(&s.host.firmware.map, (struct range){ 0, 0xffffffff }, MEM_NVS));
	CHECK(prepare(&s));
	CHECK_EQ_U64(type_at(&p->next, MIB), MEM_RESERVED);
	close_side(&s);
}

/* Every byte that B believes to be RAM is a destination of the image. */
TEST(all_that_is_lent_is_swapped)
{
	static const char *const names[] = { "x86_64-512m", "i386-512m", "i386-pae-6g" };
	struct side s;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ranges left = {};

		if (!prepared(&s, names[i]))
			return;
		CHECK(plan_place(
			&s.plan,
			&(struct place){ .name = "kernel", .memsz = 32 * MIB, .align = 2 * MIB },
			NULL, &s.e));
		CHECK(jump_finish(&s.plan, &s.e));
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

	/* A text that is lent has no PT_LOAD. */
	s.host.iomem.kernel = (struct range){ s.plan.window.start, s.plan.window.start + 32 * MIB };
	s.request.mem_min = s.plan.window.start;
	s.request.mem_max = s.plan.window.last;
	if (CHECK(prepare(&s)) && open_core(&s, &core)) {
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
	CHECK_REFUSED(&s, "--elf32-core-headers cannot describe an x86_64 *");
	close_side(&s);

	if (!open_side(&s, "i386-512m"))
		return;
	s.request.core_headers = CORE_ELF32;
	if (CHECK(prepare(&s)))
		CHECK_EQ_U64(plan_find(&s.plan, "core headers")->data.data[EI_CLASS], ELFCLASS32);
	s.request.core_headers = CORE_AUTO;
	if (CHECK(prepare(&s)))
		CHECK_EQ_U64(plan_find(&s.plan, "core headers")->data.data[EI_CLASS], ELFCLASS64);
	close_side(&s);

	if (!open_side(&s, "i386-pae-6g"))
		return;
	s.request.core_headers = CORE_ELF32;
	CHECK_REFUSED(&s, "RAM up to 0x1bfffffff cannot be described by ELF32 *");
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

TEST(kernels_of_one_kind)
{
	struct side s;

	if (!open_side(&s, "x86_64-512m"))
		return;
	s.image = image(false);
	CHECK_REFUSED(&s, "a jump needs kernels of one kind: the running one is x86_64, this one "
			  "i386 *");
	close_side(&s);
	if (!open_side(&s, "i386-512m"))
		return;
	s.image = image(true);
	CHECK_REFUSED(&s, "a jump needs kernels of one kind: the running one is i386, this one "
			  "x86_64;*");
	close_side(&s);
}

TEST(window_size)
{
	struct side s;
	uint64_t needs;

	if (!prepared(&s, "x86_64-512m"))
		return;
	needs = layout_linux_needs(&s.image, 0, s.host.cpu.online) + GATE_SIZE +
		range_size(s.plan.headers);
	s.request.window_size = needs - 1;
	CHECK_REFUSED(&s, "--window-size=* is too small: this kernel, its initrd * need *");
	s.request.window_size = needs;
	if (CHECK(prepare(&s)))
		CHECK_EQ_U64(range_size(s.plan.window), needs);
	s.request.window_size = 240 * MIB;
	if (CHECK(prepare(&s)))
		CHECK_EQ_U64(range_size(s.plan.window), 240 * MIB);
	s.request.window_size = 250 * MIB;
	CHECK_REFUSED(&s, "a window (--window-size=) of 250 MiB * more than half *");
	s.request.window_size = 0;
	s.request.mem_min = MIB;
	s.request.mem_max = 16 * MIB - 1;
	CHECK_REFUSED(&s, "no room for a window *--mem-max=0xffffff");
	CHECK_FAILS(jump_prepare(&s.jump, &s.plan, &s.host, &s.kernel, &s.request, &s.image,
				 UINT64_MAX / 2, &s.cmdline, &s.e),
		    &s.e, "an initrd of 0x7fffffffffffffff bytes is too large");
	close_side(&s);
}

TEST(no_low_memory)
{
	struct ranges ram = {};
	struct side s;

	if (!open_side(&s, "x86_64-512m"))
		return;
	CHECK(memmap_set(&s.host.iomem.map, (struct range){ 0, MIB - 1 }, MEM_RESERVED));
	if (CHECK(prepare(&s)) && CHECK(jump_finish(&s.plan, &s.e))) {
		CHECK(memmap_ranges(&s.plan.next, MEM_RAM, &ram));
		CHECK_EQ_U64(ram.count, 1);
		CHECK(plan_find(&s.plan, "low memory") == NULL);
		CHECK_EQ_U64(s.jump.record.low_last, 0);
	}
	ranges_deinit(&ram);
	close_side(&s);
}

/* --- the helper --- */

TEST(helper_plan)
{
	static const struct {
		const char *name;
		unsigned int bits;
		uint64_t flags;
	} hosts[] = {
		{ "x86_64-jumped", 64, KEXEC_ARCH_X86_64_FLAG },
		{ "i386-jumped", 32, KEXEC_ARCH_I386_FLAG },
	};
	struct side s;

	for (size_t i = 0; i < 2; i++) {
		if (!open_side(&s, hosts[i].name))
			return;
		if (!CHECK(helper(&s)))
			printf("%s\n", s.e.text);
		CHECK_EQ_U64(backend_load_flags(&s.plan),
			     KEXEC_PRESERVE_CONTEXT_FLAG | hosts[i].flags);
		CHECK_EQ_U64(s.plan.gate_bits, hosts[i].bits);
		CHECK_EQ_U64(s.plan.segment_count, 1);
		CHECK(plan_find(&s.plan, "purgatory") != NULL);
		CHECK(s.plan.gate >= MIB);
		CHECK(ranges_contain(&s.plan.system_ram,
				     (struct range){ s.plan.gate, s.plan.gate + GATE_SIZE - 1 }));
		CHECK(!range_overlaps(s.host.iomem.kernel,
				      (struct range){ s.plan.gate, s.plan.gate + GATE_SIZE - 1 }));
		CHECK_EQ_U64(s.plan.gate_wants.peer_entry, 0xbfe0040);
		CHECK(s.plan.gate_wants.flags & GATE_CALLED);
		CHECK(s.plan.gate_wants.flags & GATE_STOP_CPUS);
		CHECK_EQ_U64(!!(s.plan.gate_wants.flags & GATE_LOAD_GDT), i);

		s.request.has_entry = true;
		s.request.entry = 0xbfe0040;
		CHECK(helper(&s));
		s.request.entry = 0xbfe0020;
		CHECK_NO_HELP(&s, "0xbfe0020 is not the way back: *its entry at 0xbfe0040");
		s.request.has_entry = false;
		s.request.mem_min = 4096 * MIB;
		CHECK_NO_HELP(&s, "--mem-min and --mem-max leave nothing *");
		close_side(&s);
	}
}

static void set_cmdline(struct side *s, const char *line)
{
	free(s->host.cmdline);
	s->host.cmdline = strdup(line);
}

TEST(helper_where_nobody_jumped_to)
{
	struct side s;

	if (!open_side(&s, "x86_64-512m"))
		return;
	CHECK_NO_HELP(&s, "this kernel was not jumped to: kexec_jump_back_entry= is not on *");
	s.request.has_entry = true;
	s.request.entry = 0xbfe0040;
	CHECK_NO_HELP(&s, "*/proc/vmcore: * this kernel was not jumped to (no elfcorehdr= *");
	set_cmdline(&s, "elfcorehdr=0x1000");
	CHECK_NO_HELP(&s, "*/proc/vmcore: *CONFIG_PROC_VMCORE*");
	close_side(&s);
}

TEST(helper_entry_words)
{
	struct side s;

	if (!open_side(&s, "x86_64-jumped"))
		return;
	set_cmdline(&s, "kexec_jump_back_entry=0xzz");
	CHECK_NO_HELP(&s, "kexec_jump_back_entry= on the command line: *");
	set_cmdline(&s, "kexec_jump_back_entry");
	CHECK_NO_HELP(&s, "kexec_jump_back_entry= on the command line: *");
	close_side(&s);
}

/* A's load on one recorded host, the helper on another one that finds A's memory. */
struct pair {
	struct side a, b;
	char vmcore[256];
	struct gate_params gate;
};

static bool open_pair(struct pair *p)
{
	if (!prepared(&p->a, "x86_64-512m"))
		return false;
	if (!open_side(&p->b, "x86_64-jumped")) {
		close_side(&p->a);
		return false;
	}
	snprintf(p->vmcore, sizeof(p->vmcore), "%s/proc/vmcore", p->b.host.root);
	p->gate = left_gate(64);
	p->b.request.has_entry = true;
	p->b.request.entry = p->a.plan.gate + GATE_REENTRY;
	return true;
}

/* Puts A's memory, with whatever the test has changed, before B. */
static void show(struct pair *p)
{
	make_vmcore(&p->a, p->vmcore, &p->gate);
}

static void close_pair(struct pair *p)
{
	close_side(&p->a);
	close_side(&p->b);
}

TEST(helper_finds_what_prepare_left)
{
	struct pair p;

	if (!open_pair(&p))
		return;
	show(&p);
	if (CHECK(helper(&p.b)))
		CHECK_EQ_U64(p.b.plan.gate_wants.peer_entry, p.a.plan.gate + GATE_REENTRY);
	else
		printf("%s\n", p.b.e.text);
	CHECK(memcmp(&p.b.jump.record, &p.a.jump.record, sizeof(p.a.jump.record)) == 0);
	close_pair(&p);
}

TEST(helper_checks_the_gate)
{
	struct pair p;

	if (!open_pair(&p))
		return;
	p.gate.magic[3] ^= 1;
	show(&p);
	CHECK_NO_HELP(&p.b, "there is no gate at 0x*");
	p.gate = left_gate(64);
	p.gate.version = 2;
	show(&p);
	CHECK_NO_HELP(&p.b, "the gate at 0x* is of version 2*");
	p.gate = left_gate(32);
	show(&p);
	CHECK_NO_HELP(&p.b, "the gate at 0x* is not one that can be returned through");
	p.gate = left_gate(64);
	p.gate.flags = GATE_DIGEST;
	show(&p);
	CHECK_NO_HELP(&p.b, "the gate at 0x* is not one that can be returned through");
	p.gate = left_gate(64);
	p.gate.return_address = 0;
	show(&p);
	CHECK_NO_HELP(&p.b, "nobody has left through the gate at 0x*");

	p.gate = left_gate(64);
	show(&p);
	CHECK(helper(&p.b));
	CHECK(memmap_set(&p.b.host.iomem.map, p.a.plan.window, MEM_RAM));
	CHECK_NO_HELP(&p.b, "the gate at 0x* lies in this kernel's own RAM*");
	close_pair(&p);
}

/* Replaces the jump record in A's core headers. */
static void put_record(struct side *a, const struct jump_record *r)
{
	struct segment *s = plan_find(&a->plan, "core headers");
	uint8_t *at = memmem(s->owned, s->memsz, JUMP_RECORD_NOTE_NAME, 9);

	if (CHECK(at != NULL))
		memcpy(at + 12, r, sizeof(*r));
}

TEST(helper_checks_the_record)
{
	struct jump_record r;
	struct pair p;

	if (!open_pair(&p))
		return;
#define WITH(change, pattern) \
	do { \
		r = p.a.jump.record; \
		r.change; \
		put_record(&p.a, &r); \
		show(&p); \
		CHECK_NO_HELP(&p.b, "*/proc/vmcore: " pattern); \
	} while (0)
	WITH(magic[0] = 0, "has a damaged jump record");
	WITH(version = 2, "has a jump record of version 2, 416 bytes; *");
	WITH(size = 8, "has a jump record of version 1, 8 bytes; *");
	WITH(machine = EM_ARM, "has a damaged jump record");
	WITH(entry++, "has a damaged jump record");
	WITH(gate_start++, "has a damaged jump record");
	WITH(gate_start += 1ull << 32, "has a damaged jump record");
	WITH(gate_last++, "has a damaged jump record");
#undef WITH

	r = p.a.jump.record;
	r.machine = EM_386;
	put_record(&p.a, &r);
	show(&p);
	CHECK_NO_HELP(&p.b, "the kernel to go back to is i386, this one is x86_64");

	/* A gate that is consistent with itself, but not in the core. */
	r = p.a.jump.record;
	r.gate_start += 0x1000;
	r.gate_last += 0x1000;
	r.entry += 0x1000;
	p.b.request.entry += 0x1000;
	put_record(&p.a, &r);
	show(&p);
	CHECK_NO_HELP(&p.b, "*/proc/vmcore: does not have the gate at 0x*");
	close_pair(&p);
}

TEST(helper_with_other_vmcores)
{
	struct pair p;
	char *magic;

	if (!open_pair(&p))
		return;
	/* Any crash kernel has one, without our note. */
	magic = memmem(plan_find(&p.a.plan, "core headers")->owned, 4096, JUMP_RECORD_NOTE_NAME, 9);
	if (CHECK(magic != NULL)) {
		*magic = 'X';
		show(&p);
		CHECK_NO_HELP(&p.b, "*/proc/vmcore: has no jump record: *");
		*magic = 'K';
	}
	show(&p);
	CHECK(truncate(p.vmcore, 8192) == 0);
	CHECK_NO_HELP(&p.b, "*/proc/vmcore: ends before offset 0x*");
	CHECK(truncate(p.vmcore, 100) == 0);
	CHECK_NO_HELP(&p.b, "*/proc/vmcore: *");
	CHECK(truncate(p.vmcore, 0) == 0);
	CHECK_NO_HELP(&p.b, "*/proc/vmcore: *");
	close_pair(&p);
}

/* For a saved kernel: an ordinary load, which a kernel that cannot jump can do as well. */
TEST(helper_for_one_way)
{
	struct pair p;

	if (!open_pair(&p))
		return;
	if (!CHECK(make_vmcore(&p.a, temporary(), &p.gate)))
		return;
	p.b.request.one_way = true;
	p.b.request.vmcore = temporary();
	if (CHECK(helper(&p.b))) {
		CHECK_EQ_U64(backend_load_flags(&p.b.plan), KEXEC_ARCH_X86_64_FLAG);
		CHECK_EQ_U64(p.b.plan.gate_wants.flags, GATE_STOP_CPUS);
		CHECK_EQ_U64(p.b.plan.gate_wants.peer_entry, p.a.plan.gate + GATE_REENTRY);
	} else {
		printf("%s\n", p.b.e.text);
	}
	unlink(temporary());
	CHECK_NO_HELP(&p.b, "*/vmcore-of-test: No such file or directory");
	close_pair(&p);

	if (!open_side(&p.b, "x86_64-nojump"))
		return;
	p.b.request.one_way = true;
	p.b.request.has_entry = true;
	p.b.request.entry = 0xbfe0040;
	p.b.request.vmcore = "/dev/null";
	CHECK_NO_HELP(&p.b, "/dev/null: not a regular file");
	close_side(&p.b);
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
