/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "boot_params.h"
#include "cmdline.h"
#include "layout_elf.h"
#include "layout_multiboot.h"
#include "multiboot.h"
#include "multiboot_info.h"
#include "x86.h"

#define VGA_TEXT 1 /* screen_info.orig_video_isVGA */

/* What the steps work on. */
struct layout {
	struct plan *p;
	const struct layout_multiboot *in;
	struct multiboot_wants info;
	struct multiboot_part parts[MODULES_MAX];
	uint64_t above; /* everything else goes above the kernel's first byte */
};

static bool check_request(const struct layout_multiboot *in, struct err *e)
{
	const struct request *r = in->request;

	if (r->initrd_count)
		return err_set(e, "--initrd: a multiboot kernel takes modules: --module=\"%s\"",
			       r->initrds[0]);
	if (r->args != ARGS_AUTO)
		return err_set(e,
			       "--args-%s: a multiboot kernel has a way of its own: leave it "
			       "out, or load it as --type=elf-x86",
			       r->args == ARGS_LINUX ? "linux"
			       : r->args == ARGS_ELF ? "elf"
						     : "none");
	return true;
}

/*
 * On a BIOS machine ACPI's tables are found below 1 MiB. On an EFI machine EFI's tables say where
 * they are, to who is started while its boot services run. Multiboot 2 has tags for a copy of the
 * RSDP (14 and 15), but Xen 4.17, for which all this is, passes over them
 * (xen/arch/x86/boot/reloc.c, mbi2_reloc()), and its dom0 would look for itself again.
 */
static bool check_acpi(const struct layout_multiboot *in, struct err *e)
{
	if (!in->host->firmware.efi.bits || in->request->noefi)
		return true;
	return err_set(e, "a multiboot kernel would not find ACPI's tables on this EFI machine: "
			  "it looks where a BIOS leaves them, or asks EFI's boot services, which "
			  "are over (if it can do without: --noefi)");
}

/* Text as the old kernel found it; --reset-vga makes it so. */
static bool find_screen(struct layout *l, struct err *e)
{
	const struct image_multiboot *image = l->in->image;
	const struct request *r = l->in->request;
	struct boot_params now = {};

	if (!image->wants_screen && !image->takes_screen)
		return true;
	bytes_copy(l->in->host->firmware.boot_params, 0, &now, sizeof(now));
	if (r->reset_vga || r->console_vga) {
		l->info.columns = 80;
		l->info.lines = 25;
	} else if (now.screen_info.orig_video_isVGA == VGA_TEXT) {
		l->info.columns = now.screen_info.orig_video_cols;
		l->info.lines = now.screen_info.orig_video_lines;
	}
	return l->info.columns || !image->wants_screen ||
	       err_set(e, "it wants to know of a screen, and none is known to be in text mode: "
			  "try --reset-vga");
}

static bool place_kernel(struct layout *l, struct err *e)
{
	const struct image_multiboot *image = l->in->image;
	const struct image_elf *elf = &image->elf;
	struct range places = image->places;
	uint64_t moved;

	if (!places.last && elf->is_dyn)
		places = (struct range){ MIB, FOUR_GIB - 1 };
	if (!layout_elf_move(l->p, elf, places, &moved, e) || !layout_elf_add(l->p, elf, moved, e))
		return false;
	l->above = elf->loads[0].paddr + moved;
	l->p->kernel_entry = elf->entry + moved;
	l->info.has_base = image->places.last;
	l->info.base = (uint32_t)l->above;
	return true;
}

/* As low as there is room: not every kernel reaches all of the first 4 GiB from its start. */
static struct range beside_kernel(const struct layout *l)
{
	return (struct range){ l->above > MIB ? l->above : MIB, FOUR_GIB - 1 };
}

static bool place_modules(struct layout *l, struct err *e)
{
	for (size_t i = 0; i < l->in->module_count; i++) {
		const struct layout_module *m = &l->in->modules[i];
		const struct place want = {
			.name = "module",
			.data = m->data,
			.within = beside_kernel(l),
			.digest = true,
		};
		struct segment *s;

		if (!plan_place(l->p, &want, &s, e))
			return false;
		l->parts[i] = (struct multiboot_part){
			.start = (uint32_t)s->paddr,
			.end = (uint32_t)(s->paddr + m->data.size),
			.words = m->words,
		};
	}
	l->info.modules = l->parts;
	l->info.module_count = l->in->module_count;
	return true;
}

static bool place_info(struct layout *l, struct err *e)
{
	const struct place want = {
		.name = "multiboot information",
		.within = beside_kernel(l),
		.digest = true,
	};
	struct segment *s;

	if (!plan_place_zeros(l->p, &want, multiboot_info_put(&l->info, NULL, 0), &s, e))
		return false;
	multiboot_info_put(&l->info, s->owned, (uint32_t)s->paddr);
	l->p->boot_params = s->paddr;
	return true;
}

static bool make_cmdline(struct layout *l, struct err *e)
{
	free(l->p->cmdline);
	l->p->cmdline = cmdline_join(l->in->request->kernel, l->in->cmdline);
	l->info.cmdline = l->p->cmdline;
	return l->p->cmdline || err_set(e, "out of memory");
}

bool layout_multiboot(struct plan *p, const struct layout_multiboot *in, struct err *e)
{
	struct layout l = {
		.p = p,
		.in = in,
		.info = { .version = in->image->version, .map = &p->next },
	};

	p->entry_bits = 32;
	p->image_type = in->image->version == 1 ? "multiboot-x86" : "multiboot2-x86";
	p->magic_eax = in->image->version == 1 ? MULTIBOOT_LOADER_MAGIC : MULTIBOOT2_LOADER_MAGIC;
	return check_request(in, e) && check_acpi(in, e) && find_screen(&l, e) &&
	       make_cmdline(&l, e) && place_kernel(&l, e) && place_modules(&l, e) &&
	       place_info(&l, e);
}
