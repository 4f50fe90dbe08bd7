/* SPDX-License-Identifier: GPL-2.0-only */
/* Plans as kexec_load(2) takes them, for tests. */
#ifndef TEST_PLANS_H
#define TEST_PLANS_H

#include "backend.h"
#include "test.h"

static bool begin_on(struct plan *p, enum plan_verb verb, const struct host *h)
{
	struct err e;

	return CHECK(plan_init(p, verb, h, &backend_load.limits[h->arch], &e));
}

/* On a machine of which no more is known; its RAM is the test's to add. */
static inline bool begin_plan(struct plan *p, enum plan_verb verb, unsigned int bits)
{
	const struct host h = { .arch = bits == 32 ? HOST_I386 : HOST_X86_64 };

	return begin_on(p, verb, &h);
}

#endif
