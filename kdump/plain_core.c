/* SPDX-License-Identifier: GPL-2.0-only */
#include "plain_core.h"

/* With its lent pages put back: of a kernel that lent none it is the same core in other headers. */
static bool open_for_analysis(struct plain_core *p, struct err *e)
{
	const struct core_memory *memory = &p->file->image.memory;
	const struct ranges nothing = { 0 };
	bool ok = true;

	if (!peer_kernel_open(&p->kernel, memory, e))
		return false;
	if (p->kernel.has_record && !p->kernel.pages.count)
		ok = err_set(e, "lent pages cannot be put back: %s", p->kernel.pages_why.text);
	ok = ok && core_writer_init(&p->writer, memory, &nothing, 0, &p->kernel, e);
	if (!ok)
		peer_kernel_close(&p->kernel);
	return ok;
}

bool plain_core_open(struct plain_core *p, struct core_file *file, bool for_analysis, struct err *e)
{
	*p = (struct plain_core){ .file = file, .for_analysis = for_analysis };
	if (!core_image_complete(&file->image, e) || (for_analysis && !open_for_analysis(p, e)))
		return false;
	p->size = for_analysis ? p->writer.core_size : file->image.core_size;
	return true;
}

bool plain_core_read(struct plain_core *p, uint64_t offset, void *to, size_t size, struct err *e)
{
	return p->for_analysis ? core_writer_read(&p->writer, offset, to, size, e)
			       : core_image_read(&p->file->image, offset, to, size, e);
}

void plain_core_close(struct plain_core *p)
{
	if (!p->for_analysis)
		return;
	core_writer_deinit(&p->writer);
	peer_kernel_close(&p->kernel);
}
