/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel does (kernel/kexec_core.c kimage_alloc_page(), kimage_load_normal_segment()): for
 * each page of each segment it takes one page frame with GFP_HIGHUSER, and for each 512 (i386:
 * 1024) of them one more for its list. One that happens to be a destination of the image is kept
 * until it is that page's turn, so free memory inside a window counts like any other.
 *
 * A zone gives them down to its low watermark plus what lowmem_reserve keeps from such requests
 * (mm/page_alloc.c __zone_watermark_ok(); "protection" in /proc/zoneinfo). Below that the kernel
 * reclaims, and when that does not help its OOM killer runs: the load itself cannot be refused any
 * more. So we count first, with the high watermark to spare.
 *
 * On i386 a page frame above KEXEC_SOURCE_MEMORY_LIMIT, 4 GiB, cannot be used. With PAE the zone
 * HighMem spans that limit, is asked first, and hands out page frames in any order: all that are
 * free above 4 GiB may be set aside (unusable_pages) before one below it comes, or the kernel turns
 * to zone Normal. They are given back when the load ends (kimage_free_extra_pages()); meanwhile
 * other programs live on reclaim. So there only these count: zone Normal less its lowmem_reserve,
 * and HighMem below 4 GiB, whose page frames /proc/kpageflags tells one by one; where the kernel
 * has no kpageflags none of them is counted. Compaction helps twice: it moves movable pages to the
 * upper end of their zone, which frees page frames below 4 GiB and leaves fewer above it to set
 * aside.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kpageflags.h"
#include "number.h"
#include "source_pages.h"
#include "x86.h"
#include "zoneinfo.h"

#define SLACK (16ull << 20) /* control pages, page tables, A's life meanwhile */
#define LISTS 256	    /* one page of lists for so many, generously */

/* What an image may take, in bytes. */
struct supply {
	uint64_t frames;
	bool limited; /* page frames from end_pfn on do not count */
	uint64_t end_pfn;
};

/* The highest zone that GFP_HIGHUSER may use: HighMem where there is one, else Normal. */
static unsigned int request_class(const struct zones *zones)
{
	unsigned int class = 0;

	for (size_t i = 0; i < zones->count; i++) {
		const struct zone *z = &zones->at[i];

		if (strcmp(z->name, "Movable") == 0 || strcmp(z->name, "Device") == 0)
			continue;
		if (z->index > class)
			class = z->index;
	}
	return class;
}

static bool goes_beyond(const struct zone *z, uint64_t end_pfn)
{
	uint64_t end;

	return __builtin_add_overflow(z->start_pfn, z->spanned, &end) || end > end_pfn;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* Pages that a request of @class gets from a zone before the kernel has to reclaim. */
static uint64_t zone_gives(const struct host *h, const struct supply *s, const struct zone *z,
			   unsigned int class)
{
	uint64_t pages = minus(z->free, z->free_cma), kept;

	if (z->index > class || class >= ZONES_A_NODE)
		return 0;
	if (goes_beyond(z, s->end_pfn)) {
		uint64_t below = kpageflags_count(h->root, z->start_pfn, s->end_pfn, KPF_BUDDY);

		pages = below < pages ? below : pages;
	}
	if (__builtin_add_overflow(z->high, z->protection[class], &kept))
		return 0;
	return minus(pages, kept);
}

static bool count_supply(const struct host *h, struct supply *s, struct err *e)
{
	struct zones zones;
	unsigned int class;

	if (!zones_read(&zones, h->root, e))
		return false;
	s->frames = 0;
	s->limited = false;
	class = request_class(&zones);
	for (size_t i = 0; i < zones.count; i++) {
		uint64_t pages = zone_gives(h, s, &zones.at[i], class);

		if (pages > (UINT64_MAX - s->frames) / PAGE_SIZE)
			pages = (UINT64_MAX - s->frames) / PAGE_SIZE;
		s->frames += pages * PAGE_SIZE;
		s->limited |= goes_beyond(&zones.at[i], s->end_pfn);
	}
	zones_deinit(&zones);
	return true;
}

/* Whether it worked need not be known: the page frames are counted again. */
static bool write_one(const struct host *h, const char *path)
{
	char *full;
	bool ok;
	int fd;

	if (asprintf(&full, "%s%s", h->root, path) < 0)
		return false;
	fd = open(full, O_WRONLY | O_CLOEXEC);
	free(full);
	if (fd < 0)
		return false;
	ok = write(fd, "1\n", 2) == 2;
	close(fd);
	return ok;
}

static bool enough(const struct host *h, const struct supply *s, uint64_t need, bool reclaim)
{
	return s->frames >= need || (reclaim && !s->limited && h->mem.available >= need);
}

bool source_pages_check(const struct host *h, const struct limits *limits, uint64_t bytes,
			struct err *e)
{
	char need_words[24], free_words[24];
	struct supply s = { .end_pfn = limits->source_last / PAGE_SIZE + 1 };
	uint64_t need;

	if (__builtin_add_overflow(bytes, bytes / LISTS + SLACK, &need))
		return err_set(e, "an image of 0x%" PRIx64 " bytes is too large", bytes);
	if (!count_supply(h, &s, e))
		return false;
	if (!enough(h, &s, need, false) && !h->recorded) {
		write_one(h, "/proc/sys/vm/drop_caches");
		if (s.limited)
			write_one(h, "/proc/sys/vm/compact_memory");
		if (!count_supply(h, &s, e))
			return false;
	}
	/* What is left of the caches is dirty, or in use: the kernel writes it out when it must. */
	if (enough(h, &s, need, true))
		return true;
	number_size_words(need, need_words);
	number_size_words(s.frames, free_words);
	/* Where page frames are limited, as on i386, the limit is 4 GiB. */
	return err_set(e,
		       "not enough free memory to load this image: it needs %s%s, "
		       "and %s is available",
		       need_words, s.limited ? " of page frames below 4 GiB" : "", free_words);
}
