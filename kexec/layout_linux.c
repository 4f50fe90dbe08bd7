/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "layout_elf.h"
#include "layout_linux.h"
#include "number.h"
#include "pvh_info.h"
#include "real_mode.h"
#include "setup_code.h"
#include "x86.h"
#include "zero_page.h"

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
	const struct linux_kernel *image;
	uint64_t last; /* highest address that the entry allows */
	bool by_pvh;   /* it is entered at its PVH entry ... */
	bool by_setup; /* ... or at that of its setup code, in real mode */
	uint64_t kernel_at;
	uint64_t initrd_at;
};

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

static const char *type_name(const struct linux_kernel *image, unsigned bits)
{
	if (image->elf)
		return image->has_64bit_entry ? "elf-x86_64" : "elf-x86";
	return bits == 64 ? "bzImage64" : "bzImage";
}

/* Whether there is another entry than the 64-bit one; @why: why not that. */
static bool check_entry(const struct layout *l, const char *why, struct err *e)
{
	const char *type = l->in->request->type;
	struct err ignored;

	if (type && !strcmp(type, "bzImage64"))
		return err_set(e, "the kernel cannot be entered as bzImage64: %s", why);
	if (l->image->has_32bit_entry || l->image->pvh_entry)
		return true;
	if (l->image->elf)
		return err_set(e,
			       "a 64-bit vmlinux without CONFIG_PVH is entered in 64-bit mode, but "
			       "%s: use its bzImage",
			       why);
	return err_set(e, "it has a 16-bit entry only, which calls the BIOS (iPXE, memdisk): %s",
		       real_mode_check(l->in->host, &ignored)
			       ? "load it with --real-mode"
			       : "this machine was booted by EFI firmware and has none");
}

static bool choose_setup(struct layout *l, struct err *e)
{
	const struct request *r = l->in->request;

	if (!real_mode_check(l->in->host, e))
		return false;
	if (l->image->elf)
		return err_set(e, "--real-mode: a vmlinux has no 16-bit entry: use its bzImage");
	if (l->p->verb != PLAN_LOAD || r->window_of)
		return err_set(e, "--real-mode: the kernel would ask the BIOS for its memory, and "
				  "get all: it cannot be confined to a part");
	if (r->entry_32bit || (r->type && !strcmp(r->type, "bzImage64")))
		return err_set(e, "--real-mode: that is the 16-bit entry: leave out %s",
			       r->entry_32bit ? "--entry-32bit" : "--type=bzImage64");
	l->by_setup = true;
	l->p->entry_bits = 16;
	l->p->image_type = "bzImage";
	l->last = FOUR_GIB - 1;
	return true;
}

static bool choose_entry(struct layout *l, struct err *e)
{
	const char *why = why_not_64(l->in);

	if (l->in->request->real_mode)
		return choose_setup(l, e);
	if (why && !check_entry(l, why, e))
		return false;
	l->by_pvh = why && !l->image->has_32bit_entry;
	l->p->entry_bits = why ? 32 : 64;
	l->p->image_type = type_name(l->image, l->p->entry_bits);
	l->last = !why && l->image->can_be_above_4g ? UINT64_MAX : FOUR_GIB - 1;
	return true;
}

static bool add_kernel(struct layout *l, const struct place *want, struct err *e)
{
	struct segment *kernel;

	if (l->image->elf)
		return plan_find_place(l->p, want, &l->kernel_at, e) &&
		       layout_elf_add(l->p, l->image->elf, l->kernel_at - l->image->preferred, e);
	if (!plan_place(l->p, want, &kernel, e))
		return false;
	l->kernel_at = kernel->paddr;
	return true;
}

/* By its PVH entry, or when setup code of its own kind has to find it, it is where it belongs. */
static bool may_move(const struct layout *l)
{
	return l->image->relocatable && !l->by_pvh &&
	       !(l->by_setup && !l->image->header.code32_start);
}

static uint64_t protected_entry(const struct layout *l)
{
	if (l->by_pvh)
		return l->image->pvh_entry;
	return l->kernel_at + (l->p->entry_bits == 64 ? l->image->entry_64 : l->image->entry_32);
}

static bool place_kernel(struct layout *l, struct err *e)
{
	const struct linux_kernel *image = l->image;
	struct range within = { image->preferred, l->last };
	struct place want = {
		.name = "kernel",
		.data = image->kernel,
		.memsz = image->init_size,
		.align = image->align,
		.digest = true,
	};

	if (!image->has_64bit_entry)
		within.last = LOWMEM_LAST;
	if (within.start > within.last || range_size(within) < image->init_size)
		return err_set(e,
			       "the kernel does not fit below %#" PRIx64 ", where it must be: it "
			       "needs %#" PRIx64 " bytes from %#" PRIx64 " up",
			       within.last + 1, image->init_size, image->preferred);
	if (!may_move(l))
		within.last = image->preferred + page_up(image->init_size) - 1;
	want.within = within;
	if (!add_kernel(l, &want, e))
		return image->elf && !may_move(l)
			       ? err_append(e, "; as an ELF file it runs nowhere else: use its "
					       "bzImage")
			       : false;
	l->p->kernel_entry = protected_entry(l);
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

static bool add_start_info(struct layout *l, struct err *e)
{
	const struct pvh_wants want = {
		.host = l->in->host,
		.cmdline = l->in->cmdline,
		.initrd_at = l->initrd_at,
		.initrd_size = l->in->initrd.size,
	};

	if (l->in->host->firmware.efi.bits)
		l->p->efi_why_not = "a kernel's PVH entry has no way to hand it over";
	return pvh_info_add(l->p, &want, e);
}

static bool add_zero_page(struct layout *l, struct err *e)
{
	const struct efi_handover efi =
		efi_handover(l->in->host, l->image, l->p->window.last, l->in->request->noefi);
	const struct zero_page_wants want = {
		.image = l->image,
		.efi = &efi,
		.host = l->in->host,
		.cmdline = l->in->cmdline,
		.dtb = l->in->dtb,
		.kernel_at = l->kernel_at,
		.initrd_at = l->initrd_at,
		.initrd_size = l->in->initrd.size,
		.last = l->last,
	};

	l->p->efi_regions = efi.map.size / sizeof(struct efi_memory_desc);
	l->p->efi_why_not = efi.why_not;
	return zero_page_add(l->p, &want, e);
}

static bool add_setup_code(struct layout *l, struct err *e)
{
	const struct setup_code_wants want = {
		.image = l->image,
		.cmdline = l->in->cmdline,
		.kernel_at = l->kernel_at,
		.initrd_at = l->initrd_at,
		.initrd_size = l->in->initrd.size,
	};

	memmap_deinit(&l->p->next); /* it asks the BIOS */
	return setup_code_add(l->p, &want, e);
}

/* A device tree is a node of setup_data, which only the zero page leads to. */
static bool add_information(struct layout *l, struct err *e)
{
	if (l->in->dtb.size && (l->by_setup || l->by_pvh))
		return err_set(e, "a kernel takes no device tree at its %s entry: leave %s out",
			       l->by_setup ? "16-bit" : "PVH",
			       l->by_setup ? "--real-mode" : "--dtb");
	if (l->by_setup)
		return add_setup_code(l, e);
	return l->by_pvh ? add_start_info(l, e) : add_zero_page(l, e);
}

bool layout_linux(struct plan *p, const struct layout_linux *in, struct err *e)
{
	struct layout l = { .p = p, .in = in, .image = in->image };

	if (!choose_entry(&l, e) || !place_kernel(&l, e) || !place_initrd(&l, e) ||
	    !add_information(&l, e))
		return false;
	free(p->cmdline);
	p->cmdline = strdup(in->cmdline);
	return p->cmdline || err_set(e, "out of memory");
}

uint64_t layout_linux_needs(const struct linux_kernel *image, uint64_t initrd_size, unsigned cpus)
{
	uint64_t kernel = image->init_size, initrd;
	uint64_t needs = kernel + image->align + cpus * CPU_MEMORY +
			 (kernel > WORKING_MEMORY ? kernel : WORKING_MEMORY);

	if (__builtin_mul_overflow(initrd_size, 1 + UNPACKED_RATIO, &initrd) ||
	    __builtin_add_overflow(needs, initrd, &needs))
		return UINT64_MAX;
	return needs;
}
