/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "boot_params.h"
#include "setup_nodes.h"

enum fate {
	GOES_ON,
	MADE_ANEW, /* kexec/zero_page.c */
	STAYS,
	FORBIDS,
};

#define FILE_CALL_ONLY "only kexec_file_load(2) hands it on: use -s"

static const struct kind {
	uint32_t type;
	enum fate fate;
	const char *name;
	const char *why;
} kinds[] = {
	{ SETUP_E820_EXT, MADE_ANEW, "memory map", NULL },
	{ SETUP_DTB, GOES_ON, "device tree", NULL },
	{ SETUP_PCI, GOES_ON, "PCI ROM", NULL },
	{ SETUP_EFI, MADE_ANEW, "EFI", NULL },
	{ SETUP_APPLE_PROPERTIES, GOES_ON, "Apple device properties", NULL },
	{ SETUP_JAILHOUSE, FORBIDS, "Jailhouse cell",
	  "a cell of Jailhouse cannot start another kernel" },
	/* backend.c knows such guests; where they are none, it is stale. */
	{ SETUP_CC_BLOB, STAYS, "confidential computing blob", "it is for this boot alone" },
	{ SETUP_IMA, STAYS, "IMA measurement list", FILE_CALL_ONLY },
	{ SETUP_RNG_SEED, MADE_ANEW, "seed", NULL },
	{ SETUP_KEXEC_KHO, STAYS, "kexec handover (KHO)", FILE_CALL_ONLY },
};

static const struct kind *find(uint32_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].type == type)
			return &kinds[i];
	}
	return NULL;
}

bool setup_nodes_check(const struct setup_nodes *nodes, struct err *e)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct kind *kind = find(nodes->at[i].type);

		if (kind && kind->fate == FORBIDS)
			return err_set(e, "%s", kind->why);
	}
	return true;
}

bool setup_node_goes_on(const struct setup_node *node, const char **name)
{
	const struct kind *kind = find(node->type);

	if (!kind || kind->fate != GOES_ON || !node->readable)
		return false;
	*name = kind->name;
	return true;
}

bool setup_node_stays(const struct setup_node *node, struct err *why)
{
	const struct kind *kind = find(node->type);

	if (!kind) {
		err_set(why, "setup_data of type %" PRIu32 ": it is not known what it is",
			node->type);
		return true;
	}
	if (kind->fate == GOES_ON && !node->readable) {
		err_set(why, "%s: it cannot be read", kind->name);
		return true;
	}
	err_set(why, "%s: %s", kind->name, kind->why ? kind->why : "");
	return kind->fate == STAYS;
}
