/* SPDX-License-Identifier: GPL-2.0-only */
#include "boot_params.h"
#include "setup_nodes.h"
#include "test.h"

static struct setup_node node_of(uint32_t type)
{
	return (struct setup_node){ .type = type, .readable = true };
}

TEST(what_goes_on)
{
	struct setup_node rom = node_of(SETUP_PCI), seed = node_of(SETUP_RNG_SEED);
	const char *name = NULL;
	struct err why;

	CHECK(setup_node_goes_on(&rom, &name));
	CHECK_STR(name, "PCI ROM");
	CHECK(!setup_node_stays(&rom, &why));
	rom.readable = false;
	CHECK(!setup_node_goes_on(&rom, &name));
	CHECK(setup_node_stays(&rom, &why));
	CHECK_STR(why.text, "PCI ROM: it cannot be read");
	CHECK(!setup_node_goes_on(&seed, &name));
	CHECK(!setup_node_stays(&seed, &why));
}

TEST(what_stays)
{
	struct setup_node ima = node_of(SETUP_IMA), unknown = node_of(77);
	struct err why;

	CHECK(setup_node_stays(&ima, &why));
	CHECK_MATCH(why.text, "IMA measurement list: only kexec_file_load(2) *");
	CHECK(setup_node_stays(&unknown, &why));
	CHECK_MATCH(why.text, "setup_data of type 77: *");
}

TEST(what_forbids)
{
	struct setup_node at[] = { node_of(SETUP_EFI), node_of(SETUP_JAILHOUSE) };
	struct setup_nodes nodes = { at, 1, 0 };
	struct err e;

	CHECK(setup_nodes_check(&nodes, &e));
	nodes.count = 2;
	CHECK_FAILS(setup_nodes_check(&nodes, &e), &e, "a cell of Jailhouse *");
}

TEST_MAIN
