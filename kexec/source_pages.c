/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel does (kernel/kexec_core.c kimage_alloc_page(), kimage_load_normal_segment()): for
 * each page of each segment it takes one frame with GFP_HIGHUSER, and for each 512 (i386: 1024) of
 * them one more for its list. A frame that happens to be a destination of the image is kept until
 * it is that page's turn, so free memory inside a window counts like any other.
 *
 * A zone gives frames down to its low watermark plus what lowmem_reserve keeps from such requests
 * (mm/page_alloc.c __zone_watermark_ok(); "protection" in /proc/zoneinfo). Below that the kernel
 * reclaims, and when that does not help its OOM killer runs: the load itself cannot be refused any
 * more. So we count first, with the high watermark to spare.
 *
 * On i386 a frame above KEXEC_SOURCE_MEMORY_LIMIT, 4 GiB, cannot be used. With PAE the zone HighMem
 * spans that limit, is asked first, and hands out frames in any order: all its free frames above
 * 4 GiB may be set aside (unusable_pages) before one below it comes, or the kernel turns to zone
 * Normal. They are given back when the load ends (kimage_free_extra_pages()); meanwhile other
 * programs live on reclaim. So there only these count: zone Normal less its lowmem_reserve, and the
 * frames of HighMem below 4 GiB, which /proc/kpageflags tells one by one; where the kernel has no
 * kpageflags none of them is counted. Compaction helps twice: it moves movable pages to the upper
 * end of their zone, which frees frames below 4 GiB and leaves fewer above it to set aside.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host_file.h"
#include "number.h"
#include "source_pages.h"
#include "x86.h"

#define SLACK	     (16ull << 20) /* control pages, page tables, A's life meanwhile */
#define LISTS	     256	   /* one page of lists for so many, generously */
#define LIMIT_PFN    (1ull << 20)  /* 4 GiB: i386's KEXEC_SOURCE_MEMORY_LIMIT */
#define ZONEINFO_MAX (16u << 20)   /* bytes: it grows with CPUs times zones */
#define KPF_BUDDY    (1ull << 10)  /* include/uapi/linux/kernel-page-flags.h */
#define ZONES_A_NODE 8

struct zone {
	unsigned int node;
	unsigned int index; /* in its node, as in protection[] */
	char name[16];
	uint64_t free, free_cma, high, spanned, start_pfn; /* pages */
	uint64_t protection[ZONES_A_NODE];
};

struct zones {
	struct zone *at;
	size_t count;
};

/* What an image may take, in bytes. */
struct supply {
	uint64_t frames;
	bool limited; /* frames above 4 GiB do not count */
};

static void parse_protection(struct zone *z, const char *list)
{
	char *end;

	for (unsigned int i = 0; i < ZONES_A_NODE; i++, list = end + 1) {
		z->protection[i] = strtoull(list, &end, 10);
		if (*end != ',')
			return;
	}
}

static void parse_zone_line(struct zone *z, const char *line)
{
	static const char protection[] = " protection: (";
	const struct {
		const char *format;
		uint64_t *to;
	} fields[] = {
		{ " pages free %" SCNu64, &z->free },
		{ " high %" SCNu64, &z->high },
		{ " spanned %" SCNu64, &z->spanned },
		{ " nr_free_cma %" SCNu64, &z->free_cma },
		{ " start_pfn: %" SCNu64, &z->start_pfn },
	};
	const char *list;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (sscanf(line, fields[i].format, fields[i].to) == 1)
			return;
	}
	list = strstr(line, protection);
	if (list)
		parse_protection(z, list + strlen(protection));
}

static bool add_zone(struct zones *zones, unsigned int node, const char *name)
{
	struct zone *grown = realloc(zones->at, (zones->count + 1) * sizeof(*grown)), *last;

	if (!grown)
		return false;
	zones->at = grown;
	last = zones->count ? &grown[zones->count - 1] : NULL;
	grown[zones->count] = (struct zone){
		.node = node,
		.index = last && last->node == node ? last->index + 1 : 0,
	};
	snprintf(grown[zones->count].name, sizeof(grown->name), "%s", name);
	zones->count++;
	return true;
}

/* /proc/zoneinfo (mm/vmstat.c zoneinfo_show_print()). @text is cut into lines. */
static bool parse_zones(struct zones *zones, char *text, struct err *e)
{
	char *save, name[16];
	unsigned int node;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "Node %u, zone %15s", &node, name) == 2) {
			if (!add_zone(zones, node, name))
				return err_set(e, "out of memory");
		} else if (zones->count) {
			parse_zone_line(&zones->at[zones->count - 1], line);
		}
	}
	return true;
}

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

/* Free frames from @pfn on and below 4 GiB; 0 when the kernel does not say. */
static uint64_t free_below_limit(const struct host *h, uint64_t pfn)
{
	uint64_t flags[8192], count = 0;
	struct err why;
	int fd = host_open(h, "/proc/kpageflags", &why);

	if (fd < 0)
		return 0;
	while (pfn < LIMIT_PFN) {
		uint64_t want = LIMIT_PFN - pfn;
		ssize_t got;

		if (want > sizeof(flags) / sizeof(flags[0]))
			want = sizeof(flags) / sizeof(flags[0]);
		got = pread(fd, flags, want * sizeof(flags[0]), (off_t)(pfn * sizeof(flags[0])));
		if (got < (ssize_t)sizeof(flags[0]))
			break;
		for (size_t i = 0; i < (size_t)got / sizeof(flags[0]); i++)
			count += !!(flags[i] & KPF_BUDDY);
		pfn += (size_t)got / sizeof(flags[0]);
	}
	close(fd);
	return count;
}

static bool above_limit(const struct host *h, const struct zone *z)
{
	uint64_t end;

	return h->arch == HOST_I386 &&
	       (__builtin_add_overflow(z->start_pfn, z->spanned, &end) || end > LIMIT_PFN);
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* Pages that a request of @class gets from a zone before the kernel has to reclaim. */
static uint64_t zone_gives(const struct host *h, const struct zone *z, unsigned int class)
{
	uint64_t pages = minus(z->free, z->free_cma), kept;

	if (z->index > class || class >= ZONES_A_NODE)
		return 0;
	if (above_limit(h, z)) {
		uint64_t below = free_below_limit(h, z->start_pfn);

		pages = below < pages ? below : pages;
	}
	if (__builtin_add_overflow(z->high, z->protection[class], &kept))
		return 0;
	return minus(pages, kept);
}

/* Without /proc/zoneinfo: what host.c has read. */
static void supply_of_host(const struct host *h, struct supply *s)
{
	s->limited = h->arch == HOST_I386 && h->mem_free > h->mem_free_below_4g && h->iomem.count &&
		     h->iomem.at[h->iomem.count - 1].range.last > UINT32_MAX;
	s->frames = s->limited ? h->mem_free_below_4g : h->mem_free;
}

static bool count_supply(const struct host *h, struct supply *s, struct err *e)
{
	struct zones zones = {};
	unsigned int class;
	struct err why;
	size_t size;
	char *text = host_file(h, "/proc/zoneinfo", ZONEINFO_MAX, &size, &why);
	bool ok = !text || parse_zones(&zones, text, e);

	*s = (struct supply){};
	if (!zones.count)
		supply_of_host(h, s);
	class = request_class(&zones);
	for (size_t i = 0; i < zones.count; i++) {
		uint64_t pages = zone_gives(h, &zones.at[i], class);

		if (pages > (UINT64_MAX - s->frames) / PAGE_SIZE)
			pages = (UINT64_MAX - s->frames) / PAGE_SIZE;
		s->frames += pages * PAGE_SIZE;
		s->limited |= above_limit(h, &zones.at[i]);
	}
	free(zones.at);
	free(text);
	return ok;
}

/* Whether it worked need not be known: the frames are counted again. */
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
	return s->frames >= need || (reclaim && !s->limited && h->mem_available >= need);
}

bool source_pages_check(const struct host *h, uint64_t bytes, struct err *e)
{
	char need_words[24], free_words[24];
	struct supply s;
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
	return err_set(e,
		       "not enough free memory to load this image: it needs %s%s, "
		       "%s can be had; end programs, empty tmpfs file systems, or lend less "
		       "(--window-size=, a smaller initrd)",
		       need_words, s.limited ? " of page frames below 4 GiB" : "", free_words);
}
