/* SPDX-License-Identifier: GPL-2.0-only */
#include "apic.h"
#include "console.h"
#include "cpu.h"
#include "device_writes.h"
#include "gate.h"
#include "jump_message.h"
#include "monitor.h"
#include "paging.h"
#include "pci.h"
#pragma GCC visibility push(hidden) /* as for gate_params */
#include "sha256.h"
#pragma GCC visibility pop

static struct gate_params *const params = &gate_params;

/*
 * A kernel's identity map is not sure to have the text screen. It may have the regions above
 * 4 GiB, which our map does not: so the digest comes before the first word.
 */
static void start_to_speak(void)
{
	if (params->flags & (GATE_VGA | GATE_RESET_VGA | GATE_FRAMEBUFFER))
		paging_use();
	console_open(params);
}

static void say(const char *text)
{
	console_text("kexec: ");
	console_text(text);
}

static void speak(const char *text)
{
	start_to_speak();
	say(text);
}

_Noreturn static void give_up(void)
{
	console_text("kexec: the machine is reset.\n");
	console_linger();
	machine_reset();
}

static void say_digest(const char *name, const uint8_t *digest)
{
	console_text(name);
	console_bytes(digest, SHA256_SIZE);
	console_text("\n");
}

_Noreturn static void digest_mismatch(const uint8_t *computed)
{
	speak("SHA-256 MISMATCH: the memory of the loaded image is not as it was loaded.\n");
	say_digest("  expected: ", params->digest);
	say_digest("  computed: ", computed);
	for (uint32_t i = 0; i < params->region_count && i < GATE_REGIONS; i++) {
		console_text(i ? ", " : "  over (start, bytes): ");
		console_number(params->regions[i].start);
		console_text(" ");
		console_number(params->regions[i].size);
	}
	console_text("\n");
	give_up();
}

static void digest_regions(sha256_blocks_fn *blocks, uint8_t digest[SHA256_SIZE])
{
	struct sha256 sha;

	sha256_init(&sha, blocks);
	for (uint32_t i = 0; i < params->region_count && i < GATE_REGIONS; i++) {
		const struct gate_region *r = &params->regions[i];

		sha256_update(&sha, (const void *)(uintptr_t)r->start, (size_t)r->size);
	}
	sha256_final(&sha, digest);
}

static void digest_compute(uint8_t digest[SHA256_SIZE])
{
	const uint32_t sse = CPUID_1_EDX_FXSR | CPUID_1_EDX_SSE;
	unsigned long cr4;

	if ((cpuid_edx(1) & sse) != sse || !sha256_ni_usable()) {
		digest_regions(sha256_blocks_portable, digest);
		return;
	}
	cr4 = sse_begin();
	digest_regions(sha256_blocks_ni, digest);
	sse_end(cr4);
}

static void digest_verify(void)
{
	uint8_t computed[SHA256_SIZE];
	unsigned int differ = 0;

	digest_compute(computed);
	for (unsigned int i = 0; i < SHA256_SIZE; i++)
		differ |= computed[i] ^ params->digest[i];
	if (differ)
		digest_mismatch(computed);
	speak("SHA-256 of the loaded image is right.\n");
}

/* EFER came with long mode and no-execute pages. */
static bool has_efer(void)
{
	return cpuid_edx(0x80000001) & (CPUID_80000001_EDX_NX | CPUID_80000001_EDX_LM);
}

static void keep_context(unsigned long return_address)
{
	params->return_address = return_address;
	if (has_efer())
		params->efer = rdmsr(MSR_EFER);
#ifdef __x86_64__
	params->cr3 = read_cr3();
	params->cr4 = read_cr4();
#endif
}

/* The kernel's map, or our own where the kernel's would not reach. */
static void load_tables(unsigned int target)
{
	if (target == GATE_TO_GATE)
		paging_use();
#ifdef __x86_64__
	else
		write_cr3(params->cr3);
#endif
}

/* So that whoever waits in this kernel learns why it is back (include/jump_message.h). */
static void tell_end(enum jump_end end)
{
	const uintptr_t message = JUMP_MESSAGE_ADDRESS;
	uint32_t word = end;

	for (unsigned int i = 0; i < 8; i += 4)
		copy_word(message + offsetof(struct jump_message, crashed) + i,
			  message + offsetof(struct jump_message, number) + i);
	copy_word(message + offsetof(struct jump_message, end), (uintptr_t)&word);
}

/* The peer, at its gate, has come here. */
static void come_back(unsigned long peer, unsigned long handshake, unsigned long peer_bits)
{
	bool crashed = (uint32_t)handshake == GATE_HANDSHAKE_CRASH;

	if ((uint32_t)handshake != GATE_HANDSHAKE && !crashed) {
		speak("the way back was entered by something other than a gate.\n");
		give_up();
	}
	if (!params->return_address) {
		speak("the way back was entered, but no kernel left through this gate.\n");
		give_up();
	}
	params->peer = crashed ? 0 : peer;
	params->peer_bits = (uint32_t)peer_bits;
	params->passes_in++;
	if (crashed) {
		tell_end(JUMP_END_PANIC);
		params->crashes++;
	}
}

/* The peer runs and comes back while we wait here. */
static void watch(unsigned int target)
{
	enum wait_end end = monitor_run(target);

	params->tsc_entered = rdtsc();
	switch (end) {
	case WAIT_ARRIVED:
		come_back((unsigned long)params->arrived_peer, params->arrived_handshake,
			  params->arrived_bits);
		break;
	case WAIT_LIMIT:
		pci_stop_masters();
		params->peer = 0;
		params->crashes++;
		tell_end(JUMP_END_LIMIT);
		break;
	case WAIT_NO_CPU:
		tell_end(JUMP_END_NO_CPU);
		break;
	}
}

static unsigned int leave(unsigned int target)
{
	bool monitored = params->flags & GATE_MONITOR && target != GATE_TO_CALL;

	if (params->flags & GATE_CRASHED) {
		paging_use();
		pci_stop_masters();
	}
	if (params->flags & GATE_STOP_CPUS) {
		paging_use();
		apic_stop_others();
	}
	if (monitored)
		paging_use();
	else
		load_tables(target);
	params->passes_out++;
	params->tsc_left = rdtsc();
	if (!monitored)
		return target;
	watch(target);
	return GATE_TO_KERNEL;
}

/* What the kernel that crashed had where the next one needs memory. */
static void keep_backup(void)
{
	const void *from = (const void *)(uintptr_t)params->backup_from;

	if (params->backup_size)
		__builtin_memcpy((void *)(uintptr_t)params->backup_to, from,
				 (size_t)params->backup_size);
}

static void write_devices(void)
{
	if (!params->write_count)
		return;
	/* The console is open where the digest was told. */
	if (!(params->flags & GATE_DIGEST))
		start_to_speak();
	say("the watchdog is armed: the next kernel has to take it over in time.\n");
	paging_use();
	device_writes(params->writes, params->write_count);
}

unsigned int gate_first(unsigned long return_address)
{
	params->tsc_entered = rdtsc();
	keep_context(return_address);
	/* Before the first word: the picture takes the place of other memory in our map. */
	keep_backup();
	if (params->flags & GATE_DIGEST)
		digest_verify();
	if (params->target == GATE_TO_GATE)
		params->peer = params->entry;
	write_devices();
	return leave(params->target);
}

unsigned int gate_forward(unsigned long return_address)
{
	params->tsc_entered = rdtsc();
	keep_context(return_address);
	if (params->target == GATE_TO_CALL)
		return leave(GATE_TO_CALL);
	if (!params->peer)
		return GATE_TO_KERNEL;
	return leave(GATE_TO_GATE);
}

unsigned long gate_reentry(unsigned long peer, unsigned long handshake, unsigned long peer_bits)
{
	params->tsc_entered = rdtsc();
	come_back(peer, handshake, peer_bits);
#ifdef __x86_64__
	if ((read_cr4() ^ params->cr4) & CR4_LA57)
		return paging_build(params->cr4 & CR4_LA57);
#endif
	return 0;
}

/* EFER comes before the page tables, which may have no-execute bits. */
void gate_restore(void)
{
	if (has_efer())
		wrmsr(MSR_EFER, params->efer);
#ifdef __x86_64__
	write_cr4(params->cr4);
	write_cr3(params->cr3);
#else
	if (params->flags & GATE_SET_PAE)
		write_cr4(read_cr4() | CR4_PAE);
#endif
	if (params->flags & GATE_LOAD_GDT)
		lgdt(params->gdt_base, (uint16_t)params->gdt_limit);
	params->tsc_left = rdtsc();
}
