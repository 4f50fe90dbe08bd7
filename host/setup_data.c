/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>

#include "boot_params.h"
#include "grow.h"
#include "host_file.h"
#include "number.h"
#include "setup_data.h"

#define FOLDER	  "/sys/kernel/boot_params/setup_data/"
#define NODES_MAX 1024
#define DATA_MAX  (16u << 20) /* a PCI device's ROM can have as much */

static bool read_type(const char *root, unsigned n, uint32_t *type, bool *end, struct err *e)
{
	char path[64], text[24];
	uint64_t number;

	snprintf(path, sizeof(path), FOLDER "%u/type", n);
	if (!host_line(root, path, text, sizeof(text), e))
		return false;
	*end = !*text;
	if (*end)
		return true;
	if (!number_parse(text, &number, e) || number > UINT32_MAX)
		return err_set(e, "%s%s: \"%s\" is not a type of setup_data", root, path, text);
	/* The kernel shows what is pointed to (arch/x86/kernel/ksysfs.c). */
	*type = (uint32_t)number & ~SETUP_INDIRECT;
	return true;
}

static void read_data(const char *root, unsigned n, struct setup_node *node)
{
	struct err ignored;
	char path[64];

	snprintf(path, sizeof(path), FOLDER "%u/data", n);
	node->data.data = (uint8_t *)host_file(root, path, DATA_MAX, &node->data.size, &ignored);
	node->readable = node->data.data;
}

bool setup_nodes_read(struct setup_nodes *nodes, const char *root, struct err *e)
{
	*nodes = (struct setup_nodes){ 0 };
	for (unsigned n = 0; n < NODES_MAX; n++) {
		struct setup_node node = { 0 };
		bool end;

		if (!read_type(root, n, &node.type, &end, e))
			break;
		if (end)
			return true;
		if (!grow_array(&nodes->at, &nodes->room, nodes->count + 1, sizeof(node))) {
			err_set(e, "out of memory");
			break;
		}
		read_data(root, n, &node);
		nodes->at[nodes->count++] = node;
		if (n == NODES_MAX - 1)
			err_set(e, "%s" FOLDER ": more than %d nodes", root, NODES_MAX - 1);
	}
	setup_nodes_deinit(nodes);
	return false;
}

void setup_nodes_deinit(struct setup_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++)
		free((void *)nodes->at[i].data.data);
	free(nodes->at);
	*nodes = (struct setup_nodes){ 0 };
}
