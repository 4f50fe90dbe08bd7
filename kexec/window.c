/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "number.h"
#include "window.h"
#include "x86.h"

#define BRK_SIZE (4 * MIB) /* enough for both architectures */

/*
 * Where to look, the best place first: the middle of memory, since the buddy allocator puts early,
 * long-lived pages right above 16 MiB. The gate and all that a 32-bit entry takes must be below
 * 4 GiB. An i386 kernel's KASLR stays below KERNEL_IMAGE_SIZE, 512 MiB, and the kernel itself must
 * leave room for its vmalloc area above (arch/x86/include/asm/page_32_types.h).
 */
static const struct range places[][2] = {
	[HOST_I386] = { { 192 * MIB, 512 * MIB - 1 }, { 0, 700 * MIB - 1 } },
	[HOST_X86_64] = { { 256 * MIB, 4096 * MIB - 1 }, { 0, 4096 * MIB - 1 } },
};

/* Large pages, so that neither kernel has to split one at the window's start. */
static const uint64_t alignment[] = { [HOST_I386] = 4 * MIB, [HOST_X86_64] = 2 * MIB };

/* Real-mode code and the start-up of other CPUs live there; page 0 stays the firmware's. */
static const struct range low_memory = { 0x1000, 0x9ffff };

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * A kernel with CONFIG_IO_STRICT_DEVMEM, as Debian's, lets nobody have what is reserved from below
 * 1 MiB on (kernel/resource.c resource_is_exclusive(), arch/x86/kernel/e820.c do_mark_busy()): it
 * would keep krestore from all RAM that is joined to the BIOS there. That the BIOS is no RAM every
 * kernel knows, so the map need not say it.
 */
static bool part_from_bios(struct memmap *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct mem_entry *m = &map->at[i];

		if (m->type == MEM_RESERVED && m->range.start < MIB && m->range.last >= MIB)
			return memmap_remove(map, (struct range){ m->range.start, MIB - 1 });
	}
	return true;
}

bool window_confine(const struct host *h, const struct ranges *ram, const struct ranges *usable,
		    struct memmap *next, struct err *e)
{
	struct ranges all = {};
	bool ok;

	memmap_deinit(next);
	ok = memmap_copy(next, h->firmware.map.count ? &h->firmware.map : &h->iomem.map) &&
	     memmap_ranges(next, MEM_RAM, &all) && memmap_ranges(next, MEM_ACPI, &all) &&
	     memmap_ranges(next, MEM_LEGACY_PMEM, &all) && ranges_add_all(&all, ram);
	for (size_t i = 0; ok && i < all.count; i++)
		ok = memmap_set(next, all.at[i], MEM_RESERVED);
	ranges_deinit(&all);
	for (size_t i = 0; ok && i < usable->count; i++)
		ok = memmap_set(next, usable->at[i], MEM_RAM);
	return (ok && part_from_bios(next)) || err_set(e, "out of memory");
}

bool window_map(const struct host *h, const struct ranges *ram, const struct lent *lent,
		struct memmap *next, struct err *e)
{
	struct ranges usable = {};
	bool ok;

	ok = ranges_add(&usable, lent->window) &&
	     (!lent->low.last || ranges_add(&usable, lent->low)) &&
	     ranges_remove(&usable, lent->gate) && ranges_remove(&usable, lent->headers);
	ok = ok ? window_confine(h, ram, &usable, next, e) : err_set(e, "out of memory");
	ranges_deinit(&usable);
	return ok;
}

/* The largest piece of RAM below 640 KB: there is one, unless firmware is odd. */
static void pick_low(const struct ranges *ram, struct window *w)
{
	struct range piece;

	w->has_low = false;
	for (size_t i = 0; i < ram->count; i++) {
		if (!range_intersect(ram->at[i], low_memory, &piece))
			continue;
		if (w->has_low && range_size(piece) <= range_size(w->low))
			continue;
		w->low = piece;
		w->has_low = true;
	}
}

static bool check_half(const struct host *h, const struct window_wants *want,
		       const struct window *w, struct err *e)
{
	uint64_t half = limits_bytes(want->limits, h->mem.total), low, sum;
	char sum_words[24], half_words[24], total_words[24];

	low = w->has_low ? range_size(w->low) : 0;
	if (!__builtin_add_overflow(want->size, low, &sum) && sum <= half)
		return true;
	return err_set(
		e,
		"%s of %s with low RAM is more than half of this machine's RAM "
		"(%s of %s), the most that the kernel lets an image have: %s",
		want->size_is_users ? "a window (--window-size=)" : "a window",
		number_size_words(want->size, sum_words), number_size_words(half, half_words),
		number_size_words(h->mem.total, total_words),
		want->size_is_users ? "use a smaller one" : "use a smaller kernel or initrd");
}

/* Everything that the kernel's load address and the user's bounds leave; false when nothing. */
static bool bounds(const struct window_wants *want, struct range *out)
{
	out->start = larger(want->preferred, want->mem_min);
	out->last = want->mem_max;
	return out->start <= out->last;
}

static bool search(const struct ranges *free, const struct window_wants *want, uint64_t align,
		   struct range *out)
{
	struct range_hole hole = { .size = want->size, .align = align };
	struct range within;

	if (!bounds(want, &within))
		return false;
	for (size_t i = 0; i < 2; i++) {
		if (!range_intersect(places[want->next_arch][i], within, &hole.within))
			continue;
		if (ranges_find(free, &hole, out))
			return true;
	}
	return false;
}

/* Bytes of the largest range that a window could have had. */
static uint64_t largest(const struct ranges *free, const struct window_wants *want, uint64_t align)
{
	struct range within, piece;
	uint64_t best = 0, start;

	if (!bounds(want, &within))
		return 0;
	if (!range_intersect(places[want->next_arch][1], within, &within))
		return 0;
	for (size_t i = 0; i < free->count; i++) {
		if (!range_intersect(free->at[i], within, &piece))
			continue;
		if (__builtin_add_overflow(piece.start, align - 1, &start))
			continue;
		start &= ~(align - 1);
		if (start <= piece.last)
			best = larger(best, piece.last - start + 1);
	}
	return best;
}

static bool no_room(const struct ranges *ram, const struct window_wants *want, uint64_t align,
		    struct err *e)
{
	struct range all = places[want->next_arch][1];
	char need[24], have[24];

	err_set(e,
		"no room for a window of %s between the kernel's lowest load address "
		"0x%" PRIx64 " and 0x%" PRIx64 ": the largest piece of RAM there has %s",
		number_size_words(want->size, need), want->preferred, all.last,
		number_size_words(largest(ram, want, align), have));
	if (want->mem_min || want->mem_max < all.last)
		err_append(e, " with --mem-min=0x%" PRIx64 " --mem-max=0x%" PRIx64, want->mem_min,
			   want->mem_max);
	return false;
}

/*
 * Best is what leaves the running kernel's brk area alone: it is right after the kernel's bss
 * (arch/x86/kernel/vmlinux.lds.S), is in no list, and has the early page tables, which tools that
 * read /proc/vmcore need to follow virtual addresses. The kernel itself is lent only when there is
 * no other place, and its other CPUs are not in it.
 */
static bool pick_main(const struct host *h, const struct window_wants *want,
		      const struct ranges *ram, struct window *w, struct err *e)
{
	uint64_t align = larger(want->align, alignment[want->next_arch]);
	struct range brk = { h->iomem.kernel.last + 1, h->iomem.kernel.last + BRK_SIZE };
	struct ranges beside = {}, best = {};
	bool ok, found;

	ok = ranges_copy(&beside, ram) &&
	     (!h->iomem.has_kernel || ranges_remove(&beside, h->iomem.kernel)) &&
	     ranges_copy(&best, &beside) && (!h->iomem.has_kernel || ranges_remove(&best, brk));
	found = ok &&
		(search(&best, want, align, &w->main) || search(&beside, want, align, &w->main) ||
		 (want->limits->stops_cpus && search(ram, want, align, &w->main)));
	if (!ok)
		err_set(e, "out of memory");
	else if (!found)
		no_room(want->limits->stops_cpus ? ram : &beside, want, align, e);
	ranges_deinit(&beside);
	ranges_deinit(&best);
	return found;
}

bool window_pick(const struct host *h, const struct window_wants *want, struct window *w,
		 struct err *e)
{
	struct window_wants pages = *want;
	struct ranges ram = {};
	bool ok;

	if (__builtin_add_overflow(want->size, PAGE_SIZE - 1, &pages.size))
		return err_set(e, "a window of 0x%" PRIx64 " bytes is too large", want->size);
	pages.size &= PAGE_MASK;
	if (!pages.size)
		return err_set(e, "a window cannot be empty");

	ok = host_free_ram(h, &ram, e);
	if (ok) {
		pick_low(&ram, w);
		ok = check_half(h, &pages, w, e) && pick_main(h, &pages, &ram, w, e);
	}
	ranges_deinit(&ram);
	return ok;
}
