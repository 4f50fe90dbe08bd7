/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>

#include "identity.h"
#include "window.h"
#include "window_of.h"

static bool check_kernel(const struct jump_record *record, const struct image_bzimage *image,
			 struct err *e)
{
	bool is64 = record->machine == EM_X86_64;

	return image->has_64bit_entry == is64 ||
	       err_set(e,
		       "the saved kernel is %s and must be restored from a kernel of the same "
		       "kind; this one is %s",
		       is64 ? "x86_64" : "i386", is64 ? "i386 (no 64-bit entry)" : "x86_64");
}

static bool check_lent(const struct window_parts *parts, const struct ranges *ram, struct err *e)
{
	const struct range lent[] = { parts->main, parts->low };

	for (size_t i = 0; i < 2; i++) {
		if (lent[i].last && !ranges_contain(ram, lent[i]))
			return err_set(e,
				       "%#" PRIx64 "-%#" PRIx64 ", which the saved kernel had "
				       "lent, is not RAM here",
				       lent[i].start, lent[i].last);
	}
	return true;
}

bool window_of_plan(struct plan *p, const struct jump_record *record, const struct host *h,
		    const struct request *r, const struct image_bzimage *image, struct err *e)
{
	const struct window_parts parts = {
		.main = { record->window_start, record->window_last },
		.low = { record->low_start, record->low_last },
		.gate = { record->gate_start, record->gate_last },
		.headers = { record->headers_start, record->headers_last },
	};
	struct range bounds = { r->mem_min, r->mem_max };

	if (!identity_check(record, h, e) || !check_kernel(record, image, e) ||
	    !check_lent(&parts, &p->system_ram, e))
		return false;
	p->window = parts.main;
	p->low = parts.low;
	p->headers = parts.headers;
	return (ranges_add(&p->ram, parts.main) && ranges_remove(&p->ram, parts.gate) &&
		ranges_remove(&p->ram, parts.headers) && ranges_clip(&p->ram, bounds))
		       ? window_map(h, &p->system_ram, &parts, &p->next, e)
		       : err_set(e, "out of memory");
}
