/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "image_core.h"
#include "purgatory_abi.h"
#include "x86.h"

#define LOW_LAST UINT64_C(0x9ffff)

/* By the first bytes, which are the same for ELF32 and ELF64. */
static bool looks_mine(struct core_file *f)
{
	struct image_header h;
	Elf64_Ehdr ehdr;
	struct err ignored;

	if (!core_file_pread(f, 0, &ehdr, sizeof(ehdr), &ignored))
		return false;
	if (!memcmp(ehdr.e_ident, ELFMAG, SELFMAG))
		return ehdr.e_type == ET_CORE;
	return core_file_pread(f, 0, &h, sizeof(h), &ignored) && image_header_is_ours(&h);
}

static bool whole_pages(uint64_t start, uint64_t last)
{
	return start < last && !(start % PAGE_SIZE) && last % PAGE_SIZE == PAGE_SIZE - 1;
}

/* What all users of a record rely on. */
static bool check_record(const struct jump_record *r, struct err *e)
{
	if (memcmp(r->magic, JUMP_RECORD_MAGIC, sizeof(r->magic)))
		return err_set(e, "no jump record: not the image of a kernel that jumped");
	if (r->version != JUMP_RECORD_VERSION || r->size != sizeof(*r))
		return err_set(e,
			       "jump record of version %" PRIu32 " and %" PRIu32 " bytes; this "
			       "program knows version %d and %zu bytes",
			       r->version, r->size, JUMP_RECORD_VERSION, sizeof(*r));
	if (!whole_pages(r->window_start, r->window_last) ||
	    !whole_pages(r->gate_start, r->gate_last) ||
	    !whole_pages(r->headers_start, r->headers_last) ||
	    (r->low_last && (!whole_pages(r->low_start, r->low_last) || r->low_last > LOW_LAST)) ||
	    r->gate_start < r->window_start || r->gate_last > r->window_last ||
	    r->headers_start < r->window_start || r->headers_last > r->window_last ||
	    r->gate_last - r->gate_start != GATE_SIZE - 1 || r->gate_last > UINT32_MAX ||
	    r->entry != r->gate_start + GATE_REENTRY)
		return err_set(e, "the jump record is damaged: its ranges do not fit each other");
	return true;
}

static bool check_image(struct image_core *c, struct err *e)
{
	const struct core_image *image = &c->file.image;

	if ((image->saved && !image_header_restorable(&image->header, e)) ||
	    !core_image_record(image, &c->record, e) || !check_record(&c->record, e))
		return false;
	if (image->core.machine != c->record.machine)
		return err_set(e, "the jump record and the core are of different architectures");
	if (image->saved && memcmp(&image->header.record, &c->record, sizeof(c->record)))
		return err_set(e, "header page and core have different jump records");
	return true;
}

enum probe image_core_probe(struct image_core *c, const struct input *in, struct err *e)
{
	struct err ignored;

	*c = (struct image_core){ 0 };
	if (in->stream || !core_file_find_fd(&c->file, in->fd, in->path, &ignored))
		return PROBE_NOT_MINE;
	if (!looks_mine(&c->file)) {
		image_core_close(c);
		return PROBE_NOT_MINE;
	}
	if (core_file_read_image(&c->file, e) && check_image(c, e))
		return PROBE_MINE;
	image_core_close(c);
	return PROBE_ERROR;
}

void image_core_close(struct image_core *c)
{
	core_file_close(&c->file);
}

static bool record_of_header(struct core_file *f, struct jump_record *record, struct err *e)
{
	struct image_header h;

	if (!core_file_pread(f, 0, &h, sizeof(h), e) || !image_header_check(&h, e) ||
	    !image_header_restorable(&h, e))
		return false;
	*record = h.record;
	return check_record(record, e);
}

static bool record_of_core(struct core_file *f, struct jump_record *record, struct err *e)
{
	struct core_image image = { 0 };
	bool ok;

	if (!elfcore_read(&image.core, core_file_pread, f, f->size, e))
		return false;
	ok = core_image_record(&image, record, e) && check_record(record, e);
	elfcore_deinit(&image.core);
	return ok;
}

bool image_core_read_record(const char *path, struct jump_record *record, struct err *e)
{
	struct core_file f;
	char magic[SELFMAG];
	bool ok;

	if (!core_file_find(&f, path, e))
		return false;
	ok = core_file_pread(&f, 0, magic, sizeof(magic), e) &&
	     (memcmp(magic, ELFMAG, SELFMAG) ? record_of_header(&f, record, e)
					     : record_of_core(&f, record, e));
	core_file_close(&f);
	return ok;
}
