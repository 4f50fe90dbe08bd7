/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "copy.h"
#include "core_file.h"
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

bool core_file_read_image(struct core_file *f, struct err *e)
{
	if (!core_image_open(&f->image, core_file_pread, f, f->size, e))
		return false;
	if (!f->image.saved && !f->maps)
		f->image.hole_fn = file_hole;
	return true;
}

bool core_file_open(struct core_file *f, const char *path, struct err *e)
{
	if (!core_file_find(f, path, e))
		return err_prefix(e, "%s", path);
	if (core_file_read_image(f, e))
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
	if (!f->path)
		return;
	core_image_close(&f->image);
	map_cache_destroy(f->maps);
	if (f->direct_fd >= 0)
		close(f->direct_fd);
	close(f->fd);
	*f = (struct core_file){ 0 };
}
