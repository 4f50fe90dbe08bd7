/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of the nodes of setup_data that this kernel was given, for the next one. */
#ifndef KEXEC_SETUP_NODES_H
#define KEXEC_SETUP_NODES_H

#include "setup_data.h"

/* False: no kernel can be started without one that cannot be handed on. */
bool setup_nodes_check(const struct setup_nodes *nodes, struct err *e);
/* Whether it is handed on as it is; *@name says what it is. */
bool setup_node_goes_on(const struct setup_node *node, const char **name);
/* Whether it is left behind, and why in words. The zero page has its own for some. */
bool setup_node_stays(const struct setup_node *node, struct err *why);

#endif
