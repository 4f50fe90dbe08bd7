/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The C part of the purgatory's image, built here with a machine that records what is done to it;
 * test_purgatory_seal.c has the loader's half of their contract. The assembler and the real machine
 * are tested by tests/gate.
 */
#include <setjmp.h>
#include <stdlib.h>

#include "cpu_bits.h"
#include "sealed.h"
#include "sha256.h"

/* The machine. */

#define APIC_ADDRESS UINT64_C(0xfee00000)
#define PORT	     0x2f8

static struct {
	char serial[4096];
	size_t serial_length;
	bool serial_dead;
	unsigned int reads;
	uint8_t lcr;
	uint16_t divisor;
	uint16_t screen[80 * 25];
	uint8_t crtc_index, crtc[25];
	uint64_t apic_base, efer;
	unsigned long cr3, cr4;
	unsigned int sse_begun, sse_ended, icr_written, x2apic_written;
	uint32_t edx1, edx80000001;
	uint64_t gdt_base;
	char order[128]; /* what was restored, in this order */
	uint64_t tsc;
	jmp_buf *reset;
	uint8_t page_zero[4096];
	const uint8_t *watched; /* a byte in memory, and what it was at the first word */
	uint8_t watched_then;
} machine;

/* Page 0, or the test's own memory. */
static void *memory_at(uintptr_t address)
{
	return address < sizeof(machine.page_zero) ? machine.page_zero + address : (void *)address;
}

static void copy_word(uintptr_t to, uintptr_t from)
{
	memcpy(memory_at(to), memory_at(from), 4);
}

static void did(const char *what)
{
	strncat(machine.order, what, sizeof(machine.order) - strlen(machine.order) - 1);
}

static uint8_t inb(uint16_t port)
{
	machine.reads++;
	if (port == PORT + 5)
		return machine.serial_dead ? 0 : 0x60;
	return 0;
}

static void serial_out(uint8_t value, unsigned int reg)
{
	if (reg == 3)
		machine.lcr = value;
	else if (reg <= 1 && machine.lcr & 0x80)
		machine.divisor |= value << 8 * reg;
	else if (!reg && machine.serial_length < sizeof(machine.serial) - 1) {
		if (!machine.serial_length && machine.watched)
			machine.watched_then = *machine.watched;
		machine.serial[machine.serial_length++] = value;
	}
}

static void outb(uint8_t value, uint16_t port)
{
	if (port >= PORT && port < PORT + 8)
		serial_out(value, port - PORT);
	if (port == 0x3d4)
		machine.crtc_index = value;
	if (port == 0x3d5 && machine.crtc_index < sizeof(machine.crtc))
		machine.crtc[machine.crtc_index] = value;
}

static void io_delay(void)
{
}

static uint32_t mmio_read32(uintptr_t address)
{
	CHECK_EQ_U64(address, APIC_ADDRESS + 0x300);
	return 0;
}

static void mmio_write32(uint32_t value, uintptr_t address)
{
	if (address == APIC_ADDRESS + 0x310) {
		CHECK_EQ_U64(value, 0);
		return;
	}
	CHECK_EQ_U64(address, APIC_ADDRESS + 0x300);
	CHECK_EQ_U64(value, 0xc4500);
	machine.icr_written++;
}

static volatile uint16_t *vga_text(void)
{
	return machine.screen;
}

static unsigned long read_cr4(void)
{
	return machine.cr4;
}

static void write_cr4(unsigned long value)
{
	machine.cr4 = value;
	did("cr4 ");
}

#ifdef __x86_64__
static unsigned long read_cr3(void)
{
	return machine.cr3;
}

static void write_cr3(unsigned long value)
{
	machine.cr3 = value;
	did("cr3 ");
}
#endif

static uint64_t rdmsr(uint32_t msr)
{
	return msr == MSR_APIC_BASE ? machine.apic_base : machine.efer;
}

static void wrmsr(uint32_t msr, uint64_t value)
{
	if (msr == MSR_EFER) {
		machine.efer = value;
		did("efer ");
	} else {
		CHECK_EQ_U64(msr, 0x830);
		CHECK_EQ_U64(value, 0xc4500);
		machine.x2apic_written++;
	}
}

static uint32_t cpuid_edx(uint32_t leaf)
{
	return leaf == 1 ? machine.edx1 : machine.edx80000001;
}

static uint64_t rdtsc(void)
{
	return ++machine.tsc;
}

static void lgdt(uint64_t base, uint16_t limit)
{
	(void)limit;
	machine.gdt_base = base;
	did("gdt ");
}

static void take_interrupt(void)
{
}

static unsigned long sse_begin(void)
{
	machine.sse_begun++;
	return 0;
}

static void sse_end(unsigned long cr4)
{
	(void)cr4;
	machine.sse_ended++;
}

_Noreturn static void machine_reset(void)
{
	if (!machine.reset)
		abort();
	longjmp(*machine.reset, 1);
}

#define PURGATORY_IO_H
#define PURGATORY_CPU_H
#define IMAGE_PURGATORY "../../purgatory/purgatory.c" /* kexec/ has a file of that name, too */
#include IMAGE_PURGATORY
#include "apic.c"
#include "console.c"
#include "framebuffer.c"
#ifdef __x86_64__
#include "paging.c"
#endif
#include "device_writes.h"
#include "pci.h"

struct gate_params gate_params;

void device_writes(const struct gate_write *w, uint32_t count)
{
	CHECK(w == gate_params.writes && count == gate_params.write_count);
	did("write ");
}

void pci_stop_masters(void)
{
	did("pci ");
}

/* What becomes of the peer while the boot CPU waits (test_monitor.c has the wait itself). */
static enum wait_end end_of_wait;
static unsigned int watched;

enum wait_end monitor_run(unsigned int target)
{
	watched = target;
	did("wait ");
	return end_of_wait;
}

static void power_on(void)
{
	memset(&machine, 0, sizeof(machine));
	machine.edx1 = CPUID_1_EDX_APIC | CPUID_1_EDX_MSR | CPUID_1_EDX_FXSR | CPUID_1_EDX_SSE;
	machine.edx80000001 = CPUID_80000001_EDX_NX;
	machine.apic_base = APIC_ADDRESS | APIC_BASE_ENABLE | APIC_BASE_BSP;
	machine.cr3 = 0x12345000;
	machine.efer = 0xd00;
	gate_params = (struct gate_params){
		.flags = GATE_SERIAL,
		.serial_port = PORT,
		.target = GATE_TO_32,
	};
}

/* Whether the machine was reset before @run came to its end. */
static bool resets(void (*run)(void))
{
	jmp_buf out;
	volatile bool reset = true;

	machine.reset = &out;
	if (!setjmp(out)) {
		run();
		reset = false;
	}
	machine.reset = NULL;
	return reset;
}

/* The image: consoles. */

TEST(numbers_are_printed)
{
	power_on();
	console_open(&gate_params);
	console_number(0);
	console_text(" ");
	console_number(0x10);
	console_text(" ");
	console_number(UINT64_MAX);
	console_text(" ");
	console_number(UINT64_C(0x100000000));
	console_text("\n");
	console_bytes((const uint8_t[]){ 0, 0x0f, 0xa5 }, 3);
	CHECK_STR(machine.serial, "0x0 0x10 0xffffffffffffffff 0x100000000\r\n000fa5");
}

TEST(a_silent_gate_touches_no_port)
{
	power_on();
	gate_params.flags = 0;
	console_open(&gate_params);
	console_text("text");
	console_linger();
	CHECK_EQ_U64(machine.serial_length, 0);
	CHECK_EQ_U64(machine.reads, 0);
	CHECK_EQ_U64(machine.screen[80 * 24], 0);
}

TEST(a_dead_serial_port_is_given_up)
{
	power_on();
	machine.serial_dead = true;
	console_open(&gate_params);
	console_text("a");
	CHECK_EQ_U64(machine.reads, UART_SPINS);
	console_text("a long text");
	console_linger();
	CHECK_EQ_U64(machine.reads, UART_SPINS);
	CHECK_EQ_U64(machine.serial_length, 0);
}

TEST(speed_is_set_when_asked)
{
	static const struct {
		uint32_t baud;
		uint16_t divisor;
	} cases[] = {
		{ 0, 0 }, { 9600, 12 }, { 300, 384 }, { 115200, 1 }, { 4000000, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		power_on();
		gate_params.serial_baud = cases[i].baud;
		console_open(&gate_params);
		CHECK_EQ_U64(machine.divisor, cases[i].divisor);
		CHECK_EQ_U64(machine.lcr, cases[i].baud ? 0x03 : 0);
	}
}

TEST(the_screen_scrolls)
{
	uint16_t *last = machine.screen + 80 * 24;

	power_on();
	gate_params.flags = GATE_VGA;
	console_open(&gate_params);
	console_text("one\ntwo");
	CHECK_EQ_U64(last[-80], 0x0700 | 'o');
	CHECK_EQ_U64(last[0], 0x0700 | 't');
	CHECK_EQ_U64(last[3], 0x0720);
	for (int i = 3; i <= 80; i++)
		console_text("x");
	CHECK_EQ_U64(last[-1], 0x0700 | 'x');
	CHECK_EQ_U64(last[-80], 0x0700 | 't');
	CHECK_EQ_U64(last[0], 0x0700 | 'x');
	CHECK_EQ_U64(last[1], 0x0720);
}

TEST(the_screen_is_reset_when_asked)
{
	power_on();
	gate_params.flags = GATE_VGA;
	console_open(&gate_params);
	CHECK_EQ_U64(machine.crtc[1], 0);
	gate_params.flags |= GATE_RESET_VGA;
	console_open(&gate_params);
	CHECK_EQ_U64(machine.crtc[1], 79); /* columns - 1 */
	CHECK_EQ_U64(machine.crtc[0x18], 0xff);
	CHECK_EQ_U64(machine.screen[0], 0x0720);
}

#ifdef __x86_64__
TEST(a_picture_anywhere_is_mapped)
{
	uint64_t base = UINT64_C(0x8c0312345);
	uintptr_t at;

	power_on();
	paging_build(false);
	at = paging_map_screen(base);
	CHECK_EQ_U64(at, 0x40000000 + 0x112345);
	CHECK_EQ_U64(gate_tables.pd[at / PAGE_2M], 0x8c0200000 | PT_LARGE | PT_UNCACHED);
	CHECK_EQ_U64(gate_tables.pd[512 + 511],
		     (0x8c0200000 + 511 * PAGE_2M) | PT_LARGE | PT_UNCACHED);
	CHECK_EQ_U64(gate_tables.pd[511], (511 * PAGE_2M) | PT_LARGE);
	CHECK_EQ_U64(gate_tables.pd[1024], (1024 * PAGE_2M) | PT_LARGE);
	CHECK_STR(machine.order, "cr3 ");
	paging_build(false);
	CHECK_EQ_U64(gate_tables.pd[512], (512 * PAGE_2M) | PT_LARGE);
}
#endif

/* The image: digest. */

static uint8_t first_region[70001], second_region[129];

static void make_regions(void)
{
	struct sha256 sha;

	for (size_t i = 0; i < sizeof(first_region); i++)
		first_region[i] = (uint8_t)(i * 7);
	gate_params.flags |= GATE_DIGEST;
	gate_params.regions[0] = (struct gate_region){ (uintptr_t)first_region, 70001 };
	gate_params.regions[1] = (struct gate_region){ (uintptr_t)second_region, 129 };
	gate_params.region_count = 2;
	sha256_init(&sha, sha256_blocks_portable);
	sha256_update(&sha, first_region, sizeof(first_region));
	sha256_update(&sha, second_region, sizeof(second_region));
	sha256_final(&sha, gate_params.digest);
}

static void leave_first(void)
{
	CHECK_EQ_U64(gate_first(0), gate_params.target);
}

TEST(a_good_digest_goes_on)
{
	power_on();
	make_regions();
	CHECK(!resets(leave_first));
	CHECK_STR(machine.serial, "kexec: SHA-256 of the loaded image is right.\r\n");
	CHECK_EQ_U64(machine.sse_begun, sha256_ni_usable());
	CHECK_EQ_U64(machine.sse_ended, machine.sse_begun);
	CHECK_EQ_U64(gate_params.passes_out, 1);
}

TEST(without_sse_the_digest_is_portable)
{
	power_on();
	make_regions();
	machine.edx1 &= ~CPUID_1_EDX_FXSR;
	CHECK(!resets(leave_first));
	CHECK_EQ_U64(machine.sse_begun, 0);
}

TEST(every_changed_byte_resets)
{
	uint8_t *const changed[] = {
		first_region,
		first_region + 70000,
		second_region,
		second_region + 128,
	};

	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		power_on();
		make_regions();
		*changed[i] ^= 0x80;
		CHECK(resets(leave_first));
		CHECK_MATCH(machine.serial,
			    "kexec: SHA-256 MISMATCH*expected: *computed: *"
			    "(start, bytes): 0x* 0x11171, 0x* 0x81*the machine is reset.\r\n");
		*changed[i] ^= 0x80;
	}
}

TEST(a_mismatch_shows_both_digests)
{
	power_on();
	gate_params.flags |= GATE_DIGEST; /* over nothing: the digest of the empty message */
	memset(gate_params.digest, 0xab, 32);
	CHECK(resets(leave_first));
	CHECK_MATCH(machine.serial, "*expected: abababababababababababababababab"
				    "abababababababababababababababab\r\n*");
	CHECK_MATCH(machine.serial, "*computed: e3b0c44298fc1c149afbf4c8996fb924"
				    "27ae41e4649b934ca495991b7852b855\r\n*");
}

TEST(without_the_flag_nothing_is_read)
{
	power_on();
	gate_params.regions[0] = (struct gate_region){ 1, 100 };
	gate_params.region_count = 1;
	CHECK(!resets(leave_first));
	CHECK_STR(machine.serial, "");
}

/* The image: passes. */

TEST(the_first_pass_keeps_the_context)
{
	power_on();
	machine.cr4 = CR4_PAE;
	gate_params.target = GATE_TO_GATE;
	gate_params.entry = 0x7770040;
	CHECK_EQ_U64(gate_first(0xabc123), GATE_TO_GATE);
	CHECK_EQ_U64(gate_params.return_address, 0xabc123);
	CHECK_EQ_U64(gate_params.efer, 0xd00);
	CHECK_EQ_U64(gate_params.peer, 0x7770040);
	CHECK_EQ_U64(gate_params.tsc_entered, 1);
	CHECK_EQ_U64(gate_params.tsc_left, 2);
#ifdef __x86_64__
	CHECK_EQ_U64(gate_params.cr3, 0x12345000);
	CHECK_EQ_U64(gate_params.cr4, CR4_PAE);
	CHECK_EQ_U64(machine.cr3, (uintptr_t)gate_tables.pml4);
#endif
}

#ifdef __x86_64__
TEST(the_next_kernel_gets_the_caller_s_map)
{
	power_on();
	gate_params.flags |= GATE_STOP_CPUS | GATE_VGA;
	make_regions();
	CHECK(!resets(leave_first));
	CHECK_EQ_U64(machine.cr3, 0x12345000);
}

static uint64_t walk(uint64_t root, int levels, uint64_t address, uint64_t *flags)
{
	const uint64_t *table = (const uint64_t *)(uintptr_t)root;

	for (int level = levels; level > 2; level--) {
		uint64_t entry = table[address >> (12 + 9 * (level - 1)) & 511];

		CHECK_EQ_U64(entry & 0xfff, 3);
		table = (const uint64_t *)(uintptr_t)(entry & ~UINT64_C(0xfff));
	}
	*flags = table[address >> 21 & 511] & 0x1fffff;
	return (table[address >> 21 & 511] & ~UINT64_C(0x1fffff)) | (address & 0x1fffff);
}

TEST(our_map_is_the_low_4_gib)
{
	static const struct {
		uint64_t address, flags;
	} cases[] = {
		{ 0, 0x83 },	      { 0xb8000, 0x83 },    { 0x3fffffff, 0x83 },
		{ 0x40000000, 0x83 }, { 0xfebfffff, 0x83 }, { 0xfec00000, 0x9b },
		{ 0xfee00300, 0x9b }, { 0xfeffffff, 0x9b }, { 0xff000000, 0x83 },
		{ 0xffffffff, 0x83 },
	};
	uint64_t root4 = paging_build(false), root5 = paging_build(true), flags;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_EQ_U64(walk(root4, 4, cases[i].address, &flags), cases[i].address);
		CHECK_EQ_U64(flags, cases[i].flags);
		CHECK_EQ_U64(walk(root5, 5, cases[i].address, &flags), cases[i].address);
		CHECK_EQ_U64(flags, cases[i].flags);
	}
	CHECK_EQ_U64(gate_tables.pdpt[4], 0);
}

TEST(a_peer_with_other_levels_needs_a_switch)
{
	for (int five = 0; five < 2; five++) {
		power_on();
		gate_params.return_address = 0x1000;
		gate_params.cr4 = CR4_PAE | (five ? CR4_LA57 : 0);
		machine.cr4 = gate_params.cr4;
		CHECK_EQ_U64(gate_reentry(0, GATE_HANDSHAKE, 32), 0);
		machine.cr4 ^= CR4_LA57;
		CHECK_EQ_U64(gate_reentry(0, GATE_HANDSHAKE, 32),
			     (uintptr_t)(five ? gate_tables.pml5 : gate_tables.pml4));
	}
}
#endif

TEST(a_later_pass_needs_a_peer)
{
	power_on();
	CHECK_EQ_U64(gate_forward(0x5000), GATE_TO_KERNEL);
	CHECK_EQ_U64(gate_params.passes_out, 0);
	CHECK_EQ_U64(gate_params.return_address, 0x5000);
	CHECK_EQ_U64(gate_reentry(0x9990040, GATE_HANDSHAKE, 32), 0);
	CHECK_EQ_U64(gate_params.passes_in, 1);
	CHECK_EQ_U64(gate_forward(0x6000), GATE_TO_GATE);
	CHECK_EQ_U64(gate_params.peer, 0x9990040);
	CHECK_EQ_U64(gate_params.passes_out, 1);
	CHECK_EQ_U64(gate_params.return_address, 0x6000);
}

TEST(the_digest_is_checked_once)
{
	power_on();
	make_regions();
	gate_params.peer = 0x40;
	second_region[0] ^= 1;
	CHECK_EQ_U64(gate_forward(0x5000), GATE_TO_GATE);
	second_region[0] ^= 1;
}

/* ---- a peer that crashed ---- */

TEST(a_crash_is_told_in_page_zero)
{
	const size_t number = JUMP_MESSAGE_ADDRESS + offsetof(struct jump_message, number);
	const size_t crashed = JUMP_MESSAGE_ADDRESS + offsetof(struct jump_message, crashed);
	const uint64_t jump = 0x1122334455667788;
	uint64_t told;

	power_on();
	memcpy(machine.page_zero + number, &jump, 8);
	gate_params.return_address = 0x1000;
	CHECK_EQ_U64(gate_reentry(0x9990040, GATE_HANDSHAKE, 32), 0);
	memcpy(&told, machine.page_zero + crashed, 8);
	CHECK_EQ_U64(told, 0);
	CHECK_EQ_U64(gate_reentry(0x9990040, GATE_HANDSHAKE_CRASH, 32), 0);
	memcpy(&told, machine.page_zero + crashed, 8);
	CHECK_EQ_U64(told, jump);
	CHECK_EQ_U64(gate_params.crashes, 1);
	CHECK_EQ_U64(gate_params.peer, 0);
	CHECK_EQ_U64(gate_forward(0x5000), GATE_TO_KERNEL);
}

static void start_monitored(void)
{
	power_on();
	watched = 0;
	gate_params.flags |= GATE_CALLED | GATE_MONITOR;
	gate_params.peer = 0x7770040;
	gate_params.arrived_peer = 0x9990040;
	gate_params.arrived_handshake = GATE_HANDSHAKE;
	gate_params.arrived_bits = 32;
}

static uint32_t end_told(void)
{
	uint32_t end;

	memcpy(&end, memory_at(JUMP_MESSAGE_ADDRESS + offsetof(struct jump_message, end)), 4);
	return end;
}

TEST(the_boot_cpu_waits_and_comes_back)
{
	start_monitored();
	end_of_wait = WAIT_ARRIVED;
	CHECK_EQ_U64(gate_forward(0x5000), GATE_TO_KERNEL);
	CHECK_EQ_U64(watched, GATE_TO_GATE);
	CHECK_EQ_U64(gate_params.peer, 0x9990040);
	CHECK_EQ_U64(gate_params.peer_bits, 32);
	CHECK_EQ_U64(gate_params.passes_out, 1);
	CHECK_EQ_U64(gate_params.passes_in, 1);
	CHECK_EQ_U64(gate_params.crashes, 0);
	CHECK(!strstr(machine.order, "pci "));

	start_monitored();
	gate_params.arrived_handshake = GATE_HANDSHAKE_CRASH;
	CHECK_EQ_U64(gate_first(0x5000), GATE_TO_KERNEL);
	CHECK_EQ_U64(watched, GATE_TO_32);
	CHECK_EQ_U64(gate_params.peer, 0);
	CHECK_EQ_U64(gate_params.crashes, 1);
	CHECK_EQ_U64(end_told(), JUMP_END_PANIC);
}

TEST(the_wait_ends_without_the_peer)
{
	start_monitored();
	end_of_wait = WAIT_LIMIT;
	CHECK_EQ_U64(gate_forward(0x5000), GATE_TO_KERNEL);
	CHECK_EQ_U64(gate_params.peer, 0);
	CHECK_EQ_U64(gate_params.passes_in, 0);
	CHECK_EQ_U64(gate_params.crashes, 1);
	CHECK_EQ_U64(end_told(), JUMP_END_LIMIT);
	CHECK(strstr(machine.order, "wait pci "));

	/* The peer was not entered: it is as it was. */
	start_monitored();
	end_of_wait = WAIT_NO_CPU;
	CHECK_EQ_U64(gate_forward(0x5000), GATE_TO_KERNEL);
	CHECK_EQ_U64(gate_params.peer, 0x7770040);
	CHECK_EQ_U64(gate_params.crashes, 0);
	CHECK_EQ_U64(end_told(), JUMP_END_NO_CPU);
	CHECK(!strstr(machine.order, "pci "));
}

TEST(a_program_is_called_by_the_boot_cpu)
{
	start_monitored();
	gate_params.target = GATE_TO_CALL;
	CHECK_EQ_U64(gate_forward(0x5000), GATE_TO_CALL);
	CHECK_EQ_U64(watched, 0);
}

TEST(only_a_kernel_that_crashed_leaves_devices_running)
{
	power_on();
	gate_params.target = GATE_TO_GATE;
	gate_first(0);
	CHECK(!strstr(machine.order, "pci "));
	power_on();
	gate_params.target = GATE_TO_GATE;
	gate_params.flags |= GATE_CRASHED;
	gate_first(0);
	CHECK(strstr(machine.order, "pci "));
}

TEST(a_watchdog_is_told_on_a_console_that_is_opened_once)
{
	power_on();
	make_regions();
	gate_params.flags |= GATE_VGA | GATE_RESET_VGA;
	gate_params.write_count = 1;
	gate_first(0);
	CHECK_MATCH(machine.serial, "*is right.\r\nkexec: the watchdog is armed*");
	/* The first line is still on the screen. */
	CHECK_EQ_U64(machine.screen[80 * 22] & 0xff, 'k');
	power_on();
	gate_params.write_count = 1;
	gate_first(0);
	CHECK_MATCH(machine.serial, "kexec: the watchdog is armed*");
}

TEST(low_memory_is_kept_before_the_next_kernel_has_it)
{
	static uint8_t low[8192], copy[8192];

	for (size_t i = 0; i < sizeof(low); i++)
		low[i] = (uint8_t)(i * 7 + 1);
	power_on();
	gate_first(0);
	CHECK(!memcmp(copy, (uint8_t[sizeof(copy)]){ 0 }, sizeof(copy)));
	gate_params.backup_from = (uintptr_t)low;
	gate_params.backup_to = (uintptr_t)copy;
	gate_params.backup_size = sizeof(low) - 1;
	gate_first(0);
	CHECK(!memcmp(copy, low, sizeof(low) - 1));
	CHECK_EQ_U64(copy[sizeof(copy) - 1], 0);
	/* The console may take the copy's place in the map. */
	memset(copy, 0, sizeof(copy));
	make_regions();
	machine.watched = copy + 8;
	gate_first(0);
	CHECK_MATCH(machine.serial, "*is right*");
	CHECK_EQ_U64(machine.watched_then, low[8]);
}

static void enter_without_handshake(void)
{
	gate_reentry(0x40, GATE_HANDSHAKE ^ 1, 32);
}

static void enter(void)
{
	gate_reentry(0x40, GATE_HANDSHAKE, 32);
}

TEST(the_way_back_is_for_gates)
{
	power_on();
	gate_params.return_address = 0x1000;
	CHECK(resets(enter_without_handshake));
	CHECK_MATCH(machine.serial, "*something other than a gate*reset*");
	CHECK(!resets(enter));
	power_on();
	CHECK(resets(enter));
	CHECK_MATCH(machine.serial, "*no kernel left through this gate*reset*");
}

TEST(the_context_comes_back_in_order)
{
	power_on();
	gate_params.flags |= GATE_LOAD_GDT | GATE_SET_PAE;
	gate_params.efer = 0x901;
	gate_params.cr3 = 0x77000;
	gate_params.cr4 = CR4_PAE | 0x40;
	gate_params.gdt_base = 0xff801000;
	machine.cr4 = 0;
	gate_restore();
#ifdef __x86_64__
	CHECK_STR(machine.order, "efer cr4 cr3 gdt ");
	CHECK_EQ_U64(machine.cr3, 0x77000);
	CHECK_EQ_U64(machine.cr4, CR4_PAE | 0x40);
#else
	CHECK_STR(machine.order, "efer cr4 gdt ");
	CHECK_EQ_U64(machine.cr4, CR4_PAE);
#endif
	CHECK_EQ_U64(machine.efer, 0x901);
	CHECK_EQ_U64(machine.gdt_base, 0xff801000);
}

TEST(an_old_cpu_has_no_efer)
{
	power_on();
	machine.edx80000001 = 0;
	gate_first(0);
	CHECK_EQ_U64(gate_params.efer, 0);
	gate_restore();
	CHECK_EQ_U64(machine.efer, 0xd00);
	CHECK_EQ_U64(machine.gdt_base, 0);
}

TEST(other_cpus_are_stopped)
{
	static const struct {
		uint64_t clear, set;
		uint32_t no;
		unsigned int icr, x2;
	} cases[] = {
		{ 0, 0, 0, 1, 0 },
		{ 0, APIC_BASE_X2APIC, 0, 0, 1 },
		{ APIC_BASE_ENABLE, 0, 0, 0, 0 },
		{ APIC_BASE_BSP, 0, 0, 0, 0 },
		{ APIC_BASE_BSP, APIC_BASE_X2APIC, 0, 0, 0 },
		{ 0, UINT64_C(0x100000000), 0, 0, 0 },
		{ 0, 0, CPUID_1_EDX_APIC, 0, 0 },
		{ 0, 0, CPUID_1_EDX_MSR, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		power_on();
		machine.edx1 &= ~cases[i].no;
		machine.apic_base &= ~cases[i].clear;
		machine.apic_base |= cases[i].set;
		gate_first(0);
		CHECK_EQ_U64(machine.icr_written + machine.x2apic_written, 0);
		gate_params.flags |= GATE_STOP_CPUS;
		gate_first(0);
		CHECK_EQ_U64(machine.icr_written, cases[i].icr);
		CHECK_EQ_U64(machine.x2apic_written, cases[i].x2);
	}
}

/* The loader seals, the image verifies what the loader sealed, at the same addresses. */
TEST(loader_and_image_agree_on_the_digest)
{
	static uint8_t kernel[100003], initrd[4096 * 3];
	static const struct request r = { .console_serial = true };
	struct plan p;
	struct err e;

	memset(kernel, 0x5a, sizeof(kernel));
	memset(initrd, 0xc3, sizeof(initrd));
	start_plan(&p, 8 * sizeof(long));
	CHECK(purgatory_place(&p, &e));
	add_data(&p, "kernel", kernel, sizeof(kernel));
	add_data(&p, "filler", NULL, 0);
	add_data(&p, "initrd", initrd, sizeof(initrd));
	add_data(&p, "not covered", initrd, 100);
	p.segments[4].digest = false;
	CHECK(purgatory_seal(&p, &r, &e));
	CHECK_EQ_U64(sealed(&p)->flags, GATE_DIGEST | GATE_SERIAL);
	CHECK_EQ_U64(sealed(&p)->region_count, 2);
	CHECK_EQ_U64(sealed(&p)->regions[0].start, (uintptr_t)kernel);
	CHECK_EQ_U64(sealed(&p)->regions[0].size, sizeof(kernel));
	CHECK_EQ_U64(sealed(&p)->serial_port, 0x3f8);

	power_on();
	gate_params = *sealed(&p);
	gate_params.serial_port = PORT;
	CHECK(!resets(leave_first));
	initrd[4096 * 3 - 1] ^= 1;
	CHECK(resets(leave_first));
	plan_deinit(&p);
}

TEST_MAIN
