/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "efi_handover.h"
#include "load_cmdline.h"
#include "rsdp_word.h"

/* This kernel's command line without what was meant for this kernel alone. */
static char *reused_cmdline(const struct host *h, bool crash)
{
	static const char *const words[] = {
		"BOOT_IMAGE",
		JUMP_WORD_HEADERS,
		JUMP_WORD_ENTRY,
		"crashkernel",
	};
	size_t count = sizeof(words) / sizeof(words[0]) - !crash;
	char *line = strdup(h->cmdline ? h->cmdline : "");

	for (size_t i = 0; line && i < count; i++) {
		char *without = cmdline_without(line, words[i]);

		free(line);
		line = without;
	}
	return line;
}

bool load_make_cmdline(struct load *l, struct err *e)
{
	const struct request *r = l->r;
	char *reused;

	if (!r->append && !r->reuse_cmdline) {
		l->cmdline = image_uki_cmdline(&l->uki_parts);
		return l->cmdline || err_set(e, "out of memory");
	}
	reused = r->reuse_cmdline ? reused_cmdline(l->host, r->panic) : strdup("");
	if (reused)
		l->cmdline = cmdline_insert(reused, r->append ? r->append : "");
	free(reused);
	return l->cmdline || err_set(e, "out of memory");
}

bool load_put_rsdp(struct load *l, struct err *e)
{
	const struct linux_kernel *image = &l->image.kernel;
	struct efi_handover efi = efi_handover(l->host, image, l->plan.window.last, l->r->noefi);

	return rsdp_word_put(&l->cmdline, l->host, image, efi.map.size, e);
}

bool load_check_cmdline(const struct load *l, size_t more, struct err *e)
{
	size_t length = strlen(l->cmdline), max = l->image.kernel.cmdline_max;

	return (more <= max && length <= max - more) ||
	       err_set(e, "the command line has %zu bytes, but this kernel takes %zu", length,
		       more <= max ? max - more : 0);
}
