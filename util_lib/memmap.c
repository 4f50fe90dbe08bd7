/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "memmap.h"

void memmap_deinit(struct memmap *m)
{
	free(m->at);
	*m = (struct memmap){};
}

/* Puts @n entries in the place of those with indexes @from to @to - 1. */
static bool splice(struct memmap *m, size_t from, size_t to, const struct mem_entry *with, size_t n)
{
	size_t count = m->count - (to - from) + n;

	if (!grow_array(&m->at, &m->room, count, sizeof(*m->at)))
		return false;
	if (m->count > to)
		memmove(m->at + from + n, m->at + to, (m->count - to) * sizeof(*m->at));
	if (n)
		memcpy(m->at + from, with, n * sizeof(*m->at));
	m->count = count;
	return true;
}

bool memmap_copy(struct memmap *to, const struct memmap *from)
{
	struct memmap copy = {};

	if (!splice(&copy, 0, 0, from->at, from->count))
		return false;
	memmap_deinit(to);
	*to = copy;
	return true;
}

#define NOTHING 0 /* no type has this number */

static bool put(struct memmap *m, struct range range, enum mem_type type)
{
	/* Entries that only touch @range count as met: neighbours of its type are joined. */
	uint64_t reach_start = range.start ? range.start - 1 : 0;
	uint64_t reach_last = range.last == UINT64_MAX ? range.last : range.last + 1;
	struct mem_entry with[3];
	size_t from, to, n = 0, middle;

	for (from = 0; from < m->count && m->at[from].range.last < reach_start; from++)
		;
	for (to = from; to < m->count && m->at[to].range.start <= reach_last; to++)
		;
	if (from < to && m->at[from].range.start < range.start) {
		with[n] = m->at[from];
		if (with[n].type == type)
			range.start = with[n].range.start;
		else if (with[n++].range.last >= range.start)
			with[n - 1].range.last = range.start - 1;
	}
	middle = n;
	n += type != NOTHING;
	if (from < to && m->at[to - 1].range.last > range.last) {
		with[n] = m->at[to - 1];
		if (with[n].type == type)
			range.last = with[n].range.last;
		else if (with[n++].range.start <= range.last)
			with[n - 1].range.start = range.last + 1;
	}
	if (type != NOTHING)
		with[middle] = (struct mem_entry){ range, type };
	return splice(m, from, to, with, n);
}

bool memmap_set(struct memmap *m, struct range range, enum mem_type type)
{
	return put(m, range, type);
}

bool memmap_remove(struct memmap *m, struct range range)
{
	return put(m, range, NOTHING);
}

bool memmap_ranges(const struct memmap *m, enum mem_type type, struct ranges *out)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->at[i].type == type && !ranges_add(out, m->at[i].range))
			return false;
	}
	return true;
}

const char *mem_type_name(enum mem_type type)
{
	switch (type) {
	case MEM_RAM:
		return "RAM";
	case MEM_RESERVED:
		return "reserved";
	case MEM_ACPI:
		return "ACPI tables";
	case MEM_NVS:
		return "ACPI NVS";
	case MEM_UNUSABLE:
		return "unusable";
	case MEM_PMEM:
		return "persistent memory";
	case MEM_LEGACY_PMEM:
		return "legacy persistent memory";
	case MEM_SOFT_RESERVED:
		return "soft reserved";
	}
	return "unknown";
}
