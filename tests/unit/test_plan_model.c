/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plan_check() against the kernel: random plans, and a statement of the kernel's rules that
 * shares nothing with it. What plan_check() takes, the kernel takes, and means the same places by
 * it; where plan_check() refuses more, the rule it names is one of ours and is broken.
 *
 * The kernel's rules are those of kernel/kexec.c (kexec_load_check()) and kernel/kexec_core.c
 * (sanity_check_segment_list()), the same in 6.1, 6.12 and 7.3; its numbers are unsigned longs.
 *
 *   PLAN_MODEL_PLANS=1000000 tests/unit/test_plan_model
 *   PLAN_MODEL_SEED=N PLAN_MODEL_PLANS=1 ...		plan N again, as a failure names it
 */
#include <stdlib.h>

#include "plans.h"

#define PAGE_BYTES   UINT64_C(0x1000)
#define PLANS	     100000 /* a second or two with sanitizers */
#define SEED	     1
#define RAM_MAX	     6
#define FAILURES_MAX 20
#define SEGMENTS_MAX 17 /* one more than the kernel takes */

struct machine {
	unsigned int bits; /* of the kernel's unsigned long */
	struct range ram[RAM_MAX];
	size_t ram_count;
	uint64_t ram_pages; /* totalram_pages() */
};

/* ---- chance ---- */

static uint64_t random_state;

/* The last step of splitmix64 spreads the seed. */
static void seed_random(uint64_t seed)
{
	uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	random_state = (z ^ z >> 31) | 1;
}

static uint64_t below(uint64_t bound)
{
	random_state ^= random_state >> 12; /* xorshift64* */
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * UINT64_C(0x2545f4914f6cdd1d) % bound;
}

static bool once_in(uint64_t n)
{
	return !below(n);
}

/* ---- machines and plans ---- */

/*
 * Where memory begins and ends on PCs, and where numbers do. RAM ends below the 64 TiB that
 * x86_64's limit for destinations is about.
 */
static const uint64_t landmarks[] = {
	0x1000,	    0x9f000,	0x9fc00,     0x100000,	  0x1000000,	  0x7ffe0000,
	0xffffc000, 0xfffff000, 0x100000000, 0x100004000, 0x3fffff000000,
};

static void draw_machine(struct machine *m)
{
	uint64_t next = 0;

	*m = (struct machine){ .bits = once_in(2) ? 32 : 64 };
	for (size_t i = 0; i < sizeof(landmarks) / sizeof(landmarks[0]); i++) {
		uint64_t start = landmarks[i] + below(3) * PAGE_BYTES;
		uint64_t size = (1 + below(64)) * (once_in(8) ? 0x400 : PAGE_BYTES);

		if (m->ram_count == RAM_MAX || start <= next || once_in(2))
			continue;
		m->ram[m->ram_count++] = (struct range){ start, start + size - 1 };
		m->ram_pages += size / PAGE_BYTES;
		next = start + size;
	}
	if (!m->ram_count)
		m->ram[m->ram_count++] = (struct range){ 0x100000, 0x1fffff };
	/* What the kernel counts is less than what there is; no pages would mean "not known". */
	m->ram_pages = m->ram_pages * (3 + below(2)) / 4 + 1 + below(2);
}

static void damage_segment(struct segment *s)
{
	switch (below(10)) {
	case 0:
		s->paddr += 1 + below(PAGE_BYTES);
		break;
	case 1:
		s->memsz += 1 + below(PAGE_BYTES - 1);
		break;
	case 2:
		s->memsz = 0;
		break;
	case 3:
		s->memsz += PAGE_BYTES;
		break;
	case 4:
		s->paddr -= PAGE_BYTES;
		break;
	case 5:
		s->paddr = landmarks[below(sizeof(landmarks) / sizeof(landmarks[0]))];
		break;
	case 6:
		s->paddr += UINT64_C(1) << 32;
		break;
	case 7:
		s->memsz |= UINT64_C(1) << (32 + below(32));
		break;
	case 8:
		s->memsz = -s->paddr - below(2) * PAGE_BYTES;
		break;
	case 9:
		s->data.size = s->memsz + 1;
		break;
	}
}

/* A piece of RAM behind what was taken of it, or what is not even that. */
static void draw_segment(const struct machine *m, uint64_t *taken, struct segment *s)
{
	size_t bank = below(m->ram_count);
	uint64_t first = (m->ram[bank].start + PAGE_BYTES - 1) / PAGE_BYTES;
	uint64_t pages = (m->ram[bank].last + 1) / PAGE_BYTES;
	uint64_t skip = once_in(3) ? below(3) : 0, size = 1 + below(once_in(4) ? 16 : 3);

	if (once_in(40))
		taken[bank] = 0;
	pages = pages > first ? pages - first : 0;
	if (taken[bank] + skip + size > pages && !once_in(20))
		return;
	*s = (struct segment){
		.name = "segment",
		.paddr = (first + taken[bank] + skip) * PAGE_BYTES,
		.memsz = size * PAGE_BYTES,
	};
	s->data.size = below(s->memsz + 1);
	taken[bank] += skip + size;
	if (once_in(60))
		damage_segment(s);
}

static void draw_plan(const struct machine *m, struct plan *p)
{
	uint64_t taken[RAM_MAX] = { 0 }, count = below(SEGMENTS_MAX + 1);

	begin_plan(p, PLAN_LOAD, m->bits);
	p->segments = calloc(SEGMENTS_MAX, sizeof(p->segments[0]));
	for (size_t i = 0; i < m->ram_count; i++)
		ranges_add(&p->system_ram, m->ram[i]);
	p->mem_total = m->ram_pages * PAGE_BYTES;
	while (count-- && p->segment_count < SEGMENTS_MAX - 1) {
		struct segment *s = &p->segments[p->segment_count];

		draw_segment(m, taken, s);
		p->segment_count += s->name != NULL;
	}
	if (p->segment_count) {
		const struct segment *s = &p->segments[below(p->segment_count)];

		p->entry = s->paddr + below(s->memsz ? s->memsz : 1) + (once_in(50) ? s->memsz : 0);
	}
	if (p->segment_count == SEGMENTS_MAX - 1 && once_in(4))
		p->segments[p->segment_count++] = (struct segment){ .name = "segment" };
}

/* ---- what the kernel says ---- */

/* What a kernel whose numbers have so many bits makes of this one. */
static uint64_t as_told(const struct machine *m, uint64_t number)
{
	return m->bits == 32 ? (uint32_t)number : number;
}

/* KEXEC_DESTINATION_MEMORY_LIMIT: the last address, on x86_64 that of four paging levels. */
static uint64_t destination_limit(const struct machine *m)
{
	return m->bits == 32 ? UINT32_MAX : (UINT64_C(1) << 46) - 1;
}

static const char *refused_places(const struct machine *m, const struct plan *p)
{
	for (size_t i = 0; i < p->segment_count; i++) {
		uint64_t start = as_told(m, p->segments[i].paddr);
		uint64_t end = as_told(m, start + as_told(m, p->segments[i].memsz));

		if (start > end)
			return "ends before it starts";
		if (start & (PAGE_BYTES - 1) || end & (PAGE_BYTES - 1))
			return "not whole pages";
		if (end >= destination_limit(m))
			return "beyond the destination limit";
	}
	return NULL;
}

static const char *refused_overlap(const struct machine *m, const struct plan *p)
{
	for (size_t i = 0; i < p->segment_count; i++) {
		for (size_t j = i + 1; j < p->segment_count; j++) {
			uint64_t a = as_told(m, p->segments[i].paddr);
			uint64_t b = as_told(m, p->segments[j].paddr);

			if (a < as_told(m, b + as_told(m, p->segments[j].memsz)) &&
			    b < as_told(m, a + as_told(m, p->segments[i].memsz)))
				return "overlap";
		}
	}
	return NULL;
}

static const char *refused_sizes(const struct machine *m, const struct plan *p)
{
	uint64_t half = m->ram_pages / 2, pages = 0;

	for (size_t i = 0; i < p->segment_count; i++) {
		if (as_told(m, p->segments[i].data.size) > as_told(m, p->segments[i].memsz))
			return "more data than memory";
	}
	for (size_t i = 0; i < p->segment_count; i++) {
		uint64_t size = as_told(m, p->segments[i].memsz);

		if (size / PAGE_BYTES > half)
			return "half of memory by one";
		pages += size / PAGE_BYTES;
	}
	return pages > half ? "half of memory by all" : NULL;
}

/* NULL when it would load the plan. */
static const char *kernel_refuses(const struct machine *m, const struct plan *p)
{
	const char *why;

	if (p->segment_count > 16)
		return "more than 16 segments";
	why = refused_places(m, p);
	if (!why)
		why = refused_overlap(m, p);
	return why ? why : refused_sizes(m, p);
}

static bool means_the_same(const struct machine *m, const struct plan *p)
{
	for (size_t i = 0; i < p->segment_count; i++) {
		if (as_told(m, p->segments[i].paddr) != p->segments[i].paddr ||
		    as_told(m, p->segments[i].memsz) != p->segments[i].memsz)
			return false;
	}
	return as_told(m, p->entry) == p->entry;
}

/* ---- what plan_check() says, and whether that is so ---- */

static bool in_ram(const struct machine *m, const struct segment *s)
{
	for (uint64_t at = s->paddr; at - s->paddr < s->memsz; at += PAGE_BYTES) {
		size_t bank = 0;

		while (bank < m->ram_count &&
		       (at < m->ram[bank].start || at + PAGE_BYTES - 1 > m->ram[bank].last))
			bank++;
		if (bank == m->ram_count)
			return false;
	}
	return true;
}

static bool is_unaligned(const struct machine *m, const struct segment *s)
{
	(void)m;
	return s->paddr & (PAGE_BYTES - 1) || s->memsz & (PAGE_BYTES - 1);
}

static bool is_empty(const struct machine *m, const struct segment *s)
{
	(void)m;
	return !s->memsz;
}

static bool wraps(const struct machine *m, const struct segment *s)
{
	(void)m;
	return s->memsz > UINT64_MAX - s->paddr;
}

static bool is_high(const struct machine *m, const struct segment *s)
{
	return m->bits == 32 && (s->paddr > UINT32_MAX || s->memsz > UINT32_MAX - s->paddr);
}

static bool is_overfull(const struct machine *m, const struct segment *s)
{
	(void)m;
	return s->data.size > s->memsz;
}

static bool is_outside(const struct machine *m, const struct segment *s)
{
	return !in_ram(m, s);
}

static bool has_none(const struct machine *m, const struct plan *p)
{
	(void)m;
	return !p->segment_count;
}

static bool has_too_many(const struct machine *m, const struct plan *p)
{
	(void)m;
	return p->segment_count > 16;
}

static bool is_too_large(const struct machine *m, const struct plan *p)
{
	const char *why = refused_sizes(m, p);

	return why && !strncmp(why, "half", 4);
}

static bool overlaps(const struct machine *m, const struct plan *p)
{
	return refused_overlap(m, p) != NULL;
}

static bool entry_is_outside(const struct machine *m, const struct plan *p)
{
	(void)m;
	for (size_t i = 0; i < p->segment_count; i++) {
		if (p->entry - p->segments[i].paddr < p->segments[i].memsz)
			return false;
	}
	return true;
}

static const struct rule {
	const char *says;
	bool (*segment_breaks)(const struct machine *m, const struct segment *s);
	bool (*plan_breaks)(const struct machine *m, const struct plan *p);
	bool ours; /* the kernel has no such rule */
} rules[] = {
	{ "there are no segments", .plan_breaks = has_none, .ours = true },
	{ "17 segments, but the kernel takes 16;*", .plan_breaks = has_too_many },
	{ "segment does not start and end at a page;*", .segment_breaks = is_unaligned },
	{ "segment is empty;*", .segment_breaks = is_empty, .ours = true },
	{ "segment goes beyond the end of the address space;*", .segment_breaks = wraps },
	{ "segment ends above 0xffffefff, the highest address that the kernel takes;*",
	  .segment_breaks = is_high },
	{ "segment has more data (*) than memory (*);*", .segment_breaks = is_overfull },
	{ "segment is not in RAM;*", .segment_breaks = is_outside, .ours = true },
	{ "segment and segment overlap;*", .plan_breaks = overlaps },
	{ "the image has *, more than half of RAM (*), which is the kernel's limit;*",
	  .plan_breaks = is_too_large },
	{ "the entry * is in no segment;*", .plan_breaks = entry_is_outside, .ours = true },
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

static bool is_broken(const struct rule *rule, const struct machine *m, const struct plan *p)
{
	if (rule->plan_breaks)
		return rule->plan_breaks(m, p);
	for (size_t i = 0; i < p->segment_count; i++) {
		if (rule->segment_breaks(m, &p->segments[i]))
			return true;
	}
	return false;
}

static const struct rule *rule_named(const char *text)
{
	for (size_t i = 0; i < RULES; i++) {
		if (!fnmatch(rules[i].says, text, 0))
			return &rules[i];
	}
	return NULL;
}

/* Why the two do not agree, or NULL. */
static const char *disagree(const struct machine *m, const struct plan *p, bool taken,
			    const struct rule *named)
{
	const char *kernel = kernel_refuses(m, p);

	if (!taken && !named)
		return "refused, and not by a rule that is known here";
	if (!taken && !is_broken(named, m, p))
		return "refused by a rule that is not broken";
	if (!taken && !kernel && !named->ours && means_the_same(m, p))
		return "refused by a rule that is called the kernel's, which has no objection";
	if (taken && kernel)
		return kernel;
	if (taken && !means_the_same(m, p))
		return "taken, but the kernel is told of other places";
	for (size_t i = 0; taken && i < RULES; i++) {
		if (is_broken(&rules[i], m, p))
			return rules[i].says;
	}
	return NULL;
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

TEST(check_and_the_kernel_agree)
{
	uint64_t plans = number_from("PLAN_MODEL_PLANS", PLANS);
	uint64_t seed = number_from("PLAN_MODEL_SEED", SEED);
	uint64_t named[RULES] = { 0 }, taken = 0;

	for (uint64_t i = 0; i < plans && test_failures < FAILURES_MAX; i++) {
		const struct rule *rule = NULL;
		struct err e = { 0 };
		struct machine m;
		struct plan p;
		const char *why;
		bool good;

		seed_random(seed + i);
		draw_machine(&m);
		draw_plan(&m, &p);
		good = plan_check(&p, &e);
		if (!good)
			rule = rule_named(e.text);
		why = disagree(&m, &p, good, rule);
		if (why)
			test_fail(__FILE__, __LINE__,
				  "PLAN_MODEL_SEED=%" PRIu64 ", %u bits: %s; plan_check: %s",
				  seed + i, m.bits, why, good ? "good" : e.text);
		taken += good;
		if (rule)
			named[rule - rules]++;
		plan_deinit(&p);
	}
	if (plans < PLANS)
		return;
	/* Chance has met all there is. */
	CHECK(taken > plans / 4);
	for (size_t i = 0; i < RULES; i++) {
		if (named[i] < 10)
			test_fail(__FILE__, __LINE__, "\"%s\": %" PRIu64 " plans only",
				  rules[i].says, named[i]);
	}
	if (getenv("PLAN_MODEL_PLANS"))
		printf("%" PRIu64 " plans, %" PRIu64 " taken\n", plans, taken);
}

TEST_MAIN
