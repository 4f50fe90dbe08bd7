/* SPDX-License-Identifier: GPL-2.0-only */
#include <sys/mman.h>

#include "core.h"
#include "devmem.h"
#include "hosts.h"
#include "map_cache.h"
#include "test.h"

static struct err e;

/* A file in the place of /dev/mem; @kept: mappings of it are kept. */
static struct devmem fake_memory(size_t size, bool kept)
{
	struct devmem m = { .fd = memfd_create("mem", MFD_CLOEXEC) };

	if (m.fd < 0 || ftruncate(m.fd, size) ||
	    !ranges_add(&m.iomem.own, (struct range){ 0x10000, 0x1ffff }))
		abort();
	if (kept && !(m.maps = map_cache_create(m.fd, PROT_READ | PROT_WRITE)))
		abort();
	return m;
}

static void check_bytes(bool kept, struct range bounds)
{
	struct devmem m = fake_memory(MIB, kept);
	uint8_t data[3 * PAGE], got[3 * PAGE], around[8 * PAGE];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = 1 + i % 251;
	for (size_t skip = 0; skip < PAGE; skip += 777) {
		for (size_t size = 1; size <= sizeof(data); size += 2531) {
			uint64_t at = 0x40000 + PAGE + skip;

			memset(around, 0, sizeof(around));
			CHECK_EQ_U64(pwrite(m.fd, around, sizeof(around), 0x40000), sizeof(around));
			CHECK(devmem_write(&m, at, data, size, bounds, &e));
			CHECK_EQ_U64(pread(m.fd, around, sizeof(around), 0x40000), sizeof(around));
			CHECK(!memcmp(around + PAGE + skip, data, size));
			CHECK_EQ_U64(around[PAGE + skip - 1], 0);
			CHECK_EQ_U64(around[PAGE + skip + size], 0);
			CHECK(devmem_read(&m, at, got, size, &e));
			CHECK(!memcmp(got, data, size));
		}
	}
	devmem_close(&m);
}

TEST(bytes_go_where_they_should)
{
	static const struct range bounds[] = {
		{ 0x20000, MIB - 1 },
		{ 0x41000, 0x44fff },
		{ 0x40000, UINT64_MAX },
		{ 0, UINT64_MAX },
	};

	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		check_bytes(false, bounds[i]);
		check_bytes(true, bounds[i]);
	}
}

/* What a write leaves mapped holds nothing of this kernel's own, and goes in the end. */
TEST(mappings_are_kept_where_nothing_is_ours)
{
	struct devmem m = fake_memory(MIB, true);

	CHECK(devmem_write(&m, 0x40000, "text", 4, (struct range){ 0x1f000, 0x4ffff }, &e));
	CHECK(!is_mapped());
	CHECK(devmem_write(&m, 0x40000, "text", 4, (struct range){ 0, MIB - 1 }, &e));
	CHECK(!is_mapped());
	CHECK(devmem_write(&m, 0x40000, "text", 4, (struct range){ 0x20000, 0x4ffff }, &e));
	CHECK(is_mapped());
	devmem_close(&m);
	CHECK(!is_mapped());

	m = fake_memory(MIB, false);
	CHECK(devmem_write(&m, 0x40000, "text", 4, (struct range){ 0x20000, 0x4ffff }, &e));
	CHECK(!is_mapped());
	devmem_close(&m);
}

static void check_own(bool kept)
{
	static const struct {
		uint64_t at;
		size_t size;
	} cases[] = {
		{ 0x10000, 1 },	     { 0x1ffff, 1 },	{ 0xffff, 2 },	{ 0x18000, PAGE },
		{ 0xf000, 0x20000 }, { 0x1ffff, PAGE }, { 0x40000, 0 },
	};
	struct devmem m = fake_memory(MIB, kept);
	static const struct range all = { 0, MIB - 1 };
	static uint8_t data[0x20000], got[0x10000];

	memset(data, 0xff, sizeof(data));
	/* Both sides of it are mapped, if that is kept. */
	CHECK(devmem_write(&m, 0x1000, data, 16, (struct range){ 0, 0xffff }, &e));
	CHECK(devmem_write(&m, 0x30000, data, 16, (struct range){ 0x20000, MIB - 1 }, &e));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct range itself = { cases[i].at, cases[i].at + (cases[i].size - 1) };

		CHECK_FAILS(devmem_write(&m, cases[i].at, data, cases[i].size, all, &e), &e,
			    "0x* is this kernel's own memory");
		if (cases[i].size)
			CHECK_FAILS(devmem_write(&m, cases[i].at, data, cases[i].size, itself, &e),
				    &e, "0x* is this kernel's own memory");
		CHECK_FAILS(devmem_read(&m, cases[i].at, data, cases[i].size, &e), &e,
			    "0x* is this kernel's own memory");
	}
	CHECK_EQ_U64(pread(m.fd, got, sizeof(got), 0x10000), sizeof(got));
	for (size_t i = 0; i < sizeof(got); i++)
		if (!CHECK_EQ_U64(got[i], 0))
			break;
	CHECK(devmem_write(&m, 0xfff0, data, 16, all, &e));
	CHECK(devmem_write(&m, 0x20000, data, 16, all, &e));
	CHECK(devmem_write(&m, 0xffe0, data, 16, (struct range){ 0, 0xffff }, &e));
	CHECK(devmem_write(&m, 0x20010, data, 16, (struct range){ 0x20000, MIB - 1 }, &e));
	CHECK_EQ_U64(pread(m.fd, got, 0x100, 0xff00), 0x100);
	CHECK(!got[0xdf] && !memcmp(got + 0xe0, data, 32));
	CHECK_EQ_U64(pread(m.fd, got, 0x100, 0x20000), 0x100);
	CHECK(!memcmp(got, data, 32) && !got[32]);
	devmem_close(&m);
}

TEST(own_memory_is_never_touched)
{
	check_own(false);
	check_own(true);
}

/* What is not to be had has its address and its reason, with mappings that are kept and without. */
TEST(memory_that_cannot_be_mapped)
{
	static const struct range around = { 0x20000, MIB - 1 };
	struct devmem m = fake_memory(MIB, true);
	char path[64];
	int fd = m.fd;

	map_cache_destroy(m.maps);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	m.fd = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	m.maps = map_cache_create(m.fd, PROT_READ | PROT_WRITE);
	CHECK_FAILS(devmem_write(&m, 0x40000, "text", 4, around, &e), &e,
		    "*0x40000*: Permission denied");
	CHECK(devmem_read(&m, 0x40000, path, 4, &e));
	devmem_close(&m);
}

/* A recorded host whose /dev/mem is a file. */
TEST(devices_below_a_root)
{
	const char *root = host_root("x86_64-512m");
	char command[512];
	struct devmem m;
	uint8_t byte;

	CHECK_FAILS(devmem_open(&m, root, false, &e), &e,
		    "*/x86_64-512m/dev/mem is not there: *CONFIG_DEVMEM=y*");
	snprintf(command, sizeof(command), "mkdir %s/dev && truncate -s 512M %s/dev/mem", root,
		 root);
	CHECK(!system(command));
	if (CHECK(devmem_open(&m, root, false, &e))) {
		CHECK(devmem_read(&m, 0, &byte, 1, &e));
		CHECK_FAILS(devmem_read(&m, 0x1000, &byte, 1, &e), &e, "*own memory");
		devmem_close(&m);
	}
	snprintf(command, sizeof(command), "rm %s/proc/iomem", root);
	CHECK(!system(command));
	CHECK_FAILS(devmem_open(&m, root, false, &e), &e, "*/proc/iomem: No such file *");
}

TEST_MAIN
