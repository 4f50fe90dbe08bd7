/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gates on a bare machine: kernel A calls its gate, which enters B; B calls its own, which
 * brings A back; then ROUNDS times to and fro, and home again through a gate C that has no kernel
 * to come back to, as after a power cycle. What was not restored shows as a difference or a
 * triple fault. FAULT breaks one thing on purpose: the gate has to say so and reset.
 */
#include "gate_test.h"
#include "io.h"
#include "purgatory_abi.h"
#include "sha256.h"

#define ROUNDS	    100
#define ARGUMENT    0x12345670
#define SERIAL_PORT 0x3f8
#define EXIT_PORT   0xf4 /* QEMU's isa-debug-exit */

#define FAULT_NONE	0
#define FAULT_DIGEST	1 /* a byte changes after the digest was made */
#define FAULT_HANDSHAKE 2 /* a re-entry without the word */
#define FAULT_STRAY	3 /* a re-entry of a gate that nobody left through */

#define CR0_WP	 0x10000
#define CR4_PAE	 0x20
#define CR4_MCE	 0x40
#define CR4_LA57 0x1000

void *memcpy(void *to, const void *from, size_t size);

static struct gate_params *const gate_a = (void *)(PLACE_A + GATE_PARAMS);
static struct gate_params *const gate_b = (void *)(PLACE_B + GATE_PARAMS);
static struct gate_params *const gate_c = (void *)(PLACE_C + GATE_PARAMS);
static volatile uint32_t *const ap_counter = (void *)AP_COUNTER;
static unsigned int rounds_b;
static uint32_t ap_stopped_at;
static uint8_t payload[100000];

static void say(const char *text)
{
	while (*text)
		outb((uint8_t)*text++, SERIAL_PORT);
}

_Noreturn static void finish(void)
{
	outb(0, EXIT_PORT);
	for (;;)
		__asm__ volatile("hlt");
}

static void check(int ok, const char *what)
{
	if (ok)
		return;
	say("FAIL: ");
	say(what);
	say("\n");
	finish();
}

static void install(struct gate_params *g, uint32_t flags, uint32_t target, unsigned long entry)
{
	memcpy((uint8_t *)g - GATE_PARAMS, gate_image, GATE_SIZE);
	*g = (struct gate_params){
		.magic = GATE_MAGIC,
		.version = GATE_VERSION,
		.bits = 8 * sizeof(long),
		.flags = flags | GATE_SERIAL,
		.serial_port = SERIAL_PORT,
		.target = target,
		.entry = entry,
		.argument = ARGUMENT,
		.magic_eax = MAGIC,
	};
}

static void seal_digest(struct gate_params *g)
{
	struct sha256 sha;

	g->regions[0] = (struct gate_region){ (uintptr_t)payload, sizeof(payload) - 33 };
	g->regions[1] = (struct gate_region){ PLACE_C, 4097 };
	g->region_count = 2;
	sha256_init(&sha, sha256_blocks_portable);
	for (uint32_t i = 0; i < g->region_count; i++)
		sha256_update(&sha, (const void *)(uintptr_t)g->regions[i].start,
			      (size_t)g->regions[i].size);
	sha256_final(&sha, g->digest);
	g->flags |= GATE_DIGEST;
	if (FAULT == FAULT_DIGEST)
		payload[5000] ^= 1;
}

/* An emulated CPU may be slow to notice an INIT, and may not run at all for a while. */
static int ap_counts(uint32_t since)
{
	for (unsigned int i = 0; i < 500000 && *ap_counter - since < 1000; i++)
		io_delay();
	return *ap_counter - since >= 1000;
}

static int holds(const uint8_t *bytes, unsigned long value)
{
	for (unsigned int i = 0; i < sizeof(value); i++, value >>= 8) {
		if (bytes[i] != (value & 0xff))
			return 0;
	}
	return 1;
}

static void check_back(unsigned long next, const struct gate_params *mine, uint64_t cr3,
		       uint64_t cr4, uint64_t efer)
{
	unsigned long forward = (uintptr_t)mine - GATE_PARAMS + GATE_FORWARD;

	check(next == forward, "the next entry");
	check(back.second == forward, "the second word of the stack");
	check(back.cr3 == cr3, "CR3");
	check(back.cr4 == cr4, "CR4");
	check(back.efer == efer, "EFER");
	check(8 * sizeof(long) == 32 || back.cr0 & CR0_WP,
	      "CR0.WP, without which CR4.CET cannot be set");
}

#ifdef __x86_64__
#define CR4_OF(levels) (CR4_PAE | ((levels) == 5 ? CR4_LA57 : 0))
#define CR4_A	       CR4_OF(LEVELS_A)
#define CR4_B	       (CR4_OF(LEVELS_B) | CR4_MCE)
#define EFER_A	       0xd00 /* NXE, LMA, LME */
#define EFER_B	       0x500
#define TARGET	       (ENTRY_BITS == 64 ? GATE_TO_64 : GATE_TO_32)
#define FLAGS_A	       0
#else
#define CR4_A	(PAE_A ? CR4_PAE : 0)
#define CR4_B	0
#define EFER_A	0x800
#define EFER_B	0
#define TARGET	GATE_TO_32
#define FLAGS_A (PAE_A ? GATE_SET_PAE : 0)
#endif

static unsigned long leave_a(unsigned long entry)
{
	unsigned long next = kernel_call_a(entry);

	check_back(next, gate_a, (uintptr_t)root_a, CR4_A, EFER_A);
	check(back.gdt_limit == gate_a->gdt_limit, "the GDT's limit");
	check(holds(back.gdt_base, (uintptr_t)gdt_a), "the GDT's address");
	return next;
}

_Noreturn void main_a(void)
{
	unsigned long next = PLACE_A + GATE_FIRST;
	uint64_t *noexec = (void *)PLACE_NOEXEC;

	check(ap_counts(0), "the other CPU does not run");
	install(gate_a, GATE_CALLED | GATE_LOAD_GDT | GATE_STOP_CPUS | FLAGS_A, TARGET,
		(uintptr_t)kernel_b_entry);
	gate_a->gdt_base = (uintptr_t)gdt_a;
	gate_a->gdt_limit = 8 * sizeof(long) == 64 ? 0x1f : 0x6f;
	seal_digest(gate_a);
	for (unsigned int i = 1; i <= ROUNDS; i++) {
		next = leave_a(next);
		*noexec = i; /* needs EFER.NXE */
		check(gate_a->passes_out == i && gate_a->passes_in == i, "the counters");
		check(rounds_b == i, "B ran as often as A left");
		check(gate_a->peer == PLACE_B + GATE_REENTRY, "the peer's address");
		check(gate_a->tsc_left > gate_a->tsc_entered, "the time stamps");
	}
	next = leave_a(next); /* B comes back through C */
	check(gate_a->passes_in == ROUNDS + 1, "the way back through another gate");
	check(gate_a->peer == 0, "a gate without a kernel is nobody's peer");
	next = leave_a(next);
	check(gate_a->passes_out == ROUNDS + 1, "without a peer there is nowhere to go");
	check(!ap_counts(ap_stopped_at), "the other CPU still runs");
	say("PASS\n");
	finish();
}

static void break_something(void)
{
	if (FAULT == FAULT_HANDSHAKE)
		kernel_jump(PLACE_B + GATE_REENTRY, GATE_HANDSHAKE + 1);
	if (FAULT == FAULT_STRAY)
		kernel_jump(PLACE_B + GATE_REENTRY, GATE_HANDSHAKE);
}

_Noreturn void main_b(unsigned long argument)
{
	unsigned long next = PLACE_B + GATE_FIRST;

	check(argument == ARGUMENT, "the argument");
	ap_stopped_at = *ap_counter;
	install(gate_b, GATE_CALLED | GATE_STOP_CPUS, GATE_TO_GATE, PLACE_A + GATE_REENTRY);
	install(gate_c, 0, GATE_TO_GATE, PLACE_A + GATE_REENTRY);
	break_something();
	while (++rounds_b <= ROUNDS) {
		next = kernel_call_b(next);
		check_back(next, gate_b, (uintptr_t)root_b, CR4_B, EFER_B);
		check(gate_b->peer == PLACE_A + GATE_REENTRY, "A's address");
		check(gate_b->passes_in == rounds_b, "B's counters");
	}
	kernel_jump(PLACE_C + GATE_FIRST, 0);
}
