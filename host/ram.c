/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "boot_params.h"
#include "host.h"
#include "x86.h"

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

/*
 * The kernel that the firmware started takes these out of its RAM (arch/x86/platform/efi/quirks.c
 * efi_arch_mem_reserve()), one that was started by another kernel keeps them as they are, in
 * /proc/iomem as RAM: shim's keys (MOK), for example.
 */
static bool remove_efi(struct ranges *ram, const struct firmware_efi *efi)
{
	for (size_t i = 0; i < efi->map_count; i++) {
		const struct efi_memory_desc *d = &efi->map[i];

		if (!ranges_remove(ram, range_of(d->phys_addr, d->num_pages * PAGE_SIZE)))
			return false;
	}
	return true;
}

bool host_free_ram(const struct host *h, struct ranges *ram, struct err *e)
{
	if (!host_ram(h, ram, e))
		return false;
	if (!ranges_remove_all(ram, &h->broken) || !remove_efi(ram, &h->firmware.efi) ||
	    (h->iomem.has_crash_kernel && !ranges_remove(ram, h->iomem.crash_kernel)) ||
	    (h->iomem.has_crash_kernel_low && !ranges_remove(ram, h->iomem.crash_kernel_low)))
		return err_set(e, "out of memory");
	return true;
}

const char *host_encrypted_by(const struct host *h)
{
	uint32_t blob = 0;

	bytes_le32(h->firmware.boot_params, offsetof(struct boot_params, cc_blob_address), &blob);
	if (h->cpu.tdx_guest)
		return "Intel TDX";
	if (h->cpu.sev_guest || blob)
		return "AMD SEV";
	return h->mem.unaccepted ? "its hypervisor (memory is unaccepted)" : NULL;
}

bool host_ram_is_all(const struct host *h, struct err *e)
{
	const struct iomem *m = &h->iomem;

	return !m->has_added ||
	       err_set(e,
		       "\"%s\" at 0x%" PRIx64 "-0x%" PRIx64 " was added by a driver, and the next "
		       "kernel may take it for its own: no jump brings it back; remove it first "
		       "(kmem: daxctl reconfigure-device --mode=devdax, virtio_mem: on the host)",
		       m->added_name, m->added.start, m->added.last);
}
