/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gate_screen.h"
#include "gate_watchdog.h"
#include "purgatory.h"
#include "sha256.h"
#include "x86.h"

#define NAME   "purgatory"
#define LOWEST UINT64_C(0x100000) /* kernels start other CPUs from below */
#define PIECE  ((size_t)4 << 20)  /* of a file mapping, resident at a time */
#define COM1   0x3f8

bool purgatory_place(struct plan *p, struct err *e)
{
	/* A crash kernel's memory may be above 4 GiB (crashkernel=SIZE,high), and all is in it. */
	bool anywhere = p->verb == PLAN_LOAD_CRASH && p->entry_bits == 64;
	const struct place want = {
		.name = NAME,
		.within = { LOWEST, anywhere ? UINT64_MAX : FOUR_GIB - 1 },
		.highest = true,
	};
	struct segment *s;

	if (!plan_place_zeros(p, &want, GATE_SIZE, &s, e))
		return false;
	p->gate = s->paddr;
	p->entry = p->gate + GATE_FIRST;
	return true;
}

/*
 * Lets go of the pages that were read to their end, so that a large file is never resident as a
 * whole. Only for a read-only private mapping of a file (segment.mapped): its pages come back
 * from the file when they are touched again. It starts at a page, so rounding down stays inside.
 */
static void drop_pages(const uint8_t *data, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = (uintptr_t)data & ~(page - 1);
	uintptr_t end = ((uintptr_t)data + size) & ~(page - 1);

	madvise((void *)first, end - first, MADV_DONTNEED);
}

static void digest_segment(struct sha256 *sha, const struct segment *s)
{
	for (size_t done = 0, piece; done < s->data.size; done += piece) {
		piece = s->data.size - done < PIECE ? s->data.size - done : PIECE;
		sha256_update(sha, s->data.data + done, piece);
		if (s->mapped)
			drop_pages(s->data.data + done, piece);
	}
}

/* A region is the data of a segment, without the zeros that the kernel puts after it. */
static bool seal_digest(struct gate_params *g, const struct plan *p, struct err *e)
{
	struct sha256 sha;

	sha256_init(&sha, sha256_ni_usable() ? sha256_blocks_ni : sha256_blocks_portable);
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct segment *s = &p->segments[i];

		if (!s->digest || !s->data.size)
			continue;
		if (g->region_count == GATE_REGIONS)
			return err_set(e, NAME ": more than %d segments to verify", GATE_REGIONS);
		g->regions[g->region_count++] = (struct gate_region){ s->paddr, s->data.size };
		digest_segment(&sha, s);
	}
	sha256_final(&sha, g->digest);
	if (g->region_count)
		g->flags |= GATE_DIGEST;
	return true;
}

/* The gate's own page tables, which have the screen, have not what is above 4 GiB. */
static bool seal_console(struct gate_params *g, const struct plan *p, const struct request *r,
			 struct err *e)
{
	if (p->gate >= FOUR_GIB && (r->console_vga || r->reset_vga || r->console_fb))
		return err_set(e, NAME ": --console-vga, --console-fb and --reset-vga do not go "
				       "with a crash kernel above 4 GiB (crashkernel=SIZE,high): "
				       "use --console-serial");
	g->serial_port = r->serial_port ? r->serial_port : COM1;
	g->serial_baud = r->serial_baud;
	if (r->console_serial)
		g->flags |= GATE_SERIAL;
	if (r->console_vga)
		g->flags |= GATE_VGA;
	if (r->reset_vga)
		g->flags |= GATE_RESET_VGA;
	if (!r->console_fb)
		return true;
	g->flags |= GATE_FRAMEBUFFER;
	return gate_screen_find(&g->screen, p->screen, g->bits, e);
}

static bool seal_watchdog(struct gate_params *g, struct plan *p, const struct request *r,
			  struct err *e)
{
	struct watchdog w;

	/* One that goes on believes that its watchdog is as it left it. */
	if (p->verb != PLAN_LOAD && p->verb != PLAN_LOAD_CRASH)
		return err_set(e, NAME ": --watchdog goes with kernels that boot only");
	if (p->gate >= FOUR_GIB)
		return err_set(e, NAME ": --watchdog does not go with a crash kernel above 4 GiB "
				       "(crashkernel=SIZE,high)");
	if (!watchdog_find(&w, r->host_root, e) || !gate_watchdog_arm(g, &w, r->watchdog, e))
		return err_prefix(e, "--watchdog");
	p->watchdog = watchdog_name(&w);
	p->watchdog_seconds = r->watchdog;
	return true;
}

static bool below_4gib(const char *what, uint64_t address, struct err *e)
{
	return address < FOUR_GIB ||
	       err_set(e,
		       NAME ": %s at %#" PRIx64 " is not below 4 GiB: 32-bit code cannot "
			    "reach it",
		       what, address);
}

static bool seal_target(struct gate_params *g, const struct plan *p, struct err *e)
{
	if (p->gate_wants.peer_entry) {
		g->target = GATE_TO_GATE;
		g->entry = p->gate_wants.peer_entry;
		g->peer_bits = p->gate_wants.peer_bits;
		if (g->peer_bits != 32 && g->peer_bits != 64)
			return err_set(e, NAME ": the other kernel has %" PRIu32 " bits",
				       g->peer_bits);
		return below_4gib("the other kernel's gate", g->entry, e);
	}
	g->entry = p->kernel_entry;
	g->argument = p->boot_params;
	if (p->verb == PLAN_LOAD_CALL) {
		g->target = GATE_TO_CALL;
		g->call_size = p->call_size;
		g->real_page = p->real_page;
		return below_4gib("the program", g->entry, e);
	}
	if (p->entry_bits == 64) {
		g->target = GATE_TO_64;
		if (g->bits != 64)
			return err_set(e, NAME ": a 32-bit kernel cannot use a 64-bit entry");
		return true;
	}
	if (p->entry_bits == 16) {
		g->target = GATE_TO_REAL;
		g->call_size = p->stack;
		g->real_page = p->real_page;
		return true;
	}
	g->target = GATE_TO_32;
	g->magic_eax = p->magic_eax;
	return below_4gib("the kernel's entry", g->entry, e) &&
	       below_4gib("boot_params", g->argument, e);
}

static bool seal_gdt(struct gate_params *g, const struct gate_wants *w, struct err *e)
{
	if (!(w->flags & GATE_LOAD_GDT))
		return true;
	g->gdt_base = w->gdt_base;
	g->gdt_limit = w->gdt_limit;
	if (!g->gdt_base || g->gdt_limit > UINT16_MAX || (g->bits == 32 && g->gdt_base >= FOUR_GIB))
		return err_set(e,
			       NAME ": %#" PRIx64 " with limit %#" PRIx32 " is not a %" PRIu32
				    "-bit kernel's GDT",
			       g->gdt_base, g->gdt_limit, g->bits);
	return true;
}

bool purgatory_seal(struct plan *p, const struct request *r, struct err *e)
{
	struct segment *s = plan_find(p, NAME);
	struct gate_params g = {
		.magic = GATE_MAGIC,
		.version = GATE_VERSION,
		.bits = p->gate_bits,
		.flags = p->gate_wants.flags,
		.monitor_page = p->gate_wants.monitor_page,
		.monitor_cpu = p->gate_wants.monitor_cpu,
	};

	if (!s || s->paddr != p->gate)
		return err_set(e, NAME ": has no place yet");
	if (g.bits != 32 && g.bits != 64)
		return err_set(e, NAME ": there is none for a %" PRIu32 "-bit kernel", g.bits);
	if (p->backup.last) {
		g.backup_from = p->low.start;
		g.backup_to = p->backup.start;
		g.backup_size = range_size(p->low);
	}
	if (p->headers.last) {
		g.headers_start = p->headers.start;
		g.headers_size = range_size(p->headers);
	}
	if (r->watchdog && !seal_watchdog(&g, p, r, e))
		return false;
	if (!seal_target(&g, p, e) || !seal_gdt(&g, &p->gate_wants, e) ||
	    !seal_console(&g, p, r, e))
		return false;
	if (!r->no_checks && !seal_digest(&g, p, e))
		return false;
	memcpy(s->owned, g.bits == 32 ? purgatory32 : purgatory64, GATE_SIZE);
	memcpy(s->owned + GATE_PARAMS, &g, sizeof(g));
	return true;
}
