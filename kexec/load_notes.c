/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "boot_params.h"
#include "load_notes.h"
#include "pci_segments.h"
#include "print_plan.h"
#include "setup_nodes.h"

static void tell_of_efi(const struct load *l)
{
	struct err note;

	if (!l->plan.efi_why_not || l->r->noefi)
		return;
	err_set(&note, "the next kernel gets no EFI: %s", l->plan.efi_why_not);
	print_note(l->to->notes, note.text);
}

static void tell_of_loss(const struct load *l, struct err *what)
{
	err_prefix(what, "the next kernel is not given all that the firmware gave");
	print_note(l->to->notes, what->text);
}

static void tell_of_node(const struct load *l, const struct setup_node *node)
{
	struct err note;
	const char *name;

	if (node->type == SETUP_DTB && l->dtb.bytes.size)
		return; /* another was asked for */
	if (setup_node_goes_on(node, &name) && l->image.kernel.protocol < BOOT_PROTOCOL(2, 9))
		err_set(&note, "%s: the kernel is too old for it", name);
	else if (!setup_node_stays(node, &note))
		return;
	tell_of_loss(l, &note);
}

/* What is in boot_params goes on field by field (zero_page.c). */
static void tell_of_boot_params(const struct load *l)
{
	struct bytes page = l->host->firmware.boot_params;
	uint64_t tboot = 0;
	struct err note;

	bytes_le64(page, offsetof(struct boot_params, tboot_addr), &tboot);
	if (!page.size)
		err_set(&note, "/sys/kernel/boot_params/data cannot be read");
	else if (tboot)
		err_set(&note, "tboot: its measured launch ends with this kernel");
	else
		return;
	tell_of_loss(l, &note);
}

/* A driver has another mode, and does not tell where its picture is. */
static void tell_of_screen(const struct load *l)
{
	const struct screen *s = l->plan.screen;
	struct err note;

	if (!s->boot.base || s->now.base || s->is_as_booted || !s->now_width ||
	    (s->now_width == s->boot.width && s->now_height == s->boot.height))
		return;
	err_set(&note,
		"the firmware set the screen to %" PRIu32 "x%" PRIu32 ", %s to %" PRIu32 "x%" PRIu32
		": it may be dark or distorted until the next kernel has a driver for "
		"it",
		s->boot.width, s->boot.height, s->driver, s->now_width, s->now_height);
	print_note(l->to->notes, note.text);
}

void load_tell_of_firmware(const struct load *l)
{
	const struct setup_nodes *nodes = &l->host->firmware.setup;

	tell_of_efi(l);
	if (!l->plan.is_linux)
		return;
	tell_of_screen(l);
	tell_of_boot_params(l);
	for (size_t i = 0; i < nodes->count; i++)
		tell_of_node(l, &nodes->at[i]);
}

/* What purgatory/pci.c cannot reach. */
void load_tell_of_pci(const struct load *l)
{
	char name[PCI_NAME_SIZE];
	struct err note;

	if (!(l->r->return_on_panic || l->r->monitor) || !pci_has_segments(l->host->root, name))
		return;
	err_set(&note,
		"PCI device %s is not in segment 0: nobody stops it when the next kernel "
		"crashes, and what it writes then damages this one's memory",
		name);
	print_note(l->to->notes, note.text);
}
