/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "host_file.h"
#include "lines.h"
#include "zoneinfo.h"

#define ZONEINFO_MAX (16u << 20) /* some 100 bytes a CPU, for each zone of each node */

/* "Node 0, zone   Normal" */
static bool take_zone(struct line l, unsigned int *node, struct line *name)
{
	uint64_t number;

	if (!line_take_text(&l, "Node ") || !line_take_number(&l, 10, &number) ||
	    !line_take_text(&l, ", zone"))
		return false;
	*node = (unsigned int)number;
	*name = line_take_word(&l);
	return name->size != 0;
}

static bool add_zone(struct zones *zones, unsigned int node, struct line name)
{
	struct zone *last = zones->count ? &zones->at[zones->count - 1] : NULL, *z;
	unsigned int index = last && last->node == node ? last->index + 1 : 0;

	if (!grow_array(&zones->at, &zones->room, zones->count + 1, sizeof(*zones->at)))
		return false;
	z = &zones->at[zones->count++];
	*z = (struct zone){ .node = node, .index = index };
	memcpy(z->name, name.at, name.size < sizeof(z->name) ? name.size : sizeof(z->name) - 1);
	return true;
}

static void parse_protection(struct zone *z, struct line l)
{
	for (size_t i = 0; i < ZONES_A_NODE && line_take_number(&l, 10, &z->protection[i]); i++)
		if (!line_take_text(&l, ", "))
			return;
}

static void parse_field(struct zone *z, struct line l)
{
	const struct {
		const char *key;
		uint64_t *to;
	} fields[] = {
		{ "pages free", &z->free },	 { "high ", &z->high },
		{ "spanned", &z->spanned },	 { "nr_free_cma", &z->free_cma },
		{ "start_pfn:", &z->start_pfn },
	};

	line_take_blanks(&l);
	if (line_take_text(&l, "protection: ("))
		parse_protection(z, l);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct line value = l;

		if (line_take_text(&value, fields[i].key)) {
			line_take_blanks(&value);
			line_take_number(&value, 10, fields[i].to);
		}
	}
}

bool zones_parse(struct zones *zones, const char *text, struct err *e)
{
	unsigned int node;
	struct line l, name;

	while (line_next(&text, &l)) {
		if (take_zone(l, &node, &name)) {
			if (!add_zone(zones, node, name))
				return err_set(e, "out of memory");
		} else if (zones->count) {
			parse_field(&zones->at[zones->count - 1], l);
		}
	}
	return true;
}

bool zones_read(struct zones *zones, const char *root, struct err *e)
{
	char *text = host_file(root, "/proc/zoneinfo", ZONEINFO_MAX, NULL, e);
	bool ok;

	*zones = (struct zones){ 0 };
	if (!text)
		return false;
	ok = zones_parse(zones, text, e);
	if (!ok)
		zones_deinit(zones);
	free(text);
	return ok;
}

void zones_deinit(struct zones *zones)
{
	free(zones->at);
	*zones = (struct zones){ 0 };
}
