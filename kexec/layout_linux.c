/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "layout_linux.h"
#include "number.h"
#include "x86.h"

#define ENTRY_64  0x200 /* from the load address */
#define SEED_SIZE 32	/* as arch/x86/kernel/kexec-bzimage64.c */

/*
 * What an i386 kernel maps directly, whatever the size of its vmalloc area: the initrd_addr_max of
 * the kernels that do not say theirs. An initrd above it has to be copied down by the kernel.
 */
#define LOWMEM_LAST UINT64_C(0x37ffffff)

/*
 * Room to run in, beside the kernel and what is unpacked from the initrd: a kernel with many
 * drivers takes more, and each CPU has its threads and its own data. It is swapped on each jump:
 * not too much.
 */
#define WORKING_MEMORY (32 * MIB)
#define CPU_MEMORY     MIB
#define UNPACKED_RATIO 4

struct layout {
	struct plan *p;
	const struct layout_linux *in;
	const struct image_bzimage *image;
	uint64_t last; /* highest address that the entry allows */
	uint64_t kernel_at;
	uint64_t initrd_at;
};

/* The segment "boot_params": the zero page, the command line, the nodes of setup_data. */
struct params {
	uint8_t *data;		  /* of the segment */
	uint64_t at;		  /* its physical address */
	struct boot_params *page; /* data */
	size_t cmdline_size;	  /* with its NUL */
	size_t extra_entries;	  /* of the e820 map, beyond those in the page */
	uint8_t seed[SEED_SIZE];
	bool has_seed;
	size_t used; /* bytes of data */
	size_t size;
};

static bool since(const struct image_bzimage *image, unsigned minor)
{
	return image->protocol >= BOOT_PROTOCOL(2, minor);
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Why the 64-bit entry is not to be used; NULL when it is. */
static const char *why_not_64(const struct layout_linux *in)
{
	const char *type = in->request->type;

	if (in->host->arch != HOST_X86_64)
		return "the running kernel is a 32-bit one";
	if (in->request->entry_32bit)
		return "--entry-32bit was given";
	if (type && !strcmp(type, "bzImage"))
		return "its type was given as bzImage";
	if (!in->image->has_64bit_entry)
		return "it has no 64-bit entry";
	if (in->host->paging_levels == 5 && !in->image->has_5level)
		return "it cannot be entered with the 5-level paging that is on";
	return NULL;
}

static bool choose_entry(struct layout *l, struct err *e)
{
	const char *type = l->in->request->type, *why = why_not_64(l->in);

	if (l->in->request->real_mode)
		return err_set(e, "--real-mode: a kernel can be entered in protected mode only");
	if (why && type && !strcmp(type, "bzImage64"))
		return err_set(e, "the kernel cannot be entered as bzImage64: %s", why);
	l->p->entry_bits = why ? 32 : 64;
	l->p->image_type = why ? "bzImage" : "bzImage64";
	l->last = !why && l->image->can_be_above_4g ? UINT64_MAX : FOUR_GIB - 1;
	return true;
}

static bool place_kernel(struct layout *l, struct err *e)
{
	const struct image_bzimage *image = l->image;
	struct range within = { image->preferred, l->last };
	struct place want = {
		.name = "kernel",
		.data = image->kernel,
		.memsz = image->init_size,
		.align = image->align,
		.digest = true,
	};
	struct segment *kernel;

	if (!image->has_64bit_entry)
		within.last = LOWMEM_LAST;
	if (within.start > within.last || range_size(within) < image->init_size)
		return err_set(e,
			       "the kernel cannot be below %#" PRIx64 ", where it must be: it "
			       "needs %#" PRIx64 " bytes from %#" PRIx64 " up",
			       within.last + 1, image->init_size, image->preferred);
	if (!image->relocatable)
		within.last = image->preferred + page_up(image->init_size) - 1;
	want.within = within;
	if (!plan_place(l->p, &want, &kernel, e))
		return false;
	l->kernel_at = kernel->paddr;
	l->p->kernel_entry = kernel->paddr + (l->p->entry_bits == 64 ? ENTRY_64 : 0);
	return true;
}

static bool place_initrd(struct layout *l, struct err *e)
{
	uint64_t last = l->last == UINT64_MAX ? l->last : lower(l->last, l->image->initrd_max);
	struct place want = {
		.name = "initrd",
		.data = l->in->initrd,
		.within = { MIB, last },
		.highest = true,
		.digest = true,
	};
	struct segment *initrd;
	bool ok = false;

	if (!l->in->initrd.size)
		return true;
	if (last < MIB)
		return err_set(e,
			       "no room for the initrd: the kernel's initrd_addr_max is "
			       "%#" PRIx64,
			       l->image->initrd_max);
	if (!l->image->has_64bit_entry && last > LOWMEM_LAST) {
		want.within.last = LOWMEM_LAST;
		ok = plan_place(l->p, &want, &initrd, e);
		want.within.last = last;
	}
	if (!ok && !plan_place(l->p, &want, &initrd, e))
		return false;
	l->initrd_at = initrd->paddr;
	return true;
}

static size_t align8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static bool size_params(const struct layout *l, struct params *b, struct err *e)
{
	size_t entries = l->p->next.count, bytes;

	b->cmdline_size = strlen(l->in->cmdline) + 1;
	if (entries > E820_MAX_ENTRIES_ZEROPAGE)
		b->extra_entries = entries - E820_MAX_ENTRIES_ZEROPAGE;
	if (b->extra_entries && !since(l->image, 9))
		return err_set(e,
			       "the memory map has %zu entries, but a kernel of boot protocol "
			       "2.%02u takes %d",
			       entries, l->image->protocol & 0xff, E820_MAX_ENTRIES_ZEROPAGE);
	/* A recorded host has to give the same plan each time. */
	b->has_seed = !l->in->host->recorded && since(l->image, 9) &&
		      getrandom(b->seed, SEED_SIZE, GRND_NONBLOCK) == SEED_SIZE;

	b->used = align8(sizeof(struct boot_params) + b->cmdline_size);
	b->size = b->used;
	if (b->has_seed)
		b->size += sizeof(struct setup_data) + SEED_SIZE;
	if (!b->extra_entries)
		return true;
	if (__builtin_mul_overflow(b->extra_entries, sizeof(struct boot_e820_entry), &bytes) ||
	    bytes > UINT32_MAX ||
	    __builtin_add_overflow(b->size, bytes + sizeof(struct setup_data) + 8, &b->size))
		return err_set(e, "the memory map has too many entries (%zu)", entries);
	return true;
}

/*
 * Kernels before 2.6.20 (2.05) may look at boot_params through early page tables that map a few
 * megabytes only, those before 2.4 (2.02) expect the command line relative to 0x90000. Page 0 is
 * never used.
 */
static struct range params_within(const struct layout *l)
{
	if (!since(l->image, 2))
		return (struct range){ OLD_CL_BASE, 0x99fff };
	if (!since(l->image, 5))
		return (struct range){ PAGE_SIZE, 0x9ffff };
	return (struct range){ PAGE_SIZE, l->last };
}

static bool place_params(struct layout *l, struct params *b, struct err *e)
{
	struct place want = {
		.name = "boot_params",
		.within = params_within(l),
		.highest = true,
		.digest = true,
	};
	struct segment *segment;

	if (!size_params(l, b, e))
		return false;
	b->data = calloc(1, b->size);
	if (!b->data)
		return err_set(e, "out of memory");
	want.owned = b->data;
	want.data = (struct bytes){ b->data, b->size };
	if (!plan_place(l->p, &want, &segment, e))
		return false;
	b->page = (struct boot_params *)b->data;
	b->at = segment->paddr;
	l->p->boot_params = b->at;
	return true;
}

/*
 * What only the firmware could tell again. Not efi_info: with it, the kernel's KASLR takes the
 * firmware's EFI map for RAM instead of the e820 map that we give, and so leaves a window
 * (arch/x86/boot/compressed/kaslr.c process_efi_entries()).
 */
static void copy_from_host(struct boot_params *page, struct bytes from)
{
	static const struct range copied[] = {
#define FIELD(f) \
	{ offsetof(struct boot_params, f), \
	  offsetof(struct boot_params, f) + sizeof(((struct boot_params *)0)->f) - 1 }
		FIELD(screen_info),	     FIELD(apm_bios_info),
		FIELD(acpi_rsdp_addr),	     FIELD(edid_info),
		FIELD(eddbuf_entries),	     FIELD(edd_mbr_sig_buf_entries),
		FIELD(hdr.hardware_subarch), FIELD(hdr.hardware_subarch_data),
		FIELD(edd_mbr_sig_buffer),   FIELD(eddbuf),
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

static void fill_header(const struct layout *l, const struct params *b)
{
	struct setup_header *h = &b->page->hdr;
	uint64_t initrd_size = l->in->initrd.size, cmdline = b->at + sizeof(*b->page);

	h->type_of_loader = LOADER_KEXEC;
	h->loadflags &= LOADED_HIGH;
	h->setup_data = 0;
	h->code32_start = (uint32_t)l->kernel_at;
	h->ramdisk_image = (uint32_t)l->initrd_at;
	h->ramdisk_size = (uint32_t)initrd_size;
	b->page->ext_ramdisk_image = l->initrd_at >> 32;
	b->page->ext_ramdisk_size = initrd_size >> 32;
	if (since(l->image, 2)) {
		h->cmd_line_ptr = (uint32_t)cmdline;
		b->page->ext_cmd_line_ptr = cmdline >> 32;
	} else {
		b->page->screen_info.cl_magic = OLD_CL_MAGIC;
		b->page->screen_info.cl_offset = cmdline - OLD_CL_BASE;
	}
}

static struct boot_e820_entry e820_entry(struct mem_entry from)
{
	return (struct boot_e820_entry){ from.range.start, range_size(from.range), from.type };
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

/* Puts a node in front of the list; its bytes are to be filled in by the caller. */
static uint8_t *add_setup_data(struct params *b, uint32_t type, size_t size)
{
	struct setup_data node = { b->page->hdr.setup_data, type, size };
	uint8_t *at = b->data + b->used;

	b->page->hdr.setup_data = b->at + b->used;
	memcpy(at, &node, sizeof(node));
	b->used += align8(sizeof(node) + size);
	return at + sizeof(node);
}

static void fill_e820(struct params *b, const struct memmap *map)
{
	size_t in_page = map->count - b->extra_entries;
	uint8_t *extra;

	b->page->e820_entries = in_page;
	for (size_t i = 0; i < in_page; i++)
		b->page->e820_table[i] = e820_entry(map->at[i]);
	if (!b->extra_entries)
		return;
	extra = add_setup_data(b, SETUP_E820_EXT,
			       b->extra_entries * sizeof(struct boot_e820_entry));
	for (size_t i = 0; i < b->extra_entries; i++) {
		struct boot_e820_entry entry = e820_entry(map->at[in_page + i]);

		memcpy(extra + i * sizeof(entry), &entry, sizeof(entry));
	}
}

static void fill_params(const struct layout *l, struct params *b)
{
	const struct host *host = l->in->host;

	bytes_copy(l->image->file, SETUP_HEADER_AT, b->data + SETUP_HEADER_AT,
		   l->image->header_size);
	copy_from_host(b->page, host->boot_params);
	if (host->rsdp)
		b->page->acpi_rsdp_addr = host->rsdp;
	fill_header(l, b);
	fill_memory_size(b->page, &l->p->next);
	memcpy(b->data + sizeof(*b->page), l->in->cmdline, b->cmdline_size);
	fill_e820(b, &l->p->next);
	if (b->has_seed)
		memcpy(add_setup_data(b, SETUP_RNG_SEED, SEED_SIZE), b->seed, SEED_SIZE);
}

bool layout_linux(struct plan *p, const struct layout_linux *in, struct err *e)
{
	struct layout l = { .p = p, .in = in, .image = in->image };
	struct params b = { 0 };

	if (!choose_entry(&l, e) || !place_kernel(&l, e) || !place_initrd(&l, e) ||
	    !place_params(&l, &b, e))
		return false;
	fill_params(&l, &b);
	free(p->cmdline);
	p->cmdline = strdup(in->cmdline);
	return p->cmdline || err_set(e, "out of memory");
}

uint64_t layout_linux_needs(const struct image_bzimage *image, uint64_t initrd_size, unsigned cpus)
{
	uint64_t kernel = image->init_size, initrd;
	uint64_t needs = kernel + image->align + cpus * CPU_MEMORY +
			 (kernel > WORKING_MEMORY ? kernel : WORKING_MEMORY);

	if (__builtin_mul_overflow(initrd_size, 1 + UNPACKED_RATIO, &initrd) ||
	    __builtin_add_overflow(needs, initrd, &needs))
		return UINT64_MAX;
	return needs;
}
