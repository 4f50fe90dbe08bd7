/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>

#include "identity.h"
#include "window.h"
#include "window_of.h"

static bool check_kernel(const struct record *record, const struct linux_kernel *image,
			 struct err *e)
{
	bool is64 = record->machine == EM_X86_64;

	return image->has_64bit_entry == is64 ||
	       err_set(e,
		       "the saved kernel is %s and must be restored from a kernel of the same "
		       "kind; this one is %s",
		       is64 ? "x86_64" : "i386", is64 ? "i386 (no 64-bit entry)" : "x86_64");
}

bool window_of_plan(struct plan *p, const struct record *record, const struct host *h,
		    const struct request *r, const struct linux_kernel *image, struct err *e)
{
	const struct lent *lent = &record->lent;
	struct range bounds = { r->mem_min, r->mem_max };

	if (!identity_check(record, h, e) || !check_kernel(record, image, e))
		return false;
	p->window = lent->window;
	p->low = lent->low;
	p->headers = lent->headers;
	return (ranges_add(&p->ram, lent->window) && ranges_remove(&p->ram, lent->gate) &&
		ranges_remove(&p->ram, lent->headers) && ranges_clip(&p->ram, bounds))
		       ? window_map(h, &p->system_ram, lent, &p->next, e)
		       : err_set(e, "out of memory");
}
