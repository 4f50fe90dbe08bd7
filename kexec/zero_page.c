/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "grow.h"
#include "setup_nodes.h"
#include "x86.h"
#include "zero_page.h"

#define SEED_SIZE  32 /* as arch/x86/kernel/kexec-bzimage64.c */
#define NODE_ALIGN 8

/* One of setup_data, in the order in which they lie in memory. */
struct node {
	uint32_t type;
	struct bytes data;
};

struct zero_page {
	const struct zero_page_wants *w;
	const struct memmap *map; /* for e820 */
	struct node *nodes;	  /* owned */
	size_t node_count, node_room;
	struct boot_e820_entry *extra; /* beyond those in the page; owned */
	size_t extra_count;
	uint8_t seed[SEED_SIZE];

	size_t efi_map_at; /* in data */
	uint8_t *data;	   /* of the segment; owned by the plan once it is placed */
	size_t size, used;
	uint64_t at;		  /* its physical address */
	struct boot_params *page; /* data */
};

static bool since(const struct zero_page *z, unsigned minor)
{
	return z->w->image->protocol >= BOOT_PROTOCOL(2, minor);
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static size_t align(size_t n)
{
	return (n + NODE_ALIGN - 1) & ~(size_t)(NODE_ALIGN - 1);
}

/* ---- What it will have: to be known before it is placed ---- */

static bool add_node(struct zero_page *z, uint32_t type, const void *data, size_t size,
		     struct err *e)
{
	if (!grow_array(&z->nodes, &z->node_room, z->node_count + 1, sizeof(z->nodes[0])))
		return err_set(e, "out of memory");
	z->nodes[z->node_count++] = (struct node){ type, { data, size } };
	return true;
}

static struct boot_e820_entry e820_entry(struct mem_entry from)
{
	return (struct boot_e820_entry){ from.range.start, range_size(from.range), from.type };
}

static bool collect_e820(struct zero_page *z, struct err *e)
{
	size_t entries = z->map->count, bytes;

	if (entries <= E820_MAX_ENTRIES_ZEROPAGE)
		return true;
	if (!since(z, 9))
		return err_set(e,
			       "the memory map has %zu entries, but a kernel of boot protocol "
			       "2.%02u takes %d",
			       entries, z->w->image->protocol & 0xff, E820_MAX_ENTRIES_ZEROPAGE);
	z->extra_count = entries - E820_MAX_ENTRIES_ZEROPAGE;
	if (__builtin_mul_overflow(z->extra_count, sizeof(z->extra[0]), &bytes) ||
	    bytes > UINT32_MAX)
		return err_set(e, "the memory map has too many entries (%zu)", entries);
	z->extra = malloc(bytes);
	if (!z->extra)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < z->extra_count; i++)
		z->extra[i] = e820_entry(z->map->at[E820_MAX_ENTRIES_ZEROPAGE + i]);
	return add_node(z, SETUP_E820_EXT, z->extra, bytes, e);
}

/* A recorded host has to give the same plan each time. */
static bool collect_seed(struct zero_page *z, struct err *e)
{
	return z->w->host->recorded || !since(z, 9) ||
	       getrandom(z->seed, SEED_SIZE, GRND_NONBLOCK) != SEED_SIZE ||
	       add_node(z, SETUP_RNG_SEED, z->seed, SEED_SIZE, e);
}

static bool name_node(struct plan *p, const char *name, struct err *e)
{
	char *before = p->handed_nodes;
	int size = asprintf(&p->handed_nodes, "%s%s%s", before ? before : "", before ? ", " : "",
			    name);

	free(before);
	if (size < 0)
		p->handed_nodes = NULL;
	return size >= 0 || err_set(e, "out of memory");
}

static bool collect_firmwares(struct zero_page *z, struct plan *p, struct err *e)
{
	const struct setup_nodes *nodes = &z->w->host->firmware.setup;

	for (size_t i = 0; since(z, 9) && i < nodes->count; i++) {
		const struct setup_node *n = &nodes->at[i];
		const char *name;

		if (n->type == SETUP_DTB && z->w->dtb.size)
			continue;
		if (setup_node_goes_on(n, &name) &&
		    (!add_node(z, n->type, n->data.data, n->data.size, e) ||
		     !name_node(p, name, e)))
			return false;
	}
	return true;
}

static bool collect(struct zero_page *z, struct plan *p, struct err *e)
{
	const struct efi_handover *efi = z->w->efi;
	struct bytes dtb = z->w->dtb;

	return collect_e820(z, e) && collect_seed(z, e) && collect_firmwares(z, p, e) &&
	       (!efi->map.size || add_node(z, SETUP_EFI, &efi->data, sizeof(efi->data), e)) &&
	       (!dtb.size || add_node(z, SETUP_DTB, dtb.data, dtb.size, e));
}

static bool size_all(struct zero_page *z, struct err *e)
{
	z->efi_map_at = align(sizeof(struct boot_params) + strlen(z->w->cmdline) + 1);
	z->used = align(z->efi_map_at + z->w->efi->map.size);
	z->size = z->used;
	for (size_t i = 0; i < z->node_count; i++) {
		if (__builtin_add_overflow(z->size, z->nodes[i].data.size, &z->size) ||
		    __builtin_add_overflow(z->size, sizeof(struct setup_data) + NODE_ALIGN,
					   &z->size))
			return err_set(e, "there is too much to hand over (setup_data)");
	}
	return true;
}

/* ---- Where ---- */

/*
 * Kernels before 2.6.20 (2.05) may look at boot_params through early page tables that map a few
 * megabytes only, those before 2.4 (2.02) expect the command line relative to 0x90000. Page 0 is
 * never used.
 */
static struct range places(const struct zero_page *z)
{
	if (!since(z, 2))
		return (struct range){ OLD_CL_BASE, 0x99fff };
	if (!since(z, 5))
		return (struct range){ PAGE_SIZE, 0x9ffff };
	return (struct range){ PAGE_SIZE, z->w->last };
}

static bool place(struct zero_page *z, struct plan *p, struct err *e)
{
	const struct place want = {
		.name = "boot_params",
		.within = places(z),
		.highest = true,
		.digest = true,
	};
	struct segment *segment;

	if (!plan_place_zeros(p, &want, z->size, &segment, e))
		return false;
	z->data = segment->owned;
	z->page = (struct boot_params *)z->data;
	z->at = segment->paddr;
	p->boot_params = z->at;
	return true;
}

/* ---- Its fields ---- */

/* What only the firmware could tell again, but for EFI, which is handed over or left out whole. */
static void copy_from_host(struct boot_params *page, struct bytes from)
{
	static const struct range copied[] = {
#define FIELD(f) \
	{ offsetof(struct boot_params, f), \
	  offsetof(struct boot_params, f) + sizeof(((struct boot_params *)0)->f) - 1 }
		FIELD(screen_info),
		FIELD(apm_bios_info),
		FIELD(acpi_rsdp_addr),
		FIELD(edid_info),
		FIELD(eddbuf_entries),
		FIELD(edd_mbr_sig_buf_entries),
		FIELD(hdr.hardware_subarch),
		FIELD(hdr.hardware_subarch_data),
		FIELD(edd_mbr_sig_buffer),
		FIELD(eddbuf),
		FIELD(ist_info),
		FIELD(olpc_ofw_header),
		FIELD(secure_boot),
#undef FIELD
	};

	if (from.size < sizeof(*page)) {
		page->screen_info.orig_video_cols = 80;
		page->screen_info.orig_video_lines = 25;
		page->screen_info.orig_video_isVGA = 1;
		page->screen_info.orig_video_points = 16;
		return;
	}
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		bytes_copy(from, copied[i].start, (uint8_t *)page + copied[i].start,
			   range_size(copied[i]));
}

static void fill_header(struct zero_page *z)
{
	const struct zero_page_wants *w = z->w;
	struct setup_header *h = &z->page->hdr;
	uint64_t cmdline = z->at + sizeof(*z->page);

	h->type_of_loader = LOADER_KEXEC;
	h->loadflags &= LOADED_HIGH;
	h->setup_data = 0;
	h->code32_start = (uint32_t)w->kernel_at;
	h->ramdisk_image = (uint32_t)w->initrd_at;
	h->ramdisk_size = (uint32_t)w->initrd_size;
	z->page->ext_ramdisk_image = w->initrd_at >> 32;
	z->page->ext_ramdisk_size = w->initrd_size >> 32;
	if (since(z, 2)) {
		h->cmd_line_ptr = (uint32_t)cmdline;
		z->page->ext_cmd_line_ptr = cmdline >> 32;
	} else {
		z->page->screen_info.cl_magic = OLD_CL_MAGIC;
		z->page->screen_info.cl_offset = cmdline - OLD_CL_BASE;
	}
}

/* For kernels so old that they do not read the e820 map. */
static void fill_memory_size(struct boot_params *page, const struct memmap *map)
{
	page->screen_info.ext_mem_k = 0;
	for (size_t i = 0; i < map->count; i++) {
		struct range r = map->at[i].range;
		uint64_t kib;

		if (map->at[i].type != MEM_RAM || r.start > MIB || r.last <= MIB)
			continue;
		kib = (r.last - MIB) / 1024 + 1;
		page->alt_mem_k = lower(kib, UINT32_MAX);
		page->screen_info.ext_mem_k = lower(kib, 0xfc00);
	}
}

static void fill_e820(struct zero_page *z)
{
	size_t in_page = z->map->count - z->extra_count;

	z->page->e820_entries = in_page;
	for (size_t i = 0; i < in_page; i++)
		z->page->e820_table[i] = e820_entry(z->map->at[i]);
}

static void fill_efi(struct zero_page *z)
{
	const struct efi_handover *efi = z->w->efi;

	if (!efi->map.size)
		return;
	memcpy(z->data + z->efi_map_at, efi->map.data, efi->map.size);
	efi_handover_fill(efi, z->w->host, z->page, z->at + z->efi_map_at);
}

/* Each node goes in front of the list. */
static void fill_nodes(struct zero_page *z)
{
	for (size_t i = 0; i < z->node_count; i++) {
		const struct node *n = &z->nodes[i];
		struct setup_data head = { z->page->hdr.setup_data, n->type, n->data.size };
		uint8_t *at = z->data + z->used;

		z->page->hdr.setup_data = z->at + z->used;
		memcpy(at, &head, sizeof(head));
		memcpy(at + sizeof(head), n->data.data, n->data.size);
		z->used += align(sizeof(head) + n->data.size);
	}
}

static void fill(struct zero_page *z)
{
	const struct linux_kernel *image = z->w->image;
	const struct host *host = z->w->host;

	if (image->elf)
		z->page->hdr = image->header;
	else
		bytes_copy(image->file, SETUP_HEADER_AT, z->data + SETUP_HEADER_AT,
			   image->header_size);
	copy_from_host(z->page, host->firmware.boot_params);
	if (host->screen.now.base)
		screen_describe(&z->page->screen_info, &host->screen.now);
	if (host->firmware.rsdp)
		z->page->acpi_rsdp_addr = host->firmware.rsdp;
	fill_header(z);
	fill_memory_size(z->page, z->map);
	fill_e820(z);
	memcpy(z->data + sizeof(*z->page), z->w->cmdline, strlen(z->w->cmdline));
	fill_efi(z);
	fill_nodes(z);
}

bool zero_page_add(struct plan *p, const struct zero_page_wants *w, struct err *e)
{
	struct zero_page z = { .w = w, .map = &p->next };
	bool ok = collect(&z, p, e) && size_all(&z, e) && place(&z, p, e);

	if (ok)
		fill(&z);
	p->is_linux = true;
	free(z.extra);
	free(z.nodes);
	return ok;
}
