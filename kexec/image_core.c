/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_core.h"
#include "purgatory_abi.h"
#include "x86.h"

#define LOW_LAST UINT64_C(0x9ffff)

static bool read_at(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct image_core *c = opaque;

	for (size_t done = 0; done < size;) {
		ssize_t n = pread(c->fd, (char *)to + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "reading %zu bytes at %#" PRIx64, size, offset);
		if (!n)
			return err_set(e, "ends before offset %#" PRIx64, offset + size);
		done += (size_t)n;
	}
	return true;
}

/* The size of a file or block device that can be read at any offset; false for all else. */
static bool seekable(int fd, uint64_t *size)
{
	struct stat st;
	off_t end;

	if (fstat(fd, &st) || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		return false;
	end = lseek(fd, 0, SEEK_END);
	*size = end > 0 ? (uint64_t)end : 0;
	return *size;
}

/* By the first bytes, which are the same for ELF32 and ELF64. */
static bool looks_mine(struct image_core *c)
{
	struct image_header h;
	Elf64_Ehdr ehdr;
	struct err ignored;

	if (!read_at(c, 0, &ehdr, sizeof(ehdr), &ignored))
		return false;
	if (!memcmp(ehdr.e_ident, ELFMAG, SELFMAG))
		return ehdr.e_type == ET_CORE;
	return read_at(c, 0, &h, sizeof(h), &ignored) && image_header_is_ours(&h);
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
	const struct core_image *image = &c->image;

	if ((image->saved && !image_header_restorable(&image->header, e)) ||
	    !core_image_record(image, &c->record, e) || !check_record(&c->record, e))
		return false;
	if (image->core.machine != c->record.machine)
		return err_set(e, "the jump record is of another machine than the core");
	if (image->saved && memcmp(&image->header.record, &c->record, sizeof(c->record)))
		return err_set(e, "header page and core have different jump records");
	return true;
}

enum probe image_core_probe(struct image_core *c, const char *path, struct err *e)
{
	uint64_t size;

	*c = (struct image_core){ .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) };
	if (c->fd < 0 || !seekable(c->fd, &size) || !looks_mine(c)) {
		image_core_close(c);
		return PROBE_NOT_MINE;
	}
	if (!core_image_open(&c->image, read_at, c, size, e)) {
		close(c->fd);
		c->fd = -1;
		return PROBE_ERROR;
	}
	if (check_image(c, e))
		return PROBE_MINE;
	image_core_close(c);
	return PROBE_ERROR;
}

void image_core_close(struct image_core *c)
{
	if (c->image.pread_fn)
		core_image_close(&c->image);
	if (c->fd >= 0)
		close(c->fd);
	*c = (struct image_core){ .fd = -1 };
}

static bool record_of_header(struct image_core *c, struct err *e)
{
	struct image_header *h = &c->image.header;

	if (!read_at(c, 0, h, sizeof(*h), e) || !image_header_check(h, e) ||
	    !image_header_restorable(h, e))
		return false;
	c->record = h->record;
	return check_record(&c->record, e);
}

static bool record_of_core(struct image_core *c, uint64_t size, struct err *e)
{
	bool ok;

	if (!elfcore_read(&c->image.core, read_at, c, size, e))
		return false;
	ok = core_image_record(&c->image, &c->record, e) && check_record(&c->record, e);
	elfcore_deinit(&c->image.core);
	return ok;
}

bool image_core_read_record(const char *path, struct jump_record *record, struct err *e)
{
	struct image_core c = { .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) };
	char magic[SELFMAG];
	uint64_t size;
	bool ok;

	if (c.fd < 0)
		return err_sys(e, errno, "cannot open");
	if (!seekable(c.fd, &size))
		ok = err_set(e, "not a file or block device with something in it");
	else
		ok = read_at(&c, 0, magic, sizeof(magic), e) &&
		     (memcmp(magic, ELFMAG, SELFMAG) ? record_of_header(&c, e)
						     : record_of_core(&c, size, e));
	close(c.fd);
	*record = c.record;
	return ok;
}
