/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot_params.h"
#include "grow.h"
#include "firmware_efi.h"
#include "host_file.h"
#include "lines.h"
#include "number.h"
#include "x86.h"

#define EFI_FOLDER "/sys/firmware/efi/"
#define MAP_MAX	   4096 /* regions; firmware has some tens */

static unsigned firmware_bits(struct bytes boot_params)
{
	uint32_t signature = 0;

	bytes_le32(boot_params, offsetof(struct boot_params, efi_info.loader_signature),
		   &signature);
	if (signature == EFI_LOADER_SIGNATURE_64)
		return 64;
	return signature == EFI_LOADER_SIGNATURE_32 ? 32 : 0;
}

/* The number in a file of one line; false when it is missing or may not be read. */
static bool read_number(const char *root, const char *path, uint64_t *out)
{
	struct err ignored;
	char *text = host_file(root, path, HOST_SMALL_FILE, NULL, &ignored);
	bool ok;

	if (!text)
		return false;
	text[strcspn(text, "\n")] = '\0';
	ok = number_parse(text, out, &ignored);
	free(text);
	return ok;
}

static bool check_region(const struct efi_memory_desc *d, struct err *e)
{
	uint64_t size, end;

	if (d->phys_addr % PAGE_SIZE || d->virt_addr % PAGE_SIZE)
		return err_set(e, "does not start at a page");
	if (!d->num_pages || __builtin_mul_overflow(d->num_pages, PAGE_SIZE, &size) ||
	    __builtin_add_overflow(d->phys_addr, size - 1, &end))
		return err_set(e, "has %" PRIu64 " pages", d->num_pages);
	return true;
}

/* *@end: there is no entry @n. */
static bool has_region(const char *root, unsigned n, bool *end, struct err *e)
{
	char *path;

	*end = false;
	if (asprintf(&path, "%s" EFI_FOLDER "runtime-map/%u", root, n) < 0)
		return err_set(e, "out of memory");
	*end = access(path, F_OK) && errno == ENOENT;
	free(path);
	return true;
}

/* Entry @n; *@end is set instead when there is none of that number. */
static bool read_region(const char *root, unsigned n, struct efi_memory_desc *d, bool *end,
			struct err *e)
{
	static const char *const names[] = {
		"type", "phys_addr", "virt_addr", "num_pages", "attribute",
	};
	uint64_t values[5];
	char path[80];

	if (!has_region(root, n, end, e) || *end)
		return *end;
	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), EFI_FOLDER "runtime-map/%u/%s", n, names[i]);
		if (!read_number(root, path, &values[i]))
			return err_set(e, "%s%s: cannot read a number", root, path);
	}
	*d = (struct efi_memory_desc){
		.type = (uint32_t)values[0],
		.phys_addr = values[1],
		.virt_addr = values[2],
		.num_pages = values[3],
		.attribute = values[4],
	};
	return check_region(d, e) || err_prefix(e, "%s" EFI_FOLDER "runtime-map/%u", root, n);
}

/* arch/x86/platform/efi/runtime-map.c numbers the entries from 0. */
static bool read_map(struct firmware_efi *efi, const char *root, struct err *e)
{
	size_t room = 0;

	for (unsigned n = 0; n < MAP_MAX; n++) {
		struct efi_memory_desc region;
		bool end;

		if (!read_region(root, n, &region, &end, e))
			return false;
		if (end)
			return true;
		if (!grow_array(&efi->map, &room, efi->map_count + 1, sizeof(*efi->map)))
			return err_set(e, "out of memory");
		efi->map[efi->map_count++] = region;
	}
	return err_set(e, "%s" EFI_FOLDER "runtime-map: more than %u regions", root, MAP_MAX);
}

void firmware_efi_parse_systab(struct efi_systab *s, const char *text)
{
	uint64_t acpi = 0;
	struct line l;

	*s = (struct efi_systab){ 0 };
	while (line_next(&text, &l)) {
		if (line_take_text(&l, "ACPI20=0x"))
			line_take_number(&l, 16, &s->rsdp);
		else if (line_take_text(&l, "ACPI=0x"))
			line_take_number(&l, 16, &acpi);
		else if (line_take_text(&l, "SMBIOS=0x"))
			line_take_number(&l, 16, &s->smbios);
	}
	if (!s->rsdp)
		s->rsdp = acpi;
}

static void read_systab(struct firmware_efi *efi, const char *root)
{
	struct err ignored;
	char *text = host_file(root, EFI_FOLDER "systab", HOST_SMALL_FILE, NULL, &ignored);

	if (text)
		firmware_efi_parse_systab(&efi->systab, text);
	free(text);
}

void firmware_efi_read(struct firmware_efi *efi, const char *root, struct bytes boot_params)
{
	*efi = (struct firmware_efi){ .bits = firmware_bits(boot_params) };
	read_systab(efi, root);
	if (!efi->bits)
		return;
	read_number(root, EFI_FOLDER "fw_vendor", &efi->fw_vendor);
	read_number(root, EFI_FOLDER "config_table", &efi->tables);
	if (!read_map(efi, root, &efi->why))
		efi->map_count = 0;
}

void firmware_efi_deinit(struct firmware_efi *efi)
{
	free(efi->map);
	*efi = (struct firmware_efi){ 0 };
}
