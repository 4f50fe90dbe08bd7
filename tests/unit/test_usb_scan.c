/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "usb_scan.h"

#define STORAGE "sys/bus/usb/drivers/usb-storage"

#define TEMPLATE "/tmp/kexec-usb-XXXXXX"

static char root[sizeof(TEMPLATE)];

static void in_root(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && %s", root, command);
	CHECK(system(line) == 0);
}

static bool open_root(void)
{
	strcpy(root, TEMPLATE);
	return CHECK(mkdtemp(root) != NULL);
}

TEST(no_usb)
{
	struct err e;

	if (!open_root())
		return;
	CHECK(usb_scan_wait(root, 5, &e));
	/* A driver without a device, and what else stands in its folder. */
	in_root("mkdir -p " STORAGE "/module && touch " STORAGE "/bind");
	CHECK(usb_scan_wait(root, 5, &e));
	in_root("rm -r $PWD");
}

TEST(found_and_not_found)
{
	struct err e;

	if (!open_root())
		return;
	in_root("mkdir -p devices/2-1:1.0/host6/scsi_host " STORAGE
		" && ln -s ../../../../../devices/2-1:1.0 " STORAGE);
	CHECK_FAILS(usb_scan_wait(root, 0, &e), &e,
		    "the kernel still looks for the disk of USB device 2-1:1.0: *");
	in_root("mkdir devices/2-1:1.0/host6/target6:0:0");
	CHECK(usb_scan_wait(root, 0, &e));
	/* The other driver. */
	in_root("mkdir -p sys/bus/usb/drivers/uas/3-2:1.0/host7");
	CHECK_FAILS(usb_scan_wait(root, 0, &e), &e, "*USB device 3-2:1.0: *");
	in_root("rm -r $PWD");
}

TEST(found_meanwhile)
{
	struct err e;

	if (!open_root())
		return;
	in_root("mkdir -p " STORAGE "/2-1:1.0/host6");
	in_root("(sleep 0.2; mkdir " STORAGE "/2-1:1.0/host6/target6:0:0) &");
	CHECK(usb_scan_wait(root, 30, &e));
	in_root("rm -r $PWD");
}

TEST_MAIN
