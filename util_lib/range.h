/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical address ranges. Both ends are inclusive, so that a range may end at 2^64 - 1 and an
 * empty range cannot be expressed; addresses are 64 bits wide on every architecture.
 */
#ifndef UTIL_RANGE_H
#define UTIL_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	uint64_t start;
	uint64_t last; /* inclusive; start <= last always */
};

/* @size > 0 bytes from @start; they must not go beyond 2^64. */
static inline struct range range_of(uint64_t start, uint64_t size)
{
	return (struct range){ start, start + (size - 1) };
}

/* Bytes in @r; the whole address space (2^64 bytes) is reported as UINT64_MAX. */
uint64_t range_size(struct range r);
bool range_contains(struct range outer, struct range inner);
bool range_overlaps(struct range a, struct range b);
/* The common part; false when there is none. */
bool range_intersect(struct range a, struct range b, struct range *out);
/* The whole pages of 4096 bytes inside @r; false when there is none. */
bool range_pages_inside(struct range r, struct range *out);

/* A sorted set; ranges that touch are joined. Zero-initialise; destroy with ranges_deinit(). */
struct ranges {
	struct range *at;
	size_t count;
	size_t room;
};

void ranges_deinit(struct ranges *s);
void ranges_move(struct ranges *to, struct ranges *from); /* frees @to first, empties @from */
/* These return false only when memory ran out; the set is then as before. */
bool ranges_add(struct ranges *s, struct range r);
bool ranges_remove(struct ranges *s, struct range r);
bool ranges_copy(struct ranges *to, const struct ranges *from);
bool ranges_add_all(struct ranges *s, const struct ranges *other);
bool ranges_remove_all(struct ranges *s, const struct ranges *other);
/* Keeps what lies inside @r. */
bool ranges_clip(struct ranges *s, struct range r);

/* True when the whole of @r lies in one range of the set. */
bool ranges_contain(const struct ranges *s, struct range r);
bool ranges_overlap(const struct ranges *s, struct range r);
/* The first range that ends at or after @address; count when there is none. */
size_t ranges_from(const struct ranges *s, uint64_t address);
/* Sum of the sizes, saturating. */
uint64_t ranges_size(const struct ranges *s);

/* What a caller wants placed. */
struct range_hole {
	uint64_t size;	     /* bytes, > 0 */
	uint64_t align;	     /* power of two */
	struct range within; /* the whole result lies in it */
	bool highest;	     /* the highest place instead of the lowest */
};

/* The lowest (or highest) place in the set; false when there is none. */
bool ranges_find(const struct ranges *s, const struct range_hole *want, struct range *out);

#endif
