/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel/cpu_64.c on a CPU made of variables: what another kernel changes comes back, each register
 * when what it needs is there. Most of these registers no emulator has.
 */
#include <string.h>

#include "test.h"

/* In place of kernel/insn_64.h. */
#define KEXEC_JUMP_INSN_64_H

typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define CR4_FSGSBASE  (1ul << 16)
#define CR4_OSXSAVE   (1ul << 18)
#define CR4_PKE	      (1ul << 22)
#define CR4_CET	      (1ul << 23)
#define CR4_FRED      ((unsigned long)(1ull << 32))
#define MSR_STAR      0xc0000081
#define MSR_XSS	      0xda0
#define MSR_S_CET     0x6a2
#define MSR_FRED_LAST 0x1d4
#define MSR_DE_CFG    0xc0011029

struct msr {
	u32 number;
	u64 value;
	bool locked; /* a write is an error */
};

static struct cpu {
	struct msr msr[64];
	unsigned msr_count;
	unsigned long cr[9], dr[8];
	u64 xcr0;
	u32 pkru;
	u16 tr, ldt;
	int fpu; /* how often it was taken */
} cpu;

/* What was written, in its order: an MSR's number, or one of these. */
enum { CR2 = 2, CR4 = 4, CR8 = 8, DR0 = 10, XCR0 = 20, PKRU, TR, LDT };
static u32 written[256];
static unsigned written_count;
static const char *wrong;

static void note(u32 what)
{
	if (written_count < ARRAY_SIZE(written))
		written[written_count++] = what;
}

static struct msr *find_msr(u32 number)
{
	for (unsigned i = 0; i < cpu.msr_count; i++) {
		if (cpu.msr[i].number == number)
			return &cpu.msr[i];
	}
	return NULL;
}

static bool insn_read_msr(u32 number, u64 *value)
{
	struct msr *m = find_msr(number);

	if (m)
		*value = m->value;
	return m;
}

static void insn_write_msr(u32 number, u64 value)
{
	struct msr *m = find_msr(number);

	if (!m || m->locked)
		wrong = "a register was written that cannot be";
	if (number == MSR_XSS && !(cpu.cr[4] & CR4_OSXSAVE))
		wrong = "XSS before CR4.OSXSAVE";
	if (m)
		m->value = value;
	note(number);
}

#define CR(n) \
	static unsigned long insn_read_cr##n(void) \
	{ \
		return cpu.cr[n]; \
	} \
	static void insn_write_cr##n(unsigned long value) \
	{ \
		cpu.cr[n] = value; \
		note(n); \
	}

CR(2)
CR(4)
CR(8)

static u64 insn_read_xcr0(void)
{
	if (!(cpu.cr[4] & CR4_OSXSAVE))
		wrong = "xgetbv without CR4.OSXSAVE";
	return cpu.xcr0;
}

static void insn_write_xcr0(u64 value)
{
	if (!(cpu.cr[4] & CR4_OSXSAVE))
		wrong = "xsetbv without CR4.OSXSAVE";
	cpu.xcr0 = value;
	note(XCR0);
}

static u32 insn_read_pkru(void)
{
	if (!(cpu.cr[4] & CR4_PKE))
		wrong = "rdpkru without CR4.PKE";
	return cpu.pkru;
}

static void insn_write_pkru(u32 value)
{
	if (!(cpu.cr[4] & CR4_PKE))
		wrong = "wrpkru without CR4.PKE";
	cpu.pkru = value;
	note(PKRU);
}

static unsigned long insn_read_dr(int n)
{
	return cpu.dr[n];
}

static void insn_write_dr(int n, unsigned long value)
{
	if (n < 4 && cpu.dr[7])
		wrong = "an address while breakpoints are on";
	cpu.dr[n] = value;
	note(DR0 + n);
}

#define SELECTOR(name, NAME) \
	static u16 insn_read_##name(void) \
	{ \
		return cpu.name; \
	} \
	static void insn_write_##name(u16 value) \
	{ \
		cpu.name = value; \
		note(NAME); \
	}

SELECTOR(tr, TR)
SELECTOR(ldt, LDT)

static void insn_fpu_begin(void)
{
	cpu.fpu++;
}

static void insn_fpu_end(void)
{
	cpu.fpu--;
}

#include "cpu_64.c"

/* A CPU of @count of the registers that cpu_64.c knows, each with a value of its own. */
static void make_cpu(unsigned count, unsigned long cr4)
{
	memset(&cpu, 0, sizeof(cpu));
	memset(&saved, 0, sizeof(saved));
	for (unsigned i = 0; i < ARRAY_SIZE(msrs) && i < count; i++)
		cpu.msr[cpu.msr_count++] = (struct msr){ msrs[i], 0x1000 + i, false };
	for (int n = 0; n < 9; n++)
		cpu.cr[n] = 0x2000 + n;
	cpu.cr[4] = cr4;
	for (int n = 0; n < 8; n++)
		cpu.dr[n] = n < 4 || n > 5 ? 0x3000 + n : 0;
	cpu.xcr0 = 7;
	cpu.pkru = 0x55555554;
	cpu.tr = 0x40;
	cpu.ldt = 0;
	written_count = 0;
	wrong = NULL;
}

/* The other kernel: other values everywhere, and what the assembly has brought back. */
static void run_other_kernel(unsigned long cr4)
{
	for (unsigned i = 0; i < cpu.msr_count; i++)
		cpu.msr[i].value += cpu.msr[i].locked ? 0 : 0x70000;
	cpu.cr[2] = cpu.cr[8] = 1;
	cpu.cr[4] = cr4 & ~(CR4_CET | CR4_FRED);
	for (int n = 0; n < 4; n++)
		cpu.dr[n] = 0x99;
	cpu.dr[6] = 0xffff0ff0;
	cpu.dr[7] = 0;
	if (cr4 & CR4_OSXSAVE)
		cpu.xcr0 = 3;
	if (cr4 & CR4_PKE)
		cpu.pkru = 0;
	cpu.tr = 0;
	cpu.ldt = 0x50;
	written_count = 0;
}

static unsigned place(u32 what)
{
	unsigned i = 0;

	while (i < written_count && written[i] != what)
		i++;
	return i;
}

static void round_trip(unsigned long cr4)
{
	struct cpu before = cpu;

	jump_cpu_save();
	CHECK_EQ_U64(cpu.dr[7], 0);
	CHECK_EQ_U64(cpu.fpu, 1);
	run_other_kernel(cr4);
	jump_cpu_restore();
	CHECK(memcmp(&cpu, &before, sizeof(cpu)) == 0);
	CHECK_STR(wrong ? wrong : "", "");
}

TEST(all_comes_back)
{
	const unsigned long cr4 = CR4_FSGSBASE | CR4_OSXSAVE | CR4_PKE | CR4_CET | CR4_FRED;

	make_cpu(ARRAY_SIZE(msrs), cr4);
	round_trip(cr4);
	/* And again: nothing of the first round counts in the second. */
	cpu.msr[2].value = 0x4321;
	round_trip(cr4);
}

TEST(order)
{
	const unsigned long cr4 = CR4_OSXSAVE | CR4_PKE | CR4_CET | CR4_FRED;

	make_cpu(ARRAY_SIZE(msrs), cr4);
	round_trip(cr4);
	CHECK(place(XCR0) < place(MSR_XSS));
	CHECK(place(MSR_S_CET) < place(CR4));
	CHECK(place(MSR_FRED_LAST) < place(CR4));
	CHECK(place(MSR_STAR) < place(CR4));
	CHECK(place(TR) < place(CR4));
	CHECK(place(DR0 + 3) < place(DR0 + 7));
	CHECK(place(CR4) < written_count);
}

/* The oldest: no XSAVE, no protection keys, few of the MSRs. */
TEST(what_a_cpu_lacks_is_left_alone)
{
	make_cpu(9, 0x20);
	round_trip(0x20);
	CHECK_EQ_U64(place(XCR0), written_count);
	CHECK_EQ_U64(place(PKRU), written_count);
	CHECK_EQ_U64(place(MSR_S_CET), written_count);
}

/* Firmware locks some registers; one that nobody changed is not written. */
TEST(what_did_not_change_is_not_written)
{
	make_cpu(ARRAY_SIZE(msrs), CR4_OSXSAVE);
	find_msr(MSR_DE_CFG)->locked = true;
	round_trip(CR4_OSXSAVE);
	CHECK_EQ_U64(place(MSR_DE_CFG), written_count);
}

TEST(no_register_twice)
{
	for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
		for (unsigned j = 0; j < i; j++)
			CHECK(msrs[i] != msrs[j]);
	}
}

TEST_MAIN
