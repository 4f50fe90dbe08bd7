/* SPDX-License-Identifier: GPL-2.0-only */
#include "host.h"

bool host_ram(const struct host *h, struct ranges *ram, struct err *e)
{
	struct range pages;

	for (size_t i = 0; i < h->iomem.map.count; i++) {
		const struct mem_entry *entry = &h->iomem.map.at[i];

		if (entry->type != MEM_RAM || !range_pages_inside(entry->range, &pages))
			continue;
		if (!ranges_add(ram, pages))
			return err_set(e, "out of memory");
	}
	return true;
}

bool host_free_ram(const struct host *h, struct ranges *ram, struct err *e)
{
	if (!host_ram(h, ram, e))
		return false;
	if ((h->iomem.has_crash_kernel && !ranges_remove(ram, h->iomem.crash_kernel)) ||
	    (h->iomem.has_crash_kernel_low && !ranges_remove(ram, h->iomem.crash_kernel_low)))
		return err_set(e, "out of memory");
	return true;
}
