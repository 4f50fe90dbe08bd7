/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elf_boot.h"
#include "layout_elf.h"
#include "x86.h"

/* ---- The memory of the file ---- */

static bool check_free(const struct plan *p, struct range r, struct err *e)
{
	return ranges_contain(&p->ram, r) ||
	       err_set(e,
		       "the file must be at %#" PRIx64 "-%#" PRIx64
		       ", which is not all RAM that may be used (--mem-min, --mem-max)",
		       r.start, r.last);
}

static bool add_piece(struct plan *p, const struct elf_piece *piece, uint64_t moved, struct err *e)
{
	const struct place want = {
		.name = "kernel",
		.data = piece->data,
		.owned = piece->owned,
		.memsz = range_size(piece->pages),
		.digest = true,
	};
	struct range at = range_of(piece->pages.start + moved, want.memsz);

	if (check_free(p, at, e))
		return plan_add_at(p, &want, at.start, NULL, e);
	free(piece->owned);
	return false;
}

bool layout_elf_add(struct plan *p, const struct image_elf *elf, uint64_t moved, struct err *e)
{
	struct elf_piece piece;

	for (size_t i = 0; i < elf->load_count; i += piece.load_count) {
		if (!image_elf_piece(elf, i, &piece, e) || !add_piece(p, &piece, moved, e))
			return false;
	}
	return true;
}

bool layout_elf_move(const struct plan *p, const struct image_elf *elf, struct range places,
		     uint64_t *moved, struct err *e)
{
	struct range span = image_elf_span(elf);
	struct range pages = { span.start & PAGE_MASK, span.last | (PAGE_SIZE - 1) };
	uint64_t from = pages.start & ~(elf->align - 1), at;
	const struct place want = {
		.name = "kernel",
		.memsz = pages.last - from + 1,
		.align = elf->align,
		.within = places,
	};

	*moved = 0;
	if (!places.last || (range_contains(places, pages) && ranges_contain(&p->ram, pages)))
		return true;
	if (!plan_find_place(p, &want, &at, e))
		return false;
	*moved = at - from;
	return true;
}

/* ---- A file that is not Linux ---- */

static bool check_request(const struct layout_elf *in, struct err *e)
{
	const struct request *r = in->request;

	if (r->args == ARGS_LINUX)
		return err_set(e, "--args-linux: this ELF file is not a Linux kernel");
	if (in->initrd_size)
		return err_set(e, "--initrd: this ELF file is not a Linux kernel, and is handed a "
				  "command line at most");
	if (r->args == ARGS_NONE && *in->cmdline)
		return err_set(e, "--args-none: then there is no command line, either: leave "
				  "--append and --reuse-cmdline out");
	if (in->elf->bits == 64 && in->host->arch == HOST_I386)
		return err_set(e, "a 64-bit ELF file that is not a Linux kernel cannot be entered "
				  "from a 32-bit kernel");
	if (in->elf->bits == 64 && r->entry_32bit)
		return err_set(e, "--entry-32bit: this ELF file is entered in 64-bit mode");
	return true;
}

static size_t put_note(uint8_t *at, uint32_t type, const char *text)
{
	const uint32_t size = (uint32_t)strlen(text) + 1, head[] = { 0, size, type };

	if (at) {
		memcpy(at, head, sizeof(head));
		memcpy(at + sizeof(head), text, size);
	}
	return sizeof(head) + (((size_t)size + 3) & ~(size_t)3);
}

/* All notes, or, without @at, their size alone. */
static size_t put_notes(uint8_t *at, const char *cmdline)
{
	size_t used = sizeof(struct elf_boot_header);

	used += put_note(at ? at + used : NULL, EBN_BOOTLOADER_NAME, "kexec-jump");
	used += put_note(at ? at + used : NULL, EBN_BOOTLOADER_VERSION, PACKAGE_VERSION);
	used += put_note(at ? at + used : NULL, EBN_COMMAND_LINE, cmdline);
	return used;
}

/* RFC 1071, of an even number of bytes. */
static uint16_t checksum(struct bytes b)
{
	uint32_t sum = 0;
	uint16_t word;

	for (size_t i = 0; bytes_le16(b, i, &word); i += 2) {
		sum += word;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

static bool add_notes(struct plan *p, const char *cmdline, struct err *e)
{
	struct place want = {
		.name = "boot notes",
		.within = { PAGE_SIZE, FOUR_GIB - 1 },
		.highest = true,
		.digest = true,
	};
	struct elf_boot_header head = { .signature = ELF_BOOT_MAGIC, .records = 3 };
	size_t size = put_notes(NULL, cmdline);
	uint8_t *notes = calloc(1, size);
	struct segment *s;

	if (!notes)
		return err_set(e, "out of memory");
	put_notes(notes, cmdline);
	head.size = (uint32_t)size;
	memcpy(notes, &head, sizeof(head));
	head.checksum = checksum((struct bytes){ notes, size });
	memcpy(notes, &head, sizeof(head));
	want.owned = notes;
	want.data = (struct bytes){ notes, size };
	if (!plan_place(p, &want, &s, e))
		return false;
	p->boot_params = s->paddr;
	return true;
}

bool layout_elf(struct plan *p, const struct layout_elf *in, struct err *e)
{
	const struct image_elf *elf = in->elf;
	const struct range below_4g = { MIB, FOUR_GIB - 1 }, nowhere = {};
	uint64_t moved;

	if (!check_request(in, e) ||
	    !layout_elf_move(p, elf, elf->is_dyn ? below_4g : nowhere, &moved, e) ||
	    !layout_elf_add(p, elf, moved, e))
		return false;
	p->entry_bits = elf->bits;
	p->image_type = elf->bits == 64 ? "elf-x86_64" : "elf-x86";
	p->kernel_entry = elf->entry + moved;
	memmap_deinit(&p->next); /* it is told of no memory */
	if (in->request->args == ARGS_NONE)
		return true;
	if (!add_notes(p, in->cmdline, e))
		return false;
	p->cmdline = strdup(in->cmdline);
	return p->cmdline || err_set(e, "out of memory");
}
