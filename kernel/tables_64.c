// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables that map all RAM at its own addresses, by pages of 2 MiB; and a second top level that
 * has the kernel's half as well, for the steps between the two worlds.
 */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>

#include "compat.h"
#include "jump.h"
#include "relocate.h"

#define ENTRIES 512
#define PRESENT (_PAGE_PRESENT | _PAGE_RW)

struct maker {
	struct jump_image *image;
	u64 *top;
	unsigned int levels;
	int err;
};

static u64 *next_table(struct maker *m, u64 *entry)
{
	void *table;

	if (*entry)
		return phys_to_virt(*entry & PAGE_MASK);
	table = jump_image_page(m->image);
	if (!table) {
		m->err = -ENOMEM;
		return NULL;
	}
	*entry = virt_to_phys(table) | PRESENT;
	return table;
}

static int map_2m(struct maker *m, u64 paddr)
{
	unsigned int shift = 12 + 9 * (m->levels - 1);
	u64 *table = m->top;

	for (; table && shift > 21; shift -= 9)
		table = next_table(m, &table[paddr >> shift & (ENTRIES - 1)]);
	if (!table)
		return m->err;
	table[paddr >> 21 & (ENTRIES - 1)] = paddr | PRESENT | _PAGE_PSE;
	return 0;
}

static int map_range(struct maker *m, u64 start, u64 end)
{
	int err = 0;

	for (start &= ~(u64)(SZ_2M - 1); start < end && !err; start += SZ_2M)
		err = map_2m(m, start);
	return err;
}

static int map_ram(struct resource *res, void *arg)
{
	return map_range(arg, res->start, res->end + 1);
}

int jump_tables_make(struct jump_image *image)
{
	struct relocate_data *data = image->relocate + RELOCATE_DATA;
	struct maker m = { .image = image, .levels = native_read_cr4() & X86_CR4_LA57 ? 5 : 4 };
	void *bridge = jump_image_page(image);
	int err;

	m.top = jump_image_page(image);
	if (!m.top || !bridge)
		return -ENOMEM;
	err = map_range(&m, 0, SZ_2M);
	if (!err)
		err = walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
					  0, -1, &m, map_ram);
	if (err < 0)
		return err;
	memcpy(bridge, m.top, PAGE_SIZE / 2);
	data->identity = virt_to_phys(m.top);
	data->bridge = virt_to_phys(bridge);
	return 0;
}

void jump_tables_renew(struct jump_image *image)
{
	struct relocate_data *data = image->relocate + RELOCATE_DATA;

	memcpy(phys_to_virt(data->bridge) + PAGE_SIZE / 2,
	       phys_to_virt(read_cr3_pa()) + PAGE_SIZE / 2, PAGE_SIZE / 2);
}
