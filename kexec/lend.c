/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "layout_linux.h"
#include "lend.h"
#include "number.h"
#include "purgatory.h"
#include "window.h"
#include "x86.h"

#define WINDOW_UNIT (2 * MIB) /* a chosen size is a multiple of it */

/*
 * B's memory for its crash kernel, which holds no more than its gate. crashkernel=SIZE@BASE wants a
 * base of 16 MiB (CRASH_ALIGN, arch/x86/include/asm/crash_reserve.h), and that nothing has taken it
 * before. KASLR chooses among pieces of RAM that a kernel fits in: so it is a piece of its own,
 * between pages that are reserved. B's first allocations are from the top of its memory: so there
 * is RAM above it for nothing else, in pieces that no kernel fits in.
 */
#define CRASH_SIZE  MIB
#define CRASH_ALIGN (16 * MIB)
#define CRASH_ABOVE (16 * MIB) /* RAM between it and the window's top */
#define CRASH_NEEDS (CRASH_ABOVE + CRASH_ALIGN + 2 * MIB)
#define PIECE_MIN   (2 * MIB)

static bool no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

static bool window_size(const struct request *r, uint64_t needs, struct window_wants *want,
			struct err *e)
{
	char given[24], needed[24];

	want->size_is_users = r->window_size != 0;
	want->size = r->window_size ? r->window_size
				    : (needs + WINDOW_UNIT - 1) & ~(WINDOW_UNIT - 1);
	if (want->size >= needs)
		return true;
	return err_set(e,
		       "--window-size=%s is too small: this kernel, its initrd and room to work "
		       "need %s",
		       number_size_words(want->size, given), number_size_words(needs, needed));
}

static bool pick(struct plan *p, const struct lend_wants *l, struct window *w, struct err *e)
{
	const struct host *h = l->host;
	struct window_wants want = {
		.mem_min = l->request->mem_min,
		.mem_max = l->request->mem_max,
		.next_arch = l->image->has_64bit_entry ? HOST_X86_64 : HOST_I386,
		.preferred = l->image->preferred,
		.align = l->image->align,
		.limits = p->limits,
	};
	uint64_t needs = layout_linux_needs(l->image, l->initrd_size, h->cpu.online);

	if (l->request->return_on_panic && __builtin_add_overflow(needs, CRASH_NEEDS, &needs))
		needs = UINT64_MAX;
	if (__builtin_add_overflow(needs, GATE_SIZE + l->headers_size, &needs) ||
	    needs > UINT64_MAX - WINDOW_UNIT)
		return err_set(e, "an initrd of 0x%" PRIx64 " bytes is too large", l->initrd_size);
	return window_size(l->request, needs, &want, e) && window_pick(h, &want, w, e);
}

/*
 * The elfcorehdr takes the window's end and the gate what is below them, so that the other kernel
 * finds its place at the start.
 */
static bool divide(struct plan *p, const struct window *w, uint64_t headers_size, struct err *e)
{
	struct range gate;

	p->window = w->main;
	p->low = w->has_low ? w->low : (struct range){};
	p->headers = range_of(w->main.last - headers_size + 1, headers_size);
	gate = range_of(p->headers.start - GATE_SIZE, GATE_SIZE);

	ranges_deinit(&p->ram);
	if (!ranges_add(&p->ram, gate))
		return no_memory(e);
	if (!purgatory_place(p, e))
		return false;
	if (!ranges_remove(&p->ram, gate) ||
	    !ranges_add(&p->ram, (struct range){ p->window.start, gate.start - 1 }))
		return no_memory(e);
	return true;
}

/* The region with the reserved page on each side. */
static struct range crash_guarded(struct range crash)
{
	return (struct range){ crash.start - PAGE_SIZE, crash.last + PAGE_SIZE };
}

static bool reserve_crash(struct plan *p, struct err *e)
{
	uint64_t top = lend_gate(p).start - CRASH_ABOVE - CRASH_SIZE;

	p->crash = range_of(top & ~(CRASH_ALIGN - 1), CRASH_SIZE);
	if (lend_gate(p).start < CRASH_ABOVE + CRASH_SIZE ||
	    p->crash.start <= p->window.start + PAGE_SIZE)
		return err_set(e, "the window has no room for what --return-on-panic needs: use a "
				  "larger --window-size=");
	return ranges_remove(&p->ram, (struct range){ crash_guarded(p->crash).start,
						      lend_gate(p).start - 1 }) ||
	       no_memory(e);
}

/*
 * A reserved page behind each piece of RAM above the region. A kernel needs at least half of what
 * its header asks for (init_size), which has room to decompress it, too.
 */
static bool fence(struct memmap *m, const struct plan *p, uint64_t init_size)
{
	uint64_t piece = init_size / 2 > PIECE_MIN ? (init_size / 2) & PAGE_MASK : PIECE_MIN;
	uint64_t end = lend_gate(p).start, at = crash_guarded(p->crash).last + 1;

	while (end - at > piece) {
		at += piece;
		if (!memmap_set(m, range_of(at - PAGE_SIZE, PAGE_SIZE), MEM_RESERVED))
			return false;
	}
	return true;
}

struct range lend_gate(const struct plan *p)
{
	return range_of(p->gate, GATE_SIZE);
}

static bool next_map(struct plan *p, const struct host *h, uint64_t init_size, struct err *e)
{
	struct lent lent = {
		.window = p->window,
		.low = p->low,
		.gate = lend_gate(p),
		.headers = p->headers,
	};

	if (!window_map(h, &p->system_ram, &lent, &p->next, e))
		return false;
	return !p->crash.last ||
	       (memmap_set(&p->next, crash_guarded(p->crash), MEM_RESERVED) &&
		memmap_set(&p->next, p->crash, MEM_RAM) && fence(&p->next, p, init_size)) ||
	       no_memory(e);
}

bool lend(struct plan *p, const struct lend_wants *want, struct err *e)
{
	struct window w;

	return pick(p, want, &w, e) && divide(p, &w, want->headers_size, e) &&
	       (!want->request->return_on_panic || reserve_crash(p, e)) &&
	       next_map(p, want->host, want->image->init_size, e);
}

bool lend_again(struct plan *p, const struct lent *lent, struct err *e)
{
	p->window = lent->window;
	p->low = lent->low;
	p->headers = lent->headers;
	ranges_deinit(&p->ram);
	return (ranges_add(&p->ram, lent->gate) || no_memory(e)) && purgatory_place(p, e);
}

bool lend_fill(struct plan *p, struct err *e)
{
	return plan_fill(p, p->window, "window", e) &&
	       (!p->low.last || plan_fill(p, p->low, "low RAM", e));
}
