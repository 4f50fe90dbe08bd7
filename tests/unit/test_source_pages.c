/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "backend.h"
#include "source_pages.h"
#include "test.h"

#define MIB_PAGES 256ull
#define KPF_BUDDY (1ull << 10)
#define SLACK	  16 /* MiB that every image needs besides 1/256 of its size */

static char root[] = "/tmp/kexec-source-pages-XXXXXX";
static const char *const files[] = {
	"/proc/zoneinfo",
	"/proc/kpageflags",
	"/proc/sys/vm/drop_caches",
	"/proc/sys/vm/compact_memory",
};
static const char *const folders[] = { "/proc", "/proc/sys", "/proc/sys/vm" };

static const char *path_of(const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s%s", root, file);
	return path;
}

static void empty_root(void)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(path_of(files[i]));
}

static void remove_root(void)
{
	empty_root();
	for (size_t i = sizeof(folders) / sizeof(folders[0]); i--;)
		rmdir(path_of(folders[i]));
	rmdir(root);
}

static void put(const char *file, const char *text)
{
	FILE *f = fopen(path_of(file), "w");

	if (!CHECK(f != NULL))
		return;
	fputs(text, f);
	fclose(f);
}

static bool holds(const char *file, const char *text)
{
	char got[64] = "";
	FILE *f = fopen(path_of(file), "r");

	if (!f)
		return false;
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	fclose(f);
	return strcmp(got, text) == 0;
}

/* A root of an own, empty; no file of it is there unless the test puts it. */
static struct host host(enum host_arch arch)
{
	static bool made;

	if (!made) {
		if (!mkdtemp(root))
			exit(1);
		for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
			mkdir(path_of(folders[i]), 0700);
		atexit(remove_root);
		made = true;
	}
	empty_root();
	return (struct host){ .root = root, .recorded = true, .arch = arch };
}

/* Pages that are free below 4 GiB, from frame @first on. */
static void put_free_frames(uint64_t first, uint64_t count)
{
	uint64_t flags = KPF_BUDDY, other = 1ull << 5 | 1ull << 3;
	int fd = open(path_of("/proc/kpageflags"), O_WRONLY | O_CREAT, 0600);

	CHECK(fd >= 0);
	for (uint64_t i = 0; i < count; i++)
		CHECK_EQ_U64(pwrite(fd, &flags, 8, (off_t)((first + i) * 8)), 8);
	CHECK_EQ_U64(pwrite(fd, &other, 8, (off_t)((first + count) * 8)), 8);
	/* Above 4 GiB all is free: it must not be counted. */
	for (uint64_t i = 0; i < 100; i++)
		CHECK_EQ_U64(pwrite(fd, &flags, 8, (off_t)(((1 << 20) + i) * 8)), 8);
	close(fd);
}

/* x86_64, 6 GiB: what of a zone is free, and what an image may not take of it. */
static void put_x86_64(uint64_t dma32_free, uint64_t normal_free)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "Node 0, zone      DMA\n"
		 "  per-node stats\n"
		 "      nr_inactive_anon 99999\n"
		 "  pages free     3840\n"
		 "        boost    0\n"
		 "        min      20\n"
		 "        low      25\n"
		 "        high     30\n"
		 "        promo    35\n"
		 "        spanned  4095\n"
		 "        protection: (0, 2908, 5888, 5888)\n"
		 "      nr_free_cma  0\n"
		 "  pagesets\n"
		 "    cpu: 0\n"
		 "              count: 0\n"
		 "              high:  77777\n"
		 "  start_pfn:           1\n"
		 "Node 0, zone    DMA32\n"
		 "  pages free     %" PRIu64 "\n"
		 "        high     1000\n"
		 "        spanned  1044480\n"
		 "        protection: (0, 0, 3000, 3000)\n"
		 "      nr_free_cma  2560\n"
		 "  start_pfn:           4096\n"
		 "Node 0, zone   Normal\n"
		 "  pages free     %" PRIu64 "\n"
		 "        high     2000\n"
		 "        spanned  786432\n"
		 "        protection: (0, 0, 0, 0)\n"
		 "  start_pfn:           1048576\n"
		 "Node 0, zone  Movable\n"
		 "  pages free     1000000\n"
		 "        high     0\n"
		 "        protection: (0, 0, 0, 0)\n"
		 "  start_pfn:           0\n",
		 dma32_free, normal_free);
	put("/proc/zoneinfo", text);
}

/* i386 with PAE, 6 GiB: HighMem from 888 MiB to 6144 MiB. */
static void put_pae(uint64_t normal_free, uint64_t highmem_free)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "Node 0, zone   Normal\n"
		 "  pages free     %" PRIu64 "\n"
		 "        high     1000\n"
		 "        spanned  227327\n"
		 "        protection: (0, 40960, 40960)\n"
		 "  start_pfn:           1\n"
		 "Node 0, zone  HighMem\n"
		 "  pages free     %" PRIu64 "\n"
		 "        high     512\n"
		 "        spanned  1345536\n"
		 "        protection: (0, 0, 0)\n"
		 "  start_pfn:           227328\n"
		 "Node 0, zone  Movable\n"
		 "  pages free     0\n"
		 "        protection: (0, 0, 0)\n",
		 normal_free, highmem_free);
	put("/proc/zoneinfo", text);
}

static void check_enough(const struct host *h, uint64_t bytes)
{
	struct err e;

	if (!CHECK(source_pages_check(h, &backend_load.limits[h->arch], bytes, &e)))
		printf("%s\n", e.text);
}

static void check_refused(const struct host *h, uint64_t bytes, const char *pattern)
{
	struct err e;

	CHECK_FAILS(source_pages_check(h, &backend_load.limits[h->arch], bytes, &e), &e, pattern);
}

/* DMA gives nothing: all of it is kept for others. CMA and Movable are no good either. */
TEST(zones_of_x86_64)
{
	struct host h = host(HOST_X86_64);
	uint64_t need = 257 + SLACK; /* MiB, for an image of 256 MiB */

	put_x86_64(1000 + 3000 + 2560, 2000 + need * MIB_PAGES);
	check_enough(&h, 256 * MIB);
	put_x86_64(1000 + 3000 + 2560, 2000 + need * MIB_PAGES - 1);
	check_refused(&h, 256 * MIB,
		      "not enough free memory *needs 273 MiB, and 273 MiB is available");
	put_x86_64(1000 + 3000 + 2560 + 1, 2000 + need * MIB_PAGES - 1);
	check_enough(&h, 256 * MIB);
	put_x86_64(0, 0);
	check_refused(&h, 4096, "*needs 16 MiB, and 0 bytes is available*");
}

TEST(reclaim_counts_where_any_frame_will_do)
{
	struct host h = host(HOST_X86_64);

	put_x86_64(0, 0);
	h.mem.available = 272 * MIB;
	check_refused(&h, 256 * MIB, "not enough free memory *");
	h.mem.available = 273 * MIB;
	check_enough(&h, 256 * MIB);

	h = host(HOST_I386);
	h.mem.available = 4096 * MIB;
	put_pae(0, 4096 * MIB_PAGES);
	check_refused(&h, 256 * MIB, "* page frames below 4 GiB, and 0 bytes is available*");
}

TEST(pae_counts_frames_below_4_gib)
{
	struct host h = host(HOST_I386);
	uint64_t need = 128 * MIB + MIB / 2 + SLACK * MIB;

	/* No kpageflags: only what zone Normal has beyond its reserve. */
	put_pae(41960 + need / 4096, 3000 * MIB_PAGES);
	check_enough(&h, 128 * MIB);
	put_pae(41960 + need / 4096 - 1, 3000 * MIB_PAGES);
	check_refused(&h, 128 * MIB,
		      "*needs 144.5 MiB of page frames below 4 GiB, and 144.5 MiB is *");

	/* With it, also HighMem's below 4 GiB beyond its watermark. */
	put_free_frames(300000, 512 + 20000);
	put_pae(41960 + need / 4096 - 20000, 3000 * MIB_PAGES);
	check_enough(&h, 128 * MIB);
	put_pae(41960 + need / 4096 - 20001, 3000 * MIB_PAGES);
	check_refused(&h, 128 * MIB, "*");

	/* An x86_64 kernel has no such limit. */
	h.arch = HOST_X86_64;
	put_pae(0, 3000 * MIB_PAGES);
	check_enough(&h, 128 * MIB);
}

TEST(highmem_below_4_gib_is_like_any_zone)
{
	struct host h = host(HOST_I386);

	put("/proc/zoneinfo",
	    "Node 0, zone   Normal\n  pages free     0\n  start_pfn:           1\n"
	    "Node 0, zone  HighMem\n  pages free     40000\n        high     512\n"
	    "        spanned  557056\n        protection: (0, 0)\n  start_pfn:           227328\n");
	check_enough(&h, 128 * MIB);
	check_refused(&h, 256 * MIB, "*needs 273 MiB, and 154.3 MiB is available*");
}

TEST(nodes_are_added_up)
{
	struct host h = host(HOST_X86_64);

	put("/proc/zoneinfo",
	    "Node 0, zone   Normal\n  pages free     20000\n  start_pfn:           1\n"
	    "Node 1, zone   Normal\n  pages free     20000\n  start_pfn:           300000\n");
	check_enough(&h, 128 * MIB);
}

/* Every kernel with /proc has it; without, nothing else tells what a load would take. */
TEST(without_zoneinfo)
{
	struct host h = host(HOST_X86_64);

	h.mem.free = h.mem.available = 1024 * MIB;
	check_refused(&h, 256 * MIB, "*/proc/zoneinfo: No such file or directory");
}

TEST(caches_are_dropped_on_a_real_host_only)
{
	struct host h = host(HOST_X86_64);

	put("/proc/sys/vm/drop_caches", "");
	put("/proc/sys/vm/compact_memory", "");
	put_x86_64(0, 0);
	check_refused(&h, 256 * MIB, "*");
	CHECK(holds("/proc/sys/vm/drop_caches", ""));

	h.recorded = false;
	put_x86_64(0, 1000 * MIB_PAGES);
	check_enough(&h, 256 * MIB); /* enough at once: nothing is dropped */
	CHECK(holds("/proc/sys/vm/drop_caches", ""));
	put_x86_64(0, 0);
	check_refused(&h, 256 * MIB, "*");
	CHECK(holds("/proc/sys/vm/drop_caches", "1\n"));
	CHECK(holds("/proc/sys/vm/compact_memory", ""));

	/* Compaction is for the frames below 4 GiB. */
	h.arch = HOST_I386;
	put_pae(0, 1000);
	check_refused(&h, 256 * MIB, "*");
	CHECK(holds("/proc/sys/vm/compact_memory", "1\n"));
}

TEST(odd_input)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"Node",
		"Node 0, zone",
		"pages free 5",
		"Node 0, zone x\n protection: (",
		"Node 0, zone Normal\n pages free 99999999999999999999999\n high -1\n",
		"Node 0, zone Normal\n protection: (1,2,3,4,5,6,7,8,9,10,11,12)\n",
		"Node 0, zone HighMem\n start_pfn: 9\n spanned 18446744073709551615\n",
		"Node 4294967295, zone averyveryverylongname\n pages free 1\n",
	};
	struct host h = host(HOST_I386);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put("/proc/zoneinfo", texts[i]);
		check_refused(&h, 256 * MIB, "not enough free memory *");
	}
	check_refused(&h, UINT64_MAX, "an image of 0xffffffffffffffff bytes is too large");

	/* All the memory there is, many times: the sum saturates. */
	put("/proc/zoneinfo", "Node 0, zone Normal\n pages free 18446744073709551615\n"
			      "Node 1, zone Normal\n pages free 18446744073709551615\n");
	check_enough(&h, 256 * MIB);
}

TEST_MAIN
