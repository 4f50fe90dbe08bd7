/* SPDX-License-Identifier: GPL-2.0-only */
/* Which watchdog a machine has, and what arms it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gate_watchdog.h"
#include "hosts.h"
#include "test.h"

static struct watchdog found;
static struct gate_params gate;
static struct err e;

static void forget(const char *device)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/config",
		 host_root("x86_64-watchdog"), device);
	CHECK(!unlink(path));
}

static void check_write(size_t n, enum gate_space space, uint16_t bytes, uint32_t address,
			uint32_t keep, uint32_t value)
{
	CHECK_EQ_U64(gate.writes[n].space, space);
	CHECK_EQ_U64(gate.writes[n].bytes, bytes);
	CHECK_EQ_U64(gate.writes[n].address, address);
	CHECK_EQ_U64(gate.writes[n].keep, keep);
	CHECK_EQ_U64(gate.writes[n].value, value);
}

static void check_unlocked(size_t n, uint16_t bytes, uint32_t address, uint32_t value)
{
	check_write(n, GATE_MEMORY, 2, 0xfebf100c, 0, 0x80);
	check_write(n + 1, GATE_MEMORY, 2, 0xfebf100c, 0, 0x86);
	check_write(n + 2, GATE_MEMORY, bytes, address, 0, value);
}

static bool arm(uint64_t seconds)
{
	memset(&gate, 0, sizeof(gate));
	return gate_watchdog_arm(&gate, &found, seconds, &e);
}

/* One after the other: each takes a device of the same machine away. */
TEST(chips)
{
	const uint32_t esb = 4 << 11;

	if (!CHECK(watchdog_find(&found, host_root("x86_64-watchdog"), &e)) || !CHECK(arm(30)))
		return;
	CHECK_STR(watchdog_name(&found), "6300ESB");
	CHECK_EQ_U64(gate.write_count, 13);
	check_write(0, GATE_PCI, 2, esb | 0x04, UINT32_MAX, 2);
	check_write(1, GATE_PCI, 1, esb | 0x68, 0, 0);
	check_write(2, GATE_PCI, 2, esb | 0x60, 0, 3);
	check_unlocked(3, 4, 0xfebf1000, 30 * 512);
	check_unlocked(6, 4, 0xfebf1004, 30 * 512);
	check_unlocked(9, 2, 0xfebf100c, 0x100);
	check_write(12, GATE_PCI, 1, esb | 0x68, 0, 2);
	CHECK(!arm(1201));

	forget("0000:00:04.0");
	if (!CHECK(watchdog_find(&found, host_root("x86_64-watchdog"), &e)) || !CHECK(arm(30)))
		return;
	CHECK_STR(watchdog_name(&found), "iTCO");
	CHECK_EQ_U64(gate.write_count, 8);
	check_write(0, GATE_PORT, 4, 0x630, ~0x2000u, 0);
	check_write(1, GATE_MEMORY, 4, 0xfed1f410, ~0x20u, 0);
	check_write(2, GATE_PORT, 2, 0x668, UINT32_MAX, 0x800);
	check_write(3, GATE_PORT, 2, 0x664, 0, 8);
	check_write(4, GATE_PORT, 2, 0x666, 0, 2);
	check_write(5, GATE_PORT, 2, 0x672, ~0x3ffu, 25); /* twice 15 s */
	check_write(6, GATE_PORT, 2, 0x660, 0, 1);
	check_write(7, GATE_PORT, 2, 0x668, ~0x800u, 0);
	CHECK(arm(1));
	CHECK_EQ_U64(gate.writes[5].value, 4);
	CHECK(arm(1200));
	CHECK_EQ_U64(gate.writes[5].value, 1000);
	CHECK_FAILS(arm(UINT64_MAX), &e, "* seconds are more than the watchdog's 1200");

	forget("0000:00:1f.0");
	CHECK_FAILS(watchdog_find(&found, host_root("x86_64-watchdog"), &e), &e,
		    "no watchdog is found *watchdog.stop_on_reboot=0*");
}

TEST(a_machine_without)
{
	CHECK(!watchdog_find(&found, host_root("x86_64-512m"), &e));
}

TEST_MAIN
