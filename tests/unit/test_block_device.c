/* SPDX-License-Identifier: GPL-2.0-only */
/* Block devices of a machine made of files. */
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core.h"
#include "device.h"
#include "test.h"

static struct err e;
static char device[PATH_MAX];

static const char *root(void)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", in_scratch("root"));
	return path;
}

__attribute__((format(printf, 2, 3))) static void file(const char *name, const char *format, ...)
{
	char path[PATH_MAX], text[256];
	va_list args;

	snprintf(path, sizeof(path), "%s%s", root(), name);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	write_file(path, text, strlen(text));
}

static void link_to(const char *name, const char *target)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root(), name);
	CHECK(!symlink(target, path) || errno == EEXIST);
}

/* sda with sda1 and sda2, of which an MBR tells. */
static void machine(void)
{
	uint8_t mbr[512] = { [440] = 0x0e, 0x1f, 0x7a, 0x4d, [510] = 0x55, 0xaa };
	char path[PATH_MAX];

	file("/sys/devices/sda/dev", "8:0\n");
	file("/sys/devices/sda/size", "4096\n");
	file("/sys/devices/sda/sda1/dev", "8:1\n");
	file("/sys/devices/sda/sda1/partition", "1\n");
	file("/sys/devices/sda/sda2/dev", "8:2\n");
	file("/sys/devices/sda/sda2/partition", "2\n");
	file("/sys/devices/sda/sda2/size", "2048\n");
	file("/sys/class/block/none", "%s", "");
	link_to("/sys/class/block/sda", "../../devices/sda");
	link_to("/sys/class/block/sda1", "../../devices/sda/sda1");
	link_to("/sys/class/block/sda2", "../../devices/sda/sda2");
	file("/dev/sda1", "%s", "");
	file("/dev/sda2", "%s", "");
	file("/dev/other", "%s", "");
	snprintf(path, sizeof(path), "%s/dev/sda", root());
	write_file(path, mbr, sizeof(mbr));
	link_to("/dev/image", "sda2");
	file("/proc/self/mountinfo", "25 1 8:99 / / rw shared:1 - ext4 /dev/root rw\n");
	file("/proc/swaps", "Filename Type Size Used Priority\n");
}

TEST(find)
{
	machine();
	CHECK(device_find(root(), "/dev/sda2", device));
	CHECK_STR(device, "/dev/sda2");
	CHECK(device_find(root(), "/dev/image", device));
	CHECK_STR(device, "/dev/sda2");
	CHECK(!device_find(root(), "/dev/other", device));
	CHECK(!device_find(root(), "/dev/sdx", device));
	CHECK(device_find(root(), "PARTUUID=4D7A1F0E-02", device));
	CHECK_STR(device, "/dev/sda2");
	CHECK(!device_find(root(), "PARTUUID=4d7a1f0e-03", device));
	CHECK(!device_wait(root(), "/dev/sdx", 0, device));
	CHECK_EQ_U64(device_size(root(), "/dev/sda2"), 1 << 20);
	CHECK_EQ_U64(device_size(root(), "/dev/sda1"), 0);
}

TEST(in_use)
{
	machine();
	CHECK(device_free(root(), "/dev/sda2", &e));
	CHECK(device_free(root(), "/dev/sda", &e));
	file("/proc/self/mountinfo", "25 1 8:1 / /a\\040b rw - ext4 /dev/x rw\n");
	CHECK_FAILS(
		device_free(root(), "/dev/sda1", &e), &e,
		"/dev/sda1 is mounted on /a\\\\040b: it must not be mounted while the machine is "
		"hibernated");
	CHECK_FAILS(device_free(root(), "/dev/sda", &e), &e, "/dev/sda1 is mounted on *");
	CHECK(device_free(root(), "/dev/sda2", &e));
	/* Device numbers of btrfs are of no device. */
	file("/proc/self/mountinfo", "25 1 0:30 / /mnt rw shared:1 - btrfs /dev/sda2 rw\n");
	CHECK_FAILS(device_free(root(), "/dev/sda2", &e), &e, "/dev/sda2 is mounted on /mnt: *");
	file("/proc/self/mountinfo", "%s", "");
	file("/proc/swaps", "Filename Type\n/dev/image partition 1 0 -2\n");
	CHECK_FAILS(device_free(root(), "/dev/sda2", &e), &e, "/dev/sda2 is in use as swap");
	file("/proc/swaps", "%s", "");
	file("/sys/devices/sda/sda2/holders/dm-0", "%s", "");
	CHECK_FAILS(device_free(root(), "/dev/sda", &e), &e, "/dev/sda2 is in use by dm-0");
}

TEST_MAIN
