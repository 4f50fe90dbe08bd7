/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "number.h"
#include "plan.h"

bool plan_init(struct plan *p, enum plan_verb verb, const struct host *h,
	       const struct limits *limits, struct err *e)
{
	*p = (struct plan){
		.verb = verb,
		.limits = limits,
		.screen = &h->screen,
		.gate_bits = h->arch == HOST_X86_64 ? 64 : 32,
		.mem_total = h->mem.total,
	};
	if (!host_ram(h, &p->system_ram, e))
		return false;
	if (!p->mem_total)
		p->mem_total = ranges_size(&p->system_ram);
	return true;
}

void plan_deinit(struct plan *p)
{
	for (size_t i = 0; i < p->segment_count; i++)
		free(p->segments[i].owned);
	free(p->segments);
	ranges_deinit(&p->ram);
	ranges_deinit(&p->system_ram);
	memmap_deinit(&p->next);
	free(p->cmdline);
	free(p->handed_nodes);
	*p = (struct plan){ 0 };
}

static struct range segment_range(const struct segment *s)
{
	return (struct range){ s->paddr, s->paddr + (s->memsz - 1) };
}

/* want->memsz or the size of the data, in whole pages. */
static bool place_memsz(const struct place *want, uint64_t *memsz, struct err *e)
{
	uint64_t size = want->memsz ? want->memsz : want->data.size;

	if (!size || size < want->data.size)
		return err_set(e, "%s: %#" PRIx64 " bytes of memory for %zu bytes of data",
			       want->name, size, want->data.size);
	if (__builtin_add_overflow(size, PAGE_SIZE - 1, memsz))
		return err_set(e, "%s: a size of %#" PRIx64 " bytes", want->name, size);
	*memsz &= PAGE_MASK;
	return true;
}

static bool add(struct plan *p, const struct place *want, uint64_t paddr, uint64_t memsz,
		struct segment **out, struct err *e)
{
	struct segment *s;

	if (p->segment_count == p->limits->segments)
		return err_set(e, "%s: more than the %zu segments that the kernel takes",
			       want->name, p->limits->segments);
	if (!grow_array(&p->segments, &p->segment_room, p->segment_count + 1, sizeof(*s)))
		return err_set(e, "out of memory");
	s = &p->segments[p->segment_count++];
	*s = (struct segment){
		.name = want->name,
		.paddr = paddr,
		.memsz = memsz,
		.data = want->data,
		.owned = want->owned,
		.digest = want->digest,
	};
	if (out)
		*out = s;
	return true;
}

static bool free_ram(const struct plan *p, struct ranges *out, struct err *e)
{
	if (!ranges_copy(out, &p->ram))
		return err_set(e, "out of memory");
	for (size_t i = 0; i < p->segment_count; i++) {
		if (!ranges_remove(out, segment_range(&p->segments[i])))
			return err_set(e, "out of memory");
	}
	return true;
}

static bool no_room(struct ranges *left, const struct place *want, const struct range_hole *hole,
		    struct err *e)
{
	char needs[24], has[24];
	uint64_t largest = 0;

	ranges_clip(left, hole->within);
	for (size_t i = 0; i < left->count; i++) {
		if (range_size(left->at[i]) > largest)
			largest = range_size(left->at[i]);
	}
	return err_set(e,
		       "no room for the %s: it needs %s at a multiple of %#" PRIx64
		       " within %#" PRIx64 "-%#" PRIx64 ", where the largest free range has %s",
		       want->name, number_size_words(hole->size, needs), hole->align,
		       hole->within.start, hole->within.last, number_size_words(largest, has));
}

static bool find_place(const struct plan *p, const struct place *want, uint64_t memsz,
		       uint64_t *paddr, struct err *e)
{
	struct range_hole hole = {
		.size = memsz,
		.align = want->align > PAGE_SIZE ? want->align : PAGE_SIZE,
		.within = want->within,
		.highest = want->highest,
	};
	struct ranges left = { 0 };
	struct range found;
	bool ok;

	if (!hole.within.last)
		hole.within.last = UINT64_MAX;
	if (hole.align & (hole.align - 1))
		return err_set(e, "%s: the alignment %#" PRIx64 " is not a power of two",
			       want->name, hole.align);
	ok = free_ram(p, &left, e);
	if (ok && !ranges_find(&left, &hole, &found))
		ok = no_room(&left, want, &hole, e);
	if (ok)
		*paddr = found.start;
	ranges_deinit(&left);
	return ok;
}

bool plan_find_place(const struct plan *p, const struct place *want, uint64_t *paddr, struct err *e)
{
	uint64_t memsz;

	return place_memsz(want, &memsz, e) && find_place(p, want, memsz, paddr, e);
}

bool plan_place(struct plan *p, const struct place *want, struct segment **out, struct err *e)
{
	uint64_t memsz, paddr = 0;

	if (place_memsz(want, &memsz, e) && find_place(p, want, memsz, &paddr, e) &&
	    add(p, want, paddr, memsz, out, e))
		return true;
	free(want->owned);
	return false;
}

bool plan_place_zeros(struct plan *p, const struct place *want, size_t size, struct segment **out,
		      struct err *e)
{
	struct place zeros = *want;

	zeros.owned = calloc(1, size);
	if (!zeros.owned)
		return err_set(e, "%s: out of memory", want->name);
	zeros.data = (struct bytes){ zeros.owned, size };
	return plan_place(p, &zeros, out, e);
}

static bool check_at(const struct plan *p, const char *name, uint64_t paddr, uint64_t memsz,
		     struct err *e)
{
	struct range mine = { paddr, paddr + (memsz - 1) };

	if (paddr % PAGE_SIZE)
		return err_set(e, "%s: %#" PRIx64 " is not the start of a page", name, paddr);
	if (mine.last < paddr)
		return err_set(e, "%s: goes beyond the end of the address space", name);
	for (size_t i = 0; i < p->segment_count; i++) {
		struct range other = segment_range(&p->segments[i]);

		if (range_overlaps(mine, other))
			return err_set(e,
				       "%s at %#" PRIx64 "-%#" PRIx64 " overlaps %s at %#" PRIx64
				       "-%#" PRIx64,
				       name, mine.start, mine.last, p->segments[i].name,
				       other.start, other.last);
	}
	return true;
}

bool plan_add_at(struct plan *p, const struct place *want, uint64_t paddr, struct segment **out,
		 struct err *e)
{
	uint64_t memsz;

	if (place_memsz(want, &memsz, e) && check_at(p, want->name, paddr, memsz, e) &&
	    add(p, want, paddr, memsz, out, e))
		return true;
	free(want->owned);
	return false;
}

struct segment *plan_find(struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->segment_count; i++) {
		if (!strcmp(p->segments[i].name, name))
			return &p->segments[i];
	}
	return NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct segment *s = a, *t = b;

	return (s->paddr > t->paddr) - (s->paddr < t->paddr);
}

void plan_sort(struct plan *p)
{
	if (p->segment_count)
		qsort(p->segments, p->segment_count, sizeof(p->segments[0]), by_address);
}

bool plan_fill(struct plan *p, struct range range, const char *name, struct err *e)
{
	struct place filler = { .name = name };
	struct segment *before = NULL;

	if (range.start % PAGE_SIZE || (range.last + 1) % PAGE_SIZE)
		return err_set(e, "%s: %#" PRIx64 "-%#" PRIx64 " are not whole pages", name,
			       range.start, range.last);
	plan_sort(p);
	for (size_t i = 0; i < p->segment_count; i++) {
		struct segment *s = &p->segments[i];

		if (!range_overlaps(range, segment_range(s)))
			continue;
		if (!range_contains(range, segment_range(s)))
			return err_set(e, "%s is only partly inside %s", s->name, name);
		if (before)
			before->memsz = s->paddr - before->paddr;
		else
			filler.memsz = s->paddr - range.start;
		before = s;
	}
	if (before)
		before->memsz = range.last - before->paddr + 1;
	else
		filler.memsz = range_size(range);
	if (!filler.memsz)
		return true;
	if (!plan_add_at(p, &filler, range.start, NULL, e))
		return false;
	plan_sort(p);
	return true;
}

static bool check_segment(const struct plan *p, const struct segment *s, struct err *e)
{
	uint64_t end;

	if (s->paddr % PAGE_SIZE || s->memsz % PAGE_SIZE)
		return err_set(e, "%s does not start and end at a page", s->name);
	if (!s->memsz)
		return err_set(e, "%s is empty", s->name);
	if (__builtin_add_overflow(s->paddr, s->memsz, &end))
		return err_set(e, "%s goes beyond the end of the address space", s->name);
	if (end - 1 > p->limits->last)
		return err_set(e,
			       "%s ends above %#" PRIx64
			       ", the highest address that the kernel takes",
			       s->name, p->limits->last);
	if (s->data.size > s->memsz)
		return err_set(e, "%s has more data (%zu bytes) than memory (%" PRIu64 ")", s->name,
			       s->data.size, s->memsz);
	if (!ranges_contain(&p->system_ram, segment_range(s)))
		return err_set(e, "%s is not in RAM", s->name);
	if (p->confined.last && !range_contains(p->confined, segment_range(s)))
		return err_set(e, "%s is not in the memory reserved for a crash kernel", s->name);
	return true;
}

static bool check_overlaps(const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->segment_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct segment *s = &p->segments[j], *t = &p->segments[i];

			if (range_overlaps(segment_range(s), segment_range(t)))
				return err_set(e, "%s and %s overlap", s->name, t->name);
		}
	}
	return true;
}

uint64_t plan_bytes(const struct plan *p)
{
	uint64_t total = 0;

	for (size_t i = 0; i < p->segment_count; i++) {
		if (__builtin_add_overflow(total, p->segments[i].memsz, &total))
			total = UINT64_MAX;
	}
	return total;
}

static bool check_half(const struct plan *p, struct err *e)
{
	uint64_t total = plan_bytes(p);
	char is[24], half[24];

	if (total <= limits_bytes(p->limits, p->mem_total))
		return true;
	return err_set(e,
		       "the image has %s, more than half of RAM (%s), which is the kernel's "
		       "limit",
		       number_size_words(total, is), number_size_words(p->mem_total / 2, half));
}

static bool check_entry(const struct plan *p, struct err *e)
{
	struct range entry = { p->entry, p->entry };

	for (size_t i = 0; i < p->segment_count; i++) {
		if (range_contains(segment_range(&p->segments[i]), entry))
			return true;
	}
	return err_set(e, "the entry %#" PRIx64 " is in no segment", p->entry);
}

static bool check(const struct plan *p, struct err *e)
{
	if (!p->segment_count)
		return err_set(e, "there are no segments");
	if (p->segment_count > p->limits->segments)
		return err_set(e, "%zu segments, but the kernel takes %zu", p->segment_count,
			       p->limits->segments);
	for (size_t i = 0; i < p->segment_count; i++) {
		if (!check_segment(p, &p->segments[i], e))
			return false;
	}
	return check_overlaps(p, e) && check_half(p, e) && check_entry(p, e);
}

bool plan_check(const struct plan *p, struct err *e)
{
	if (check(p, e))
		return true;
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct segment *s = &p->segments[i];

		err_append(e, "%s %s %#" PRIx64 "-%#" PRIx64, i ? "," : "; segments:", s->name,
			   s->paddr, s->paddr + s->memsz - 1);
	}
	return false;
}
