/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "layout_linux.h"
#include "lend.h"
#include "number.h"
#include "purgatory.h"
#include "window.h"
#include "x86.h"

#define WINDOW_UNIT (2 * MIB) /* a chosen size is a multiple of it */

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
		.next_arch = h->arch,
		.preferred = l->image->preferred,
		.align = l->image->align,
		.limits = p->limits,
	};
	uint64_t needs = layout_linux_needs(l->image, l->initrd_size, h->cpu.online);

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

struct range lend_gate(const struct plan *p)
{
	return range_of(p->gate, GATE_SIZE);
}

static bool next_map(struct plan *p, const struct host *h, struct err *e)
{
	struct lent lent = {
		.window = p->window,
		.low = p->low,
		.gate = lend_gate(p),
		.headers = p->headers,
	};

	return window_map(h, &p->system_ram, &lent, &p->next, e);
}

bool lend(struct plan *p, const struct lend_wants *want, struct err *e)
{
	struct window w;

	return pick(p, want, &w, e) && divide(p, &w, want->headers_size, e) &&
	       next_map(p, want->host, e);
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
