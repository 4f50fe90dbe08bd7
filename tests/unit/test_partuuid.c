/* SPDX-License-Identifier: GPL-2.0-only */
#include <sys/mman.h>

#include "partuuid.h"
#include "test.h"

static char uuid[PARTUUID_SIZE];

static int disk_of(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);

	CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	return fd;
}

TEST(mbr)
{
	uint8_t disk[1024] = { [440] = 0x0e, 0x1f, 0x7a, 0x4d, [510] = 0x55, 0xaa };
	int fd = disk_of(disk, sizeof(disk));

	CHECK(partuuid_read(fd, 512, 2, uuid));
	CHECK_STR(uuid, "4d7a1f0e-02");
	CHECK(partuuid_read(fd, 512, 128, uuid));
	CHECK_STR(uuid, "4d7a1f0e-80");
	CHECK(!partuuid_read(fd, 512, 0, uuid));
	close(fd);
	disk[511] = 0;
	fd = disk_of(disk, sizeof(disk));
	CHECK(!partuuid_read(fd, 512, 1, uuid));
	close(fd);
	fd = disk_of(disk, 100);
	CHECK(!partuuid_read(fd, 512, 1, uuid));
	close(fd);
}

static void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void gpt(unsigned sector)
{
	static uint8_t disk[3 * 4096];
	int fd;

	memset(disk, 0, sizeof(disk));
	memcpy(disk + sector, "EFI PART", 8);
	put64(disk + sector + 72, 2);
	disk[sector + 85] = 1;
	for (unsigned i = 0; i < 16; i++)
		disk[2 * sector + 256 + 16 + i] = (uint8_t)(0x11 * i);
	fd = disk_of(disk, sizeof(disk));
	CHECK(partuuid_read(fd, sector, 2, uuid));
	CHECK_STR(uuid, "33221100-5544-7766-8899-aabbccddeeff");
	CHECK(!partuuid_read(fd, sector, 1000, uuid));
	close(fd);
	/* A damaged table tells of a place where nothing is. */
	put64(disk + sector + 72, UINT64_MAX / sector);
	fd = disk_of(disk, sizeof(disk));
	CHECK(!partuuid_read(fd, sector, 2, uuid));
	close(fd);
}

TEST(gpt)
{
	gpt(512);
	gpt(4096);
}

TEST_MAIN
