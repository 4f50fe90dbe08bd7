/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "multiboot.h"
#include "multiboot_info.h"
#include "x86.h"

#define LOADER "kexec-jump " PACKAGE_VERSION

#define TEXT_SCREEN UINT64_C(0xb8000)
#define TEXT_BITS   16 /* of a character and its colours */

/* Bytes are put one after the other, or just counted. */
struct out {
	uint8_t *to;
	size_t used;
};

static void put(struct out *o, const void *from, size_t size)
{
	if (o->to)
		memcpy(o->to + o->used, from, size);
	o->used += size;
}

static void put_align(struct out *o, size_t align)
{
	static const uint8_t zeros[8];

	put(o, zeros, -o->used % align);
}

/* Of the RAM that begins at @from, or at most @late bytes later. */
static uint32_t kib_in(const struct memmap *map, uint64_t from, uint64_t late, uint64_t most)
{
	for (size_t i = 0; i < map->count; i++) {
		struct range r = map->at[i].range;

		if (map->at[i].type == MEM_RAM && r.start <= from + late && r.last > from + late) {
			uint64_t kib = (r.last - from + 1) / 1024;

			return (uint32_t)(kib < most ? kib : most);
		}
	}
	return 0;
}

static uint32_t lower_kib(const struct memmap *map)
{
	return kib_in(map, 0, 65536, 640); /* Linux keeps its first pages to itself */
}

static uint32_t upper_kib(const struct memmap *map)
{
	return kib_in(map, MIB, 0, UINT32_MAX);
}

static uint32_t map_type(enum mem_type type)
{
	switch (type) {
	case MEM_RAM:
		return MULTIBOOT_RAM;
	case MEM_ACPI:
		return MULTIBOOT_ACPI;
	case MEM_NVS:
		return MULTIBOOT_NVS;
	case MEM_UNUSABLE:
		return MULTIBOOT_BAD;
	default:
		return MULTIBOOT_RESERVED;
	}
}

/* ---- Version 1: a structure with addresses of what follows it ---- */

static void put_map1(struct out *o, const struct memmap *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct mem_entry *m = &map->at[i];
		const struct multiboot_map_entry entry = {
			.size = sizeof(entry) - sizeof(entry.size),
			.addr = m->range.start,
			.len = range_size(m->range),
			.type = map_type(m->type),
		};

		put(o, &entry, sizeof(entry));
	}
}

static void put_modules1(struct out *o, const struct multiboot_wants *w, uint32_t words_at)
{
	for (size_t i = 0; i < w->module_count; i++) {
		const struct multiboot_part *part = &w->modules[i];
		const struct multiboot_module module = {
			.start = part->start,
			.end = part->end,
			.words = words_at,
		};

		put(o, &module, sizeof(module));
		words_at += (uint32_t)strlen(part->words) + 1;
	}
	for (size_t i = 0; i < w->module_count; i++)
		put(o, w->modules[i].words, strlen(w->modules[i].words) + 1);
}

static void tell_screen1(struct multiboot_info *info, const struct multiboot_wants *w)
{
	if (!w->columns)
		return;
	info->flags |= MULTIBOOT_INFO_FRAMEBUFFER;
	info->framebuffer_addr = TEXT_SCREEN;
	info->framebuffer_pitch = w->columns * 2;
	info->framebuffer_width = w->columns;
	info->framebuffer_height = w->lines;
	info->framebuffer_bpp = TEXT_BITS;
	info->framebuffer_type = MULTIBOOT_FRAMEBUFFER_TEXT;
}

static size_t put1(const struct multiboot_wants *w, uint8_t *to, uint32_t at)
{
	struct out o = { to, sizeof(struct multiboot_info) };
	struct multiboot_info info = {
		.flags = MULTIBOOT_INFO_MEMORY | MULTIBOOT_INFO_CMDLINE | MULTIBOOT_INFO_MODULES |
			 MULTIBOOT_INFO_MAP | MULTIBOOT_INFO_LOADER,
		.mem_lower = lower_kib(w->map),
		.mem_upper = upper_kib(w->map),
		.mods_count = (uint32_t)w->module_count,
		.mmap_length = (uint32_t)(w->map->count * sizeof(struct multiboot_map_entry)),
	};

	put_align(&o, 8);
	info.mmap_addr = at + (uint32_t)o.used;
	put_map1(&o, w->map);
	info.mods_addr = at + (uint32_t)o.used;
	put_modules1(&o, w,
		     info.mods_addr +
			     (uint32_t)(w->module_count * sizeof(struct multiboot_module)));
	info.cmdline = at + (uint32_t)o.used;
	put(&o, w->cmdline, strlen(w->cmdline) + 1);
	info.boot_loader_name = at + (uint32_t)o.used;
	put(&o, LOADER, sizeof(LOADER));
	tell_screen1(&info, w);
	if (to)
		memcpy(to, &info, sizeof(info));
	return o.used;
}

/* ---- Version 2: tags ---- */

static void put_tag(struct out *o, uint32_t type, const void *body, size_t size)
{
	const struct multiboot2_tag tag = { type, (uint32_t)(sizeof(tag) + size) };

	put_align(o, 8);
	put(o, &tag, sizeof(tag));
	if (size)
		put(o, body, size);
}

static void put_map2(struct out *o, const struct memmap *map)
{
	const uint32_t version[] = { sizeof(struct multiboot2_map_entry), 0 };
	const struct multiboot2_tag tag = {
		MULTIBOOT2_MAP,
		(uint32_t)(sizeof(tag) + sizeof(version) +
			   map->count * sizeof(struct multiboot2_map_entry)),
	};

	put_align(o, 8);
	put(o, &tag, sizeof(tag));
	put(o, version, sizeof(version));
	for (size_t i = 0; i < map->count; i++) {
		const struct mem_entry *m = &map->at[i];
		const struct multiboot2_map_entry entry = {
			.addr = m->range.start,
			.len = range_size(m->range),
			.type = map_type(m->type),
		};

		put(o, &entry, sizeof(entry));
	}
}

static void put_modules2(struct out *o, const struct multiboot_wants *w)
{
	for (size_t i = 0; i < w->module_count; i++) {
		const struct multiboot_part *part = &w->modules[i];
		const uint32_t place[] = { part->start, part->end };
		const size_t size = strlen(part->words) + 1;
		const struct multiboot2_tag tag = {
			MULTIBOOT2_MODULE,
			(uint32_t)(sizeof(tag) + sizeof(place) + size),
		};

		put_align(o, 8);
		put(o, &tag, sizeof(tag));
		put(o, place, sizeof(place));
		put(o, part->words, size);
	}
}

static void put_screen2(struct out *o, const struct multiboot_wants *w)
{
	const struct multiboot2_framebuffer screen = {
		.addr = TEXT_SCREEN,
		.pitch = w->columns * 2,
		.width = w->columns,
		.height = w->lines,
		.bpp = TEXT_BITS,
		.type = MULTIBOOT_FRAMEBUFFER_TEXT,
	};

	if (w->columns)
		put_tag(o, MULTIBOOT2_FRAMEBUFFER, &screen, sizeof(screen));
}

static size_t put2(const struct multiboot_wants *w, uint8_t *to)
{
	struct out o = { to, 2 * sizeof(uint32_t) };
	const uint32_t memory[] = { lower_kib(w->map), upper_kib(w->map) };

	put_tag(&o, MULTIBOOT2_CMDLINE, w->cmdline, strlen(w->cmdline) + 1);
	put_tag(&o, MULTIBOOT2_LOADER, LOADER, sizeof(LOADER));
	put_tag(&o, MULTIBOOT2_MEMORY, memory, sizeof(memory));
	put_map2(&o, w->map);
	put_modules2(&o, w);
	put_screen2(&o, w);
	if (w->has_base)
		put_tag(&o, MULTIBOOT2_LOAD_BASE, &w->base, sizeof(w->base));
	put_tag(&o, MULTIBOOT2_END, NULL, 0);
	if (to)
		memcpy(to, &(const uint32_t[]){ (uint32_t)o.used, 0 }, 2 * sizeof(uint32_t));
	return o.used;
}

size_t multiboot_info_put(const struct multiboot_wants *w, uint8_t *to, uint32_t at)
{
	return w->version == 1 ? put1(w, to, at) : put2(w, to);
}
