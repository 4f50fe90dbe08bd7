/* SPDX-License-Identifier: GPL-2.0-only */
/* Plans for a purgatory to be placed in and sealed. */
#ifndef TEST_SEALED_H
#define TEST_SEALED_H

#include "plans.h"
#include "purgatory.h"
#include "test.h"

static void start_plan(struct plan *p, unsigned int bits)
{
	begin_plan(p, PLAN_LOAD, bits);
	p->entry_bits = bits;
	p->kernel_entry = 0x1000000;
	p->boot_params = 0x90000;
	ranges_add(&p->ram, (struct range){ 0x1000, 0x9ffff });
	ranges_add(&p->ram, (struct range){ 0x100000, 0xbfffffff });
	ranges_add(&p->ram, (struct range){ UINT64_C(0x100000000), UINT64_C(0x1ffffffff) });
}

static void add_data(struct plan *p, const char *name, const uint8_t *data, size_t size)
{
	const struct place place = { .name = name, .memsz = 4096, .digest = true };
	struct segment *s;
	struct err e;

	if (!CHECK(plan_add_at(p, &place, UINT64_C(0x300000000) + p->segment_count * 4096, &s, &e)))
		return;
	/* Where the test's own memory is: the image runs in this process. */
	s->paddr = (uintptr_t)data;
	s->memsz = (size + 8191) & ~(size_t)4095;
	s->data = (struct bytes){ data, size };
}

static const struct gate_params *sealed(struct plan *p)
{
	return (const void *)(plan_find(p, "purgatory")->data.data + GATE_PARAMS);
}

#endif
