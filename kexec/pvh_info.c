/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "boot_params.h"
#include "pvh.h"
#include "pvh_info.h"
#include "x86.h"

/* One after the other in the segment. */
struct parts {
	struct pvh_start_info info;
	struct pvh_module initrd;
	struct pvh_map_entry map[];
};

/* Linux takes no more of them at this entry. */
static bool check_map(const struct plan *p, struct err *e)
{
	return p->next.count < E820_MAX_ENTRIES_ZEROPAGE ||
	       err_set(e, "the memory map has %zu entries, but a kernel takes %d at its PVH entry",
		       p->next.count, E820_MAX_ENTRIES_ZEROPAGE - 1);
}

static void fill(struct parts *parts, const struct plan *p, const struct pvh_wants *w, uint64_t at)
{
	uint64_t cmdline = at + sizeof(*parts) + p->next.count * sizeof(parts->map[0]);

	parts->info = (struct pvh_start_info){
		.magic = PVH_MAGIC,
		.version = 1,
		.module_count = w->initrd_size != 0,
		.modules = at + offsetof(struct parts, initrd),
		.cmdline = cmdline,
		.rsdp = w->host->firmware.rsdp,
		.map = at + offsetof(struct parts, map),
		.map_entries = (uint32_t)p->next.count,
	};
	parts->initrd = (struct pvh_module){ .paddr = w->initrd_at, .size = w->initrd_size };
	for (size_t i = 0; i < p->next.count; i++)
		parts->map[i] = (struct pvh_map_entry){
			.addr = p->next.at[i].range.start,
			.size = range_size(p->next.at[i].range),
			.type = p->next.at[i].type,
		};
	memcpy((char *)parts + (cmdline - at), w->cmdline, strlen(w->cmdline) + 1);
}

bool pvh_info_add(struct plan *p, const struct pvh_wants *w, struct err *e)
{
	const struct place want = {
		.name = "start info",
		.within = { PAGE_SIZE, FOUR_GIB - 1 },
		.highest = true,
		.digest = true,
	};
	size_t size = sizeof(struct parts) + p->next.count * sizeof(struct pvh_map_entry) +
		      strlen(w->cmdline) + 1;
	struct segment *s;

	if (!check_map(p, e))
		return false;
	if (!plan_place_zeros(p, &want, size, &s, e))
		return false;
	fill((struct parts *)s->owned, p, w, s->paddr);
	p->boot_params = s->paddr;
	p->magic_eax = PVH_MAGIC;
	return true;
}
