/* SPDX-License-Identifier: GPL-2.0-only */
#include "efi_handover.h"

static bool has_addresses(const struct firmware_efi *efi)
{
	for (size_t i = 0; i < efi->map_count; i++) {
		if (!efi->map[i].virt_addr)
			return false;
	}
	return efi->fw_vendor && efi->tables;
}

static const char *why_not(const struct host *h, const struct linux_kernel *image, bool confined,
			   bool unwanted)
{
	const struct firmware_efi *efi = &h->firmware.efi;

	if (unwanted)
		return "--noefi was given";
	/* arch/x86/boot/compressed/kaslr.c process_efi_entries() */
	if (confined)
		return "with EFI, its KASLR would go by the firmware's map and leave the window";
	if (h->arch == HOST_I386)
		return "the running kernel is an i386 one, which cannot hand on its "
		       "runtime services";
	if (!image->has_64bit_entry)
		return "an i386 kernel cannot take over runtime services";
	if (!image->has_efi_kexec)
		return "it cannot take EFI over from another kernel (XLF_EFI_KEXEC is not set)";
	if (efi->bits == 32)
		return "32-bit firmware has no runtime services for a kernel after the first";
	if (*efi->why.text)
		return efi->why.text;
	if (!efi->map_count)
		return "the running kernel does not publish /sys/firmware/efi/runtime-map: it "
		       "needs CONFIG_EFI_RUNTIME_MAP=y, and no efi=noruntime";
	if (!has_addresses(efi))
		return "/sys/firmware/efi lacks an address: that of fw_vendor or config_table, or "
		       "a region's virtual one";
	return NULL;
}

struct efi_handover efi_handover(const struct host *h, const struct linux_kernel *image,
				 bool confined, bool unwanted)
{
	const struct firmware_efi *from = &h->firmware.efi;
	struct efi_handover efi = { 0 };

	if (!from->bits)
		return efi;
	efi.why_not = why_not(h, image, confined, unwanted);
	if (efi.why_not)
		return efi;
	efi.map = (struct bytes){ (const uint8_t *)from->map,
				  from->map_count * sizeof(from->map[0]) };
	efi.data = (struct efi_setup_data){
		.fw_vendor = from->fw_vendor,
		.tables = from->tables,
		.smbios = from->systab.smbios,
	};
	return efi;
}

void efi_handover_fill(const struct efi_handover *efi, const struct host *h,
		       struct boot_params *page, uint64_t map_at)
{
	struct boot_params now;

	bytes_copy(h->firmware.boot_params, 0, &now, sizeof(now));
	page->efi_info = (struct efi_info){
		.loader_signature = now.efi_info.loader_signature,
		.systab = now.efi_info.systab,
		.systab_hi = now.efi_info.systab_hi,
		.memdesc_size = sizeof(struct efi_memory_desc),
		.memdesc_version = EFI_MEMORY_DESC_VERSION,
		.memmap = (uint32_t)map_at,
		.memmap_hi = map_at >> 32,
		.memmap_size = (uint32_t)efi->map.size,
	};
}
