/* SPDX-License-Identifier: GPL-2.0-only */

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu.h"
#include "elfcore_write.h"
#include "file_io.h"
#include "identity.h"
#include "reader.h"
#include "progress.h"
#include "purgatory_abi.h"
#include "restore.h"
#include "x86.h"

/*
 * Program headers may describe the same bytes twice (a kernel's text); then the physical
 * addresses must agree.
 */
static bool join_extents(struct restore *r, struct err *e)
{
	size_t count = 0;

	extents_sort_by_offset(&r->extents);
	for (size_t i = 0; i < r->extents.count; i++) {
		struct extent x = r->extents.at[i];
		struct extent *last = count ? &r->extents.at[count - 1] : NULL;

		if (last && x.offset < last->offset + last->size) {
			uint64_t end = x.offset + x.size;

			if (x.paddr - last->paddr != x.offset - last->offset)
				return err_set(
					e,
					"two program headers place the same bytes at %#" PRIx64
					" and elsewhere",
					x.paddr);
			if (end > last->offset + last->size)
				last->size = end - last->offset;
			continue;
		}
		r->extents.at[count++] = x;
	}
	r->extents.count = count;
	return true;
}

/* Two pieces for one address: one of them would be lost. */
static bool check_overlaps(struct restore *r, struct err *e)
{
	bool ok = true;

	extents_sort_by_paddr(&r->extents);
	for (size_t i = 0; ok && i < r->extents.count; i++) {
		const struct extent *x = &r->extents.at[i], *before = i ? x - 1 : NULL;

		if (x->paddr + (x->size - 1) < x->paddr ||
		    (before && x->paddr - before->paddr < before->size))
			ok = err_set(e, "the image has memory at %#" PRIx64 " twice", x->paddr);
		r->bytes += x->size;
	}
	extents_sort_by_offset(&r->extents);
	return ok;
}

/*
 * Of a saved image each program header counts: all are ours, and one too many is damage. A copy of
 * /proc/vmcore has x86_64's kernel text twice, with the same bytes: once is enough.
 */
static bool list_extents(struct restore *r, struct err *e)
{
	const struct elfcore *core = &r->image->memory.core;

	if (!r->image->saved)
		return extents_of_core(&r->extents, core, e) && join_extents(r, e) &&
		       check_overlaps(r, e);
	r->extents.at = calloc(core->load_count + 1, sizeof(*r->extents.at));
	if (!r->extents.at)
		return err_set(e, "no memory for %zu program headers", core->load_count);
	for (size_t i = 0; i < core->load_count; i++)
		if (core->loads[i].filesz)
			r->extents.at[r->extents.count++] =
				(struct extent){ core->loads[i].offset, core->loads[i].paddr,
						 core->loads[i].filesz };
	return join_extents(r, e) && check_overlaps(r, e);
}

/* Where one piece may go: into the saved kernel's own RAM, and of what it lent only the gate. */
static bool check_extent(const struct restore *r, const struct extent *x, const struct devmem *m,
			 struct err *e)
{
	const struct lent *lent = &r->record.lent;
	struct range at = extent_range(x);
	uint64_t paddr;

	if (lent_but_gate(lent, at, &paddr))
		return err_set(e, "the image has memory at %#" PRIx64 " that its kernel had lent",
			       paddr);
	if (!m)
		return true;
	if (ranges_overlap(&m->iomem.own, at))
		return err_set(e,
			       "memory at %#" PRIx64
			       " is in use by this kernel; it must be confined to "
			       "%#" PRIx64 "-%#" PRIx64 " (kexec -l KERNEL --window-of=IMAGE)",
			       x->paddr, lent->window.start, lent->window.last);
	if (!ranges_contain(&m->iomem.reserved, at))
		return err_set(e, "%#" PRIx64 "-%#" PRIx64 " is not RAM on this machine", at.start,
			       at.last);
	return true;
}

/* By the CPU alone: what else is known of the machine was compared when this kernel was loaded. */
static bool check_machine(const struct record *record, struct err *e)
{
	struct cpu now = { 0 };

#ifdef __x86_64__
	if (record->machine != EM_X86_64)
		return err_set(e, "an i386 kernel's image needs the i386 programs and kernel");
#else
	if (record->machine != EM_386)
		return err_set(e, "an x86_64 kernel's image needs the x86_64 programs and kernel");
#endif
	cpu_identify(&now);
	return identity_check_cpu(record, &now, e);
}

bool restore_plan(struct restore *r, struct core_image *image, struct image_stream *stream,
		  const struct devmem *m, struct err *e)
{
	bool ok;

	*r = (struct restore){ .image = image, .stream = stream };
	ok = (!image->saved || image_header_restorable(&image->header, e)) &&
	     core_memory_record(&image->memory, &r->record, e) && check_machine(&r->record, e) &&
	     list_extents(r, e);
	for (size_t i = 0; ok && i < r->extents.count; i++)
		ok = check_extent(r, &r->extents.at[i], m, e);
	/* Its first frame has been read, for the headers, and will not come again. */
	if (ok && stream && r->extents.count && r->extents.at[0].offset < stream->headers_size)
		ok = err_set(
			e,
			"there is memory in the zstd frame of the headers: kdump did not write it");
	if (!ok)
		restore_deinit(r);
	return ok;
}

bool restore_check_peer(const struct core_memory *peer, struct err *e)
{
	struct gate_params gate;
	struct record record;
	struct err ignored;

	if (!core_memory_record(peer, &record, &ignored))
		return true;
	if (!core_memory_gate(peer, record.lent.gate.start, &gate, e))
		return err_prefix(e, "the kernel that jumped here");
	if (!(gate.flags & GATE_MONITOR))
		return true;
	return err_set(e, "the kernel that jumped here waits on the boot CPU (--monitor), where a "
			  "restored one goes on; restore from a kernel that was started by "
			  "kexec -l KERNEL --window-of=IMAGE");
}

void restore_deinit(struct restore *r)
{
	extents_deinit(&r->extents);
	*r = (struct restore){ 0 };
}

struct writer {
	const struct restore *r;
	const struct devmem *m;
};

/* Puts the parts of a frame where their extents say; bytes in no extent are headers and notes. */
static bool put_frame(void *opaque, uint64_t offset, const uint8_t *data, size_t size,
		      struct err *e)
{
	const struct writer *w = opaque;
	const struct restore *r = w->r;

	for (size_t i = extents_from_offset(&r->extents, offset);
	     i < r->extents.count && r->extents.at[i].offset < offset + size; i++) {
		const struct extent *x = &r->extents.at[i];
		uint64_t from = x->offset > offset ? x->offset : offset;
		uint64_t end = x->offset + x->size < offset + size ? x->offset + x->size
								   : offset + size;

		if (!devmem_write(w->m, x->paddr + (from - x->offset), data + (from - offset),
				  end - from, extent_range(x), e))
			return false;
	}
	return true;
}

bool restore_memory(const struct restore *r, const struct devmem *m, unsigned threads,
		    void (*report)(const char *line), struct err *e)
{
	size_t count = r->extents.count;
	const struct extent *last = count ? &r->extents.at[count - 1] : NULL;
	struct writer w = { r, m };
	struct progress progress;
	uint64_t core_bytes;
	bool ok;

	progress_start(&progress, m ? "restored" : "verified", "read", r->bytes, report);
	ok = image_reader_run(&(struct image_reader){ .image = r->image,
						      .stream = r->stream,
						      .threads = threads,
						      .take = m ? put_frame : NULL,
						      .opaque = &w,
						      .progress = progress_step,
						      .progress_opaque = &progress },
			      &core_bytes, e);
	progress_end(&progress);
	if (ok && last && core_bytes < last->offset + last->size)
		ok = err_set(e, "%" PRIu64 " bytes came, the headers tell of %" PRIu64 " and more",
			     core_bytes, last->offset + last->size);
	return ok;
}

/* A core of the gate, with the jump record as its note. */
static bool describe_gate(struct elfcore *core, const struct restore *r)
{
	const struct range gate = r->record.lent.gate;
	struct bytes raw;

	*core = (struct elfcore){ .is64 = true,
				  .machine = r->record.machine,
				  .entry = r->record.entry };
	return elfcore_note(&r->image->memory.core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE,
			    &raw) &&
	       elfcore_add_note(core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, raw) &&
	       elfcore_add_load(core,
				&(struct elfcore_load){
					.flags = PF_R | PF_W | PF_X,
					.offset = elfcore_headers_size(true, 1, core->notes_size),
					.paddr = gate.start,
					.filesz = range_size(gate),
					.memsz = range_size(gate),
				});
}

bool restore_write_gate(const struct restore *r, const struct devmem *m, const char *path,
			struct err *e)
{
	struct elfcore core;
	bool ok = describe_gate(&core, r);
	size_t headers = elfcore_headers_size(true, 1, core.notes_size);
	size_t size = range_size(r->record.lent.gate);
	uint8_t *bytes = calloc(1, headers + size);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ok = (ok && bytes) || err_set(e, "no memory for the gate");
	if (ok) {
		elfcore_write_headers(&core, 0, bytes);
		ok = devmem_read(m, r->record.lent.gate.start, bytes + headers, size, e);
	}
	if (ok && (fd < 0 || !file_write(fd, bytes, headers + size)))
		ok = err_sys(e, errno, "%s", path);
	if (fd >= 0)
		close(fd);
	free(bytes);
	elfcore_deinit(&core);
	return ok;
}
