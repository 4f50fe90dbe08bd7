/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "boot_params.h"
#include "firmware.h"
#include "host_file.h"
#include "iomem.h"
#include "lines.h"
#include "number.h"
#include "sha256.h"
#include "x86.h"

#define MAP_ENTRIES_MAX 4096

/* ---- its memory map ---- */

static bool map_word(const char *root, unsigned n, const char *name, char *to, size_t size,
		     struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/firmware/memmap/%u/%s", n, name);
	return host_line(root, path, to, size, e);
}

/* One entry; *@end is set instead when there is none of that number. */
static bool read_entry(struct firmware *f, const char *root, unsigned n, bool *end, struct err *e)
{
	char start[24], last[24], name[64];
	enum mem_type type;
	struct range r;

	if (!map_word(root, n, "start", start, sizeof(start), e) ||
	    !map_word(root, n, "end", last, sizeof(last), e) ||
	    !map_word(root, n, "type", name, sizeof(name), e))
		return false;
	*end = !*start;
	if (*end)
		return true;
	if (!number_parse(start, &r.start, e) || !number_parse(last, &r.last, e))
		return err_prefix(e, "%s/sys/firmware/memmap/%u", root, n);
	if (r.last < r.start)
		return err_set(e, "%s/sys/firmware/memmap/%u: ends before it starts", root, n);
	if (!iomem_type(name, &type))
		type = MEM_RESERVED;
	return memmap_set(&f->map, r, type) || err_set(e, "out of memory");
}

/* Linux reserves page 0 whatever the map says, and loaders differ in what they say of it. */
static bool digest_map(struct firmware *f, struct err *e)
{
	struct memmap map = {};
	struct sha256 s;
	char line[64];

	if (!memmap_copy(&map, &f->map) ||
	    (map.count && !memmap_set(&map, (struct range){ 0, PAGE_SIZE - 1 }, MEM_RESERVED))) {
		memmap_deinit(&map);
		return err_set(e, "out of memory");
	}
	sha256_init(&s, sha256_blocks_portable);
	for (size_t i = 0; i < map.count; i++) {
		const struct mem_entry *m = &map.at[i];
		int n = snprintf(line, sizeof(line), "%" PRIx64 "-%" PRIx64 " %x\n", m->range.start,
				 m->range.last, (unsigned)m->type);

		sha256_update(&s, line, (size_t)n);
	}
	sha256_final(&s, f->map_sha256);
	memmap_deinit(&map);
	return true;
}

/* drivers/firmware/memmap.c numbers the entries from 0 in the order of the firmware's map. */
static bool read_map(struct firmware *f, const char *root, struct err *e)
{
	bool end = false;

	for (unsigned n = 0; !end; n++) {
		if (n > MAP_ENTRIES_MAX)
			return err_set(e, "%s/sys/firmware/memmap: more than %u entries", root,
				       MAP_ENTRIES_MAX);
		if (!read_entry(f, root, n, &end, e))
			return false;
	}
	return digest_map(f, e);
}

/* ---- what the boot loader passed on ---- */

static bool read_boot_params(struct firmware *f, const char *root, struct err *e)
{
	const char *path = "/sys/kernel/boot_params/data";
	size_t size;
	char *data = host_file(root, path, HOST_SMALL_FILE, &size, &(struct err){ 0 });

	if (!data)
		return true;
	if (size != 4096) {
		free(data);
		return err_set(e, "%s%s: %zu bytes instead of 4096", root, path, size);
	}
	f->boot_params_data = (uint8_t *)data;
	f->boot_params = (struct bytes){ f->boot_params_data, size };
	bytes_le64(f->boot_params, offsetof(struct boot_params, acpi_rsdp_addr), &f->rsdp);
	return true;
}

/* ---- all of it ---- */

bool firmware_read(struct firmware *f, const char *root, struct err *e)
{
	*f = (struct firmware){ 0 };
	if (read_map(f, root, e) && read_boot_params(f, root, e) &&
	    setup_nodes_read(&f->setup, root, e)) {
		firmware_efi_read(&f->efi, root, f->boot_params);
		/* In boot_params since 5.0, and from some boot loaders only. */
		if (!f->rsdp)
			f->rsdp = f->efi.systab.rsdp;
		return true;
	}
	firmware_deinit(f);
	return false;
}

void firmware_deinit(struct firmware *f)
{
	memmap_deinit(&f->map);
	firmware_efi_deinit(&f->efi);
	setup_nodes_deinit(&f->setup);
	free(f->boot_params_data);
	*f = (struct firmware){ 0 };
}
