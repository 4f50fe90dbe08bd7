// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paging is off while pages are swapped, so all that is needed is the bridge: the kernel's own top
 * level, and in its user half the page that stays, at its physical address.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <asm/pgtable.h>
#include <asm/special_insns.h>

#include "compat.h"
#include "jump.h"
#include "relocate.h"

#define PRESENT (_PAGE_PRESENT | _PAGE_RW)

#ifdef CONFIG_X86_PAE
#define TOP_SIZE     (4 * sizeof(pgd_t))
#define TOP_PRESENT  _PAGE_PRESENT /* other bits of a PDPTE are reserved */
#define LEVELS_BELOW 2
#else
#define TOP_SIZE     PAGE_SIZE
#define TOP_PRESENT  PRESENT
#define LEVELS_BELOW 1
#endif

/* The entry of @paddr in a table whose entries cover 2^@shift bytes each. */
static void set_entry(void *table, u32 paddr, unsigned int shift, u32 value)
{
	if (IS_ENABLED(CONFIG_X86_PAE))
		((u64 *)table)[paddr >> shift & 511] = value;
	else
		((u32 *)table)[paddr >> shift & 1023] = value;
}

int jump_tables_make(struct jump_image *image)
{
	struct relocate_data *data = image->relocate + RELOCATE_DATA;
	void *tables[LEVELS_BELOW], *bridge = jump_image_page(image);
	unsigned int i;

	if (!bridge || data->page >= PAGE_OFFSET)
		return -ENOMEM;
	for (i = 0; i < LEVELS_BELOW; i++) {
		tables[i] = jump_image_page(image);
		if (!tables[i])
			return -ENOMEM;
	}
	set_entry(tables[0], data->page, PAGE_SHIFT, data->page | PRESENT);
	for (i = 1; i < LEVELS_BELOW; i++)
		set_entry(tables[i], data->page, PMD_SHIFT, virt_to_phys(tables[i - 1]) | PRESENT);
	data->bridge = virt_to_phys(bridge);
	data->identity = virt_to_phys(tables[LEVELS_BELOW - 1]);
	return 0;
}

void jump_tables_renew(struct jump_image *image)
{
	struct relocate_data *data = image->relocate + RELOCATE_DATA;
	void *bridge = phys_to_virt(data->bridge);

	/* Where PAE's four entries lie in a page they need not be at its start. */
	memcpy(bridge, phys_to_virt(__native_read_cr3()), TOP_SIZE);
	set_entry(bridge, data->page, PGDIR_SHIFT, (u32)data->identity | TOP_PRESENT);
}
