/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "real_mode.h"
#include "setup_code.h"
#include "x86.h"

/* In its segment: where the stack begins, which grows down to the heap, and the command line. */
#define STACK_TOP     0xe000
#define STACK_TOP_OLD 0x9800 /* all has to be below 0x9a000 then */
#define STACK_SIZE    0x200
#define HEAP_MIN      0x1000
#define ENTRY	      0x200

static bool since(const struct setup_code_wants *w, unsigned minor)
{
	return w->image->protocol >= BOOT_PROTOCOL(2, minor);
}

static uint32_t stack_top(const struct setup_code_wants *w)
{
	return since(w, 2) ? STACK_TOP : STACK_TOP_OLD;
}

/* As high as there is room: what starts there moves itself to lower memory (iPXE, memdisk). */
static bool place(struct plan *p, const struct setup_code_wants *w, uint8_t **data, struct err *e)
{
	struct place want = {
		.name = "setup",
		.within = real_mode_memory,
		.highest = true,
		.digest = true,
	};
	struct bytes code = w->image->setup;
	size_t line = strlen(w->cmdline) + 1, size = stack_top(w) + line;
	struct segment *s;

	if (code.size > stack_top(w) - STACK_SIZE - HEAP_MIN)
		return err_set(e, "its setup code of %zu bytes leaves no room for a stack",
			       code.size);
	if (!since(w, 2))
		want.within = (struct range){ OLD_CL_BASE, OLD_CL_BASE + page_up(size) - 1 };
	if (!plan_place_zeros(p, &want, size, &s, e))
		return false;
	memcpy(s->owned, code.data, code.size);
	memcpy(s->owned + stack_top(w), w->cmdline, line);
	*data = s->owned;
	p->boot_params = s->paddr;
	return true;
}

static void fill_header(const struct setup_code_wants *w, uint64_t at, uint8_t *data)
{
	struct boot_params *page = (struct boot_params *)data;
	struct setup_header *h = &page->hdr;

	h->type_of_loader = LOADER_KEXEC;
	if (h->code32_start)
		h->code32_start = (uint32_t)w->kernel_at;
	h->ramdisk_image = (uint32_t)w->initrd_at;
	h->ramdisk_size = (uint32_t)w->initrd_size;
	if (since(w, 1)) {
		h->heap_end_ptr = (uint16_t)(stack_top(w) - STACK_SIZE);
		h->loadflags |= CAN_USE_HEAP;
	}
	if (since(w, 2)) {
		h->cmd_line_ptr = (uint32_t)at + stack_top(w);
	} else {
		page->screen_info.cl_magic = OLD_CL_MAGIC;
		page->screen_info.cl_offset = (uint16_t)stack_top(w);
		h->setup_move_size = (uint16_t)(stack_top(w) + strlen(w->cmdline) + 1);
	}
}

bool setup_code_add(struct plan *p, const struct setup_code_wants *w, struct err *e)
{
	uint8_t *data;

	if (!place(p, w, &data, e))
		return false;
	fill_header(w, p->boot_params, data);
	p->stack = stack_top(w);
	p->kernel_entry = p->boot_params + ENTRY;
	return real_mode_place(p, e);
}
