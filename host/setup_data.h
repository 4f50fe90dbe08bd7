/* SPDX-License-Identifier: GPL-2.0-only */
/* The nodes of setup_data that the boot loader or the EFI stub gave this kernel. */
#ifndef HOST_SETUP_DATA_H
#define HOST_SETUP_DATA_H

#include "bytes.h"
#include "err.h"

struct setup_node {
	uint32_t type;	   /* SETUP_* (include/boot_params.h) */
	bool readable;	   /* or there is no data */
	struct bytes data; /* owned, behind the struct setup_data */
};

struct setup_nodes {
	struct setup_node *at;
	size_t count, room;
};

/* /sys/kernel/boot_params/setup_data/N/{type,data} below @root. Freed only after success. */
bool setup_nodes_read(struct setup_nodes *nodes, const char *root, struct err *e);
void setup_nodes_deinit(struct setup_nodes *nodes);

#endif
