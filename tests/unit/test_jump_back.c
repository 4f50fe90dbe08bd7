/* SPDX-License-Identifier: GPL-2.0-only */
#include "sides.h"

static bool helper(struct side *s)
{
	return begin_side(s, s->request.one_way ? PLAN_LOAD_SAVED : PLAN_LOAD_HELPER) &&
	       jump_helper(&s->jump, &s->e);
}

#define CHECK_NO_HELP(s, pattern) CHECK_FAILS(helper(s), &(s)->e, pattern)

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
	p.gate.version = 99;
	show(&p);
	CHECK_NO_HELP(&p.b, "the gate at 0x* is of version 99*");
	p.gate = left_gate(32);
	show(&p);
	CHECK_NO_HELP(&p.b, "the gate at 0x* cannot be returned through");
	p.gate = left_gate(64);
	p.gate.flags = GATE_DIGEST;
	show(&p);
	CHECK_NO_HELP(&p.b, "the gate at 0x* cannot be returned through");
	p.gate = left_gate(64);
	p.gate.return_address = 0;
	show(&p);
	CHECK_NO_HELP(&p.b, "no kernel has left through the gate at 0x*");

	p.gate = left_gate(64);
	show(&p);
	CHECK(helper(&p.b));
	CHECK(memmap_set(&p.b.host.iomem.map, p.a.plan.window, MEM_RAM));
	CHECK_NO_HELP(&p.b, "the gate at 0x* lies in this kernel's own RAM*");
	close_pair(&p);
}

/* Replaces the jump record in A's elfcorehdr. */
static void put_record(struct side *a, const struct jump_record *r)
{
	struct segment *s = plan_find(&a->plan, "elfcorehdr");
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
	WITH(magic[0] = 0, "the jump record is damaged: its magic is wrong");
	WITH(version = 2, "the jump record is of version 2, 416 bytes; *");
	WITH(size = 8, "the jump record is of version 1, 8 bytes; *");
	WITH(machine = EM_ARM, "the jump record is damaged: its machine 40 *");
	WITH(entry++, "the jump record is damaged: its entry 0x*");
	WITH(gate_start++, "the jump record is damaged: its gate 0x*");
	WITH(gate_start += 1ull << 32, "the jump record is damaged: its gate 0x*");
	WITH(gate_last++, "the jump record is damaged: its gate 0x*");
#undef WITH

	r = p.a.jump.record;
	r.machine = EM_386;
	r.paging_levels = 2;
	put_record(&p.a, &r);
	show(&p);
	CHECK_NO_HELP(&p.b, "the gate at 0x* cannot be returned through");

	/* A gate that is consistent with itself, but not in the core. */
	r = p.a.jump.record;
	r.gate_start -= 0x1000;
	r.gate_last -= 0x1000;
	r.entry -= 0x1000;
	p.b.request.entry -= 0x1000;
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
	magic = memmem(plan_find(&p.a.plan, "elfcorehdr")->owned, 4096, JUMP_RECORD_NOTE_NAME, 9);
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

TEST_MAIN
