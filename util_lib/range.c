/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "range.h"
#include "search.h"
#include "x86.h"

uint64_t range_size(struct range r)
{
	uint64_t less_one = r.last - r.start;

	return less_one == UINT64_MAX ? UINT64_MAX : less_one + 1;
}

bool range_contains(struct range outer, struct range inner)
{
	return outer.start <= inner.start && inner.last <= outer.last;
}

bool range_overlaps(struct range a, struct range b)
{
	return a.start <= b.last && b.start <= a.last;
}

bool range_intersect(struct range a, struct range b, struct range *out)
{
	if (!range_overlaps(a, b))
		return false;
	*out = (struct range){
		.start = a.start > b.start ? a.start : b.start,
		.last = a.last < b.last ? a.last : b.last,
	};
	return true;
}

bool range_pages_inside(struct range r, struct range *out)
{
	uint64_t first, last;

	if (__builtin_add_overflow(r.start, PAGE_SIZE - 1, &first))
		return false;
	first &= PAGE_MASK;
	/* The last page is whole if @r reaches its last byte, else the page before it is. */
	if ((r.last | PAGE_MASK) == UINT64_MAX)
		last = r.last;
	else if (__builtin_sub_overflow(r.last & PAGE_MASK, 1, &last))
		return false;
	if (first > last)
		return false;
	*out = (struct range){ first, last };
	return true;
}

void ranges_deinit(struct ranges *s)
{
	free(s->at);
	*s = (struct ranges){};
}

void ranges_move(struct ranges *to, struct ranges *from)
{
	struct ranges moved = *from;

	*from = (struct ranges){};
	ranges_deinit(to);
	*to = moved;
}

static bool make_room(struct ranges *s, size_t more)
{
	size_t need;

	return !__builtin_add_overflow(s->count, more, &need) &&
	       grow_array(&s->at, &s->room, need, sizeof(*s->at));
}

static bool ends_before(const void *element, uint64_t address)
{
	return ((const struct range *)element)->last < address;
}

size_t ranges_from(const struct ranges *s, uint64_t address)
{
	return search_first(s->at, s->count, sizeof(*s->at), address, ends_before);
}

/* The first range from index @i on that starts after @address; count when there is none. */
static size_t first_starting_after(const struct ranges *s, size_t i, uint64_t address)
{
	while (i < s->count && s->at[i].start <= address)
		i++;
	return i;
}

/* Puts @n ranges in the place of those with indexes @from to @to - 1. */
static bool splice(struct ranges *s, size_t from, size_t to, const struct range *with, size_t n)
{
	size_t old = to - from;

	if (n > old && !make_room(s, n - old))
		return false;
	if (s->count > to)
		memmove(s->at + from + n, s->at + to, (s->count - to) * sizeof(*s->at));
	if (n)
		memcpy(s->at + from, with, n * sizeof(*s->at));
	s->count = s->count - old + n;
	return true;
}

bool ranges_add(struct ranges *s, struct range r)
{
	/* A range that only touches @r is joined too. */
	size_t from = ranges_from(s, r.start ? r.start - 1 : 0);
	size_t to = first_starting_after(s, from, r.last == UINT64_MAX ? r.last : r.last + 1);

	if (from < to) {
		if (s->at[from].start < r.start)
			r.start = s->at[from].start;
		if (s->at[to - 1].last > r.last)
			r.last = s->at[to - 1].last;
	}
	return splice(s, from, to, &r, 1);
}

bool ranges_remove(struct ranges *s, struct range r)
{
	size_t from = ranges_from(s, r.start);
	size_t to = first_starting_after(s, from, r.last);
	struct range rest[2];
	size_t n = 0;

	if (from == to)
		return true;
	if (s->at[from].start < r.start)
		rest[n++] = (struct range){ s->at[from].start, r.start - 1 };
	if (s->at[to - 1].last > r.last)
		rest[n++] = (struct range){ r.last + 1, s->at[to - 1].last };
	return splice(s, from, to, rest, n);
}

bool ranges_copy(struct ranges *to, const struct ranges *from)
{
	struct ranges copy = {};

	if (!splice(&copy, 0, 0, from->at, from->count))
		return false;
	ranges_move(to, &copy);
	return true;
}

/* With this room no step can fail: each adds one range at most. */
bool ranges_add_all(struct ranges *s, const struct ranges *other)
{
	if (!make_room(s, other->count))
		return false;
	for (size_t i = 0; i < other->count; i++)
		ranges_add(s, other->at[i]);
	return true;
}

bool ranges_remove_all(struct ranges *s, const struct ranges *other)
{
	if (!make_room(s, other->count))
		return false;
	for (size_t i = 0; i < other->count; i++)
		ranges_remove(s, other->at[i]);
	return true;
}

bool ranges_clip(struct ranges *s, struct range r)
{
	/* Neither cut can split a range, so neither needs memory. */
	if (r.start)
		ranges_remove(s, (struct range){ 0, r.start - 1 });
	if (r.last != UINT64_MAX)
		ranges_remove(s, (struct range){ r.last + 1, UINT64_MAX });
	return true;
}

bool ranges_contain(const struct ranges *s, struct range r)
{
	size_t i = ranges_from(s, r.start);

	return i < s->count && range_contains(s->at[i], r);
}

bool ranges_overlap(const struct ranges *s, struct range r)
{
	size_t i = ranges_from(s, r.start);

	return i < s->count && s->at[i].start <= r.last;
}

uint64_t ranges_size(const struct ranges *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (__builtin_add_overflow(sum, range_size(s->at[i]), &sum))
			return UINT64_MAX;
	}
	return sum;
}

static bool place(struct range in, const struct range_hole *want, struct range *out)
{
	uint64_t mask = want->align - 1, less_one = want->size - 1, start;

	if (less_one > in.last - in.start)
		return false;
	if (want->highest)
		start = (in.last - less_one) & ~mask;
	else if (__builtin_add_overflow(in.start, mask, &start))
		return false;
	else
		start &= ~mask;
	if (start < in.start || start > in.last - less_one)
		return false;
	*out = (struct range){ start, start + less_one };
	return true;
}

bool ranges_find(const struct ranges *s, const struct range_hole *want, struct range *out)
{
	for (size_t i = 0; i < s->count; i++) {
		struct range r = s->at[want->highest ? s->count - 1 - i : i];

		if (range_intersect(r, want->within, &r) && place(r, want, out))
			return true;
	}
	return false;
}
