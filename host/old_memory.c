/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "old_memory.h"
#include "x86.h"

#define VMCORE "/proc/vmcore"

static bool open_kernel(struct old_memory *m, struct err *e)
{
	const struct core_memory *memory = &m->core.image.memory;

	if (!core_memory_record(memory, &m->record, e) || !peer_kernel_open(&m->kernel, memory, e))
		return err_prefix(e, VMCORE);
	if (!devmem_open(&m->devmem, "", true, e)) {
		peer_kernel_close(&m->kernel);
		return false;
	}
	return true;
}

bool old_memory_open(struct old_memory *m, struct err *e)
{
	if (!core_file_open(&m->core, VMCORE, e))
		return err_append(e,
				  "; only a kernel that was jumped to sees the other one's memory");
	if (open_kernel(m, e))
		return true;
	core_file_close(&m->core);
	return false;
}

void old_memory_close(struct old_memory *m)
{
	devmem_close(&m->devmem);
	peer_kernel_close(&m->kernel);
	core_file_close(&m->core);
}

bool old_memory_page(struct old_memory *m, uint64_t page, bool write, uint64_t *now, struct err *e)
{
	bool lent = lent_has(&m->record.lent, page);

	if (!lent && !extents_find(&m->core.image.memory.extents, page))
		return err_set(e, "%#" PRIx64 " was not RAM of the kernel that jumped here", page);
	if (!peer_kernel_page(&m->kernel, page, now, e))
		return false;
	if (write && lent && *now == page)
		return err_set(e,
			       "page %#" PRIx64
			       " was free when it was lent: it has no content that "
			       "could be changed",
			       page);
	if (ranges_overlap(&m->devmem.iomem.own, range_of(*now, PAGE_SIZE)) &&
	    !(lent && *now == page))
		return err_set(e, "%#" PRIx64 " is this kernel's own memory", page);
	return true;
}

bool old_memory_read(struct old_memory *m, uint64_t now, void *to, size_t size, struct err *e)
{
	/* Whatever is lent now is where old_memory_page() found nothing of that kernel's. */
	if (lent_has(&m->record.lent, now)) {
		memset(to, 0, size);
		return true;
	}
	return core_memory_read_phys(&m->core.image.memory, now, to, size, e);
}

bool old_memory_write(struct old_memory *m, uint64_t now, const void *from, size_t size,
		      struct err *e)
{
	return devmem_write(&m->devmem, now, from, size, range_of(now & PAGE_MASK, PAGE_SIZE), e);
}
