/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "copy.h"
#include "core_file.h"
#include "devmem.h"
#include "elfcore_write.h"
#include "file_io.h"
#include "map_cache.h"

/* A new mapping is not worth it for less. */
#define MAP_WORTH 16384

static bool read_mapped(const struct core_file *f, uint64_t offset, void *to, size_t size)
{
	struct map_use u;

	if (!f->maps || size < MAP_WORTH ||
	    !map_cache_take(f->maps, offset, size, (struct range){ 0, INT64_MAX }, &u))
		return false;
	copy_bytes(to, u.at, size);
	map_cache_release(f->maps, &u);
	return true;
}

/* Past the page cache; false for whatever reason: then through it. */
static bool read_direct(const struct core_file *f, uint64_t offset, void *to, size_t size)
{
	return f->direct_fd >= 0 && (offset | size | (uintptr_t)to) % DIRECT_ALIGN == 0 &&
	       pread(f->direct_fd, to, size, offset) == (ssize_t)size;
}

bool core_file_pread(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct core_file *f = opaque;

	if (offset <= (uint64_t)INT64_MAX - size &&
	    (read_mapped(f, offset, to, size) || read_direct(f, offset, to, size)))
		return true;
	return file_read_at(f->fd, offset, to, size, e);
}

static bool file_hole(void *opaque, uint64_t offset, uint64_t size)
{
	const struct core_file *f = opaque;
	off_t data = lseek(f->fd, offset, SEEK_DATA);

	return data < 0 ? errno == ENXIO && offset + size <= f->size
			: (uint64_t)data >= offset + size;
}

/* Files of /proc have no size, devices have theirs elsewhere. */
static bool find_size(struct core_file *f, struct err *e)
{
	struct statfs fs;
	struct stat st;

	if (fstat(f->fd, &st) || fstatfs(f->fd, &fs))
		return err_sys(e, errno, "status");
	f->size = UINT64_MAX;
	if (S_ISBLK(st.st_mode)) {
		if (ioctl(f->fd, BLKGETSIZE64, &f->size))
			return err_sys(e, errno, "size of the device");
	} else if (!S_ISREG(st.st_mode)) {
		return err_set(e, "not a file or a block device");
	} else if ((unsigned)fs.f_type == PROC_SUPER_MAGIC) {
		f->maps = map_cache_create(f->fd, PROT_READ);
	} else {
		f->size = st.st_size;
	}
	return true;
}

static bool find(struct core_file *f, int fd, const char *path, struct err *e)
{
	*f = (struct core_file){ 0 };
	if (fd < 0)
		return err_sys(e, errno, "cannot open");
	*f = (struct core_file){ .fd = fd, .direct_fd = -1, .path = path };
	if (find_size(f, e))
		return true;
	core_file_close(f);
	return false;
}

bool core_file_find(struct core_file *f, const char *path, struct err *e)
{
	return find(f, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), path, e);
}

bool core_file_find_fd(struct core_file *f, int fd, const char *path, struct err *e)
{
	return find(f, fcntl(fd, F_DUPFD_CLOEXEC, 0), path, e);
}

/* In the folder of @f. */
static int open_beside(const struct core_file *f, const char *name, struct err *e)
{
	const char *end = strrchr(f->path, '/');
	char *path;
	int fd;

	if (asprintf(&path, "%.*s%s", end ? (int)(end + 1 - f->path) : 0, f->path, name) < 0) {
		err_set(e, "no memory");
		return -1;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		err_sys(e, errno, "cannot open");
	free(path);
	return fd;
}

static bool read_image(struct core_file *f, struct err *e)
{
	if (!core_image_open(&f->image, f->keys, core_file_pread, f, f->size, e))
		return false;
	if (!f->image.saved && !f->maps)
		f->image.hole_fn = file_hole;
	return true;
}

/* The base of @f, but not what that is based on. */
static bool open_base(struct core_file *f, const char *name, struct err *e)
{
	int fd = open_beside(f, name, e);
	bool ok;

	f->base = fd < 0 ? NULL : calloc(1, sizeof(*f->base));
	ok = fd >= 0 && (f->base || err_set(e, "no memory"));
	ok = ok && core_file_find_fd(f->base, fd, f->path, e) && read_image(f->base, e) &&
	     core_image_complete(&f->base->image, e);
	if (fd >= 0)
		close(fd);
	if (!ok || !core_image_set_base(&f->image, &f->base->image, e))
		return err_prefix(e, "its base, %s", name);
	/* There may be many of them, and little memory. */
	core_image_drop_cache(&f->image);
	return true;
}

bool core_file_read_image(struct core_file *f, struct err *e)
{
	const char *name;
	unsigned bases = 0;

	if (!read_image(f, e))
		return false;
	for (; (name = core_image_base_name(&f->image)); f = f->base)
		if (++bases > CORE_FILE_BASES_MAX)
			return err_set(e, "is based on more than %d images, one on the other",
				       CORE_FILE_BASES_MAX);
		else if (!open_base(f, name, e))
			return false;
	return true;
}

/* ---- what a kernel that was kept has to see ---- */

static bool read_memory(void *opaque, uint64_t paddr, void *to, size_t size, struct err *e)
{
	return devmem_read(opaque, paddr, to, size, e);
}

/* Where the kernel has the memory of each new program header: in pieces, perhaps. */
static bool add_places(struct elfcore *to, const struct elfcore *from, const struct extents *old,
		       struct err *e)
{
	for (size_t i = 0; i < from->load_count; i++) {
		struct elfcore_load l = from->loads[i];

		for (uint64_t left = l.filesz; left; left -= l.filesz) {
			const struct extent *x = extents_find(old, l.paddr);
			uint64_t skip;

			if (!x)
				return err_set(e, "has no memory at %#" PRIx64, l.paddr);
			skip = l.paddr - x->paddr;
			l.offset = x->offset + skip;
			l.filesz = l.memsz = x->size - skip < left ? x->size - skip : left;
			if (!elfcore_add_load(to, &l))
				return err_set(e, "no memory");
			l.paddr += l.filesz;
			/* That of no address (0, -1) is none. */
			l.vaddr += l.vaddr && l.vaddr != UINT64_MAX ? l.filesz : 0;
		}
	}
	return true;
}

static bool same_notes(const struct elfcore *a, const struct elfcore *b)
{
	static const struct {
		const char *name;
		uint32_t type;
	} kinds[] = { { "VMCOREINFO", 0 }, { JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct bytes x = { 0 }, y = { 0 };

		elfcore_note(a, kinds[i].name, kinds[i].type, &x);
		elfcore_note(b, kinds[i].name, kinds[i].type, &y);
		if (x.size != y.size || (x.size && memcmp(x.data, y.data, x.size)))
			return false;
	}
	return true;
}

static bool replace(struct core_memory *m, struct elfcore *now, struct err *e)
{
	struct elfcore core = *now;

	core.loads = NULL;
	core.load_count = core.load_room = 0;
	if (!add_places(&core, now, &m->extents, e)) {
		free(core.loads);
		return false;
	}
	now->notes = NULL; /* they are the new core's */
	elfcore_deinit(&m->core);
	m->core = core;
	return extents_of_core(&m->extents, &m->core, e);
}

/*
 * A kernel that was kept, and is jumped to by another boot of A, has what the first one said of
 * itself in its /proc/vmcore: it read the elfcorehdr once. The new one is in its place.
 */
static bool refresh(struct core_memory *m, struct err *e)
{
	struct record then, now;
	struct elfcore core;
	struct devmem mem;
	struct err ignored;
	bool ok;

	if (!record_of_core(&then, &m->core, &ignored) || !devmem_open(&mem, "", false, &ignored))
		return true;
	ok = elfcore_read_headers(&core, read_memory, &mem, then.lent.headers.start,
				  range_size(then.lent.headers), e);
	devmem_close(&mem);
	if (!ok)
		return err_prefix(e, "the elfcorehdr in memory");
	if (!same_notes(&m->core, &core)) {
		ok = record_of_core(&now, &core, e);
		if (ok && memcmp(&now.lent, &then.lent, sizeof(now.lent)))
			ok = err_set(e, "the elfcorehdr in memory tells of other memory that was "
					"lent");
		ok = ok && replace(m, &core, e);
	}
	elfcore_deinit(&core);
	return ok;
}

/*
 * An i386 kernel without PAE maps the low 32 bits of an address of /proc/vmcore, which is other
 * memory; only its read(2) knows (arch/x86/kernel/crash_dump_32.c, is_crashed_pfn_valid()).
 */
static bool check_reach(const struct core_file *f, struct err *e)
{
	const struct extents *x = &f->image.memory.extents;
	char byte;

	for (size_t i = 0; i < x->count; i++) {
		const struct extent *one = &x->at[i];
		uint64_t end = one->size - 1;

		if (one->paddr + end > UINT32_MAX &&
		    pread(f->fd, &byte, 1, (off_t)(one->offset + end)) < 0 && errno == EFAULT)
			return err_set(e, "the other kernel has memory above 4 GiB, which a kernel "
					  "without PAE cannot read: use one with PAE");
	}
	return true;
}

static bool read_vmcore(struct core_file *f, struct err *e)
{
	return core_file_read_image(f, e) &&
	       (!f->maps || (refresh(&f->image.memory, e) && check_reach(f, e)));
}

bool core_file_open(struct core_file *f, const char *path, struct err *e)
{
	return core_file_open_with(f, path, NULL, e);
}

bool core_file_open_with(struct core_file *f, const char *path, const struct image_keys *keys,
			 struct err *e)
{
	if (!core_file_find(f, path, e))
		return err_prefix(e, "%s", path);
	f->keys = keys;
	if (read_vmcore(f, e))
		return true;
	core_file_close(f);
	return err_prefix(e, "%s", path);
}

void core_file_go_direct(struct core_file *f)
{
	f->direct_fd = file_reopen(f->fd, O_RDONLY | O_NONBLOCK | O_DIRECT);
}

void core_file_close(struct core_file *f)
{
	for (struct core_file *one = f, *base; one; one = base) {
		base = one->base;
		if (one->path) {
			core_image_close(&one->image);
			map_cache_destroy(one->maps);
			if (one->direct_fd >= 0)
				close(one->direct_fd);
			close(one->fd);
		}
		*one = (struct core_file){ 0 };
		if (one != f)
			free(one);
	}
}
