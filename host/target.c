/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bytes.h"
#include "copy.h"
#include "direct_io.h"
#include "file_io.h"
#include "header.h"
#include "target.h"

/* What nobody has written to yet holds zeros up to here: btrfs has the farthest super block. */
#define LOOK_SIZE (128u << 10)
/* One write. */
#define GATHER_SIZE (1u << 20)
/* So many bytes in the page cache are sent on: with little RAM they cannot wait there. */
#define START_SIZE (8u << 20)

/* What the refusal can name. */
static const struct magic {
	const char *what;
	unsigned offset, size;
	const char *bytes;
} magics[] = {
	{ "an ext2, ext3 or ext4 file system", 0x438, 2, "\x53\xef" },
	{ "an XFS file system", 0, 4, "XFSB" },
	{ "a btrfs file system", 0x10040, 8, "_BHRfS_M" },
	{ "a swap area", 4086, 10, "SWAPSPACE2" },
	{ "a swsusp image", 4086, 9, "S1SUSPEND" },
	{ "a LUKS volume", 0, 4, "LUKS" },
	{ "an LVM volume", 512, 8, "LABELONE" },
	{ "a FAT file system or a partition table", 510, 2, "\x55\xaa" },
	{ "a squashfs file system", 0, 4, "hsqs" },
};

static bool in_list(const char *list, dev_t device, bool swaps)
{
	FILE *f = fopen(list, "re");
	char line[4096], path[4096];
	unsigned major_nr, minor_nr;
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		struct stat st;

		if (swaps)
			found = sscanf(line, "%4095s", path) == 1 && !stat(path, &st) &&
				S_ISBLK(st.st_mode) && st.st_rdev == device;
		else
			found = sscanf(line, "%*s %*s %u:%u", &major_nr, &minor_nr) == 2 &&
				makedev(major_nr, minor_nr) == device;
	}
	if (f)
		fclose(f);
	return found;
}

static bool check_image(const struct image_header *h, struct err *e)
{
	return (h->state != IMAGE_VALID && h->state != IMAGE_STREAM) ||
	       err_set(e, "holds a valid image that was not resumed; resume it, discard it (kdump "
			  "mark), or use --force");
}

static bool refuse_content(struct bytes look, struct err *e)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *m = &magics[i];
		struct bytes at;

		if (bytes_sub(look, m->offset, m->size, &at) && !memcmp(at.data, m->bytes, m->size))
			return err_set(e, "holds %s; wipe it first or use --force", m->what);
	}
	return err_set(e, "holds something that is not an image; wipe it first or use --force");
}

/* What the target holds now must be ours to overwrite, or nothing. */
static bool check_content(const struct target *t, bool force, struct err *e)
{
	uint8_t *look = malloc(LOOK_SIZE);
	ssize_t got = look ? pread(t->fd, look, LOOK_SIZE, 0) : 0;
	struct image_header header;
	struct err ignored;
	bool ok = true;

	if (!look)
		ok = err_set(e, "no memory to look at it");
	else if (got < 0)
		ok = err_sys(e, errno, "read");
	else if (!force && bytes_copy((struct bytes){ look, got }, 0, &header, sizeof(header)) &&
		 image_header_check(&header, &ignored))
		ok = check_image(&header, e);
	else if (!force && got && (look[0] || memcmp(look, look + 1, got - 1)))
		ok = refuse_content((struct bytes){ look, got }, e);
	free(look);
	return ok;
}

/* From here on nobody else can mount it, or use it as swap. */
static bool claim_device(struct target *t, struct err *e)
{
	int fd = file_reopen(t->fd, O_RDWR | O_EXCL);

	if (fd < 0 && errno == EBUSY)
		return err_set(e, "is in use, it or a partition of it: mounted, swap, or part of "
				  "another device");
	if (fd < 0)
		return err_sys(e, errno, "open");
	close(t->fd);
	t->fd = fd;
	return true;
}

static bool check_device(struct target *t, dev_t device, struct err *e)
{
	if (in_list("/proc/self/mountinfo", device, false))
		return err_set(e, "is mounted; unmount it first");
	if (in_list("/proc/swaps", device, true))
		return err_set(e, "is used as swap; swapoff it first");
	if (!claim_device(t, e))
		return false;
	if (ioctl(t->fd, BLKGETSIZE64, &t->room))
		return err_sys(e, errno, "size of the device");
	return true;
}

static bool check_file(struct target *t, const struct stat *st, struct err *e)
{
	struct statvfs fs;

	t->file = true;
	if (fstatvfs(t->fd, &fs))
		return err_sys(e, errno, "free space");
	t->room = (uint64_t)fs.f_bavail * fs.f_frsize + (uint64_t)st->st_blocks * 512;
	return true;
}

static bool open_stream(struct target *t, struct err *e)
{
	t->stream = true;
	t->fd = STDOUT_FILENO;
	t->room = UINT64_MAX;
	if (isatty(t->fd))
		return err_set(e, "standard output is a terminal; send it to a pipe or file");
	return true;
}

static bool check_target(struct target *t, bool force, struct err *e)
{
	struct stat st;

	if (fstat(t->fd, &st))
		return err_sys(e, errno, "stat");
	if (S_ISBLK(st.st_mode))
		return check_device(t, st.st_rdev, e) && check_content(t, force, e);
	if (S_ISREG(st.st_mode))
		return check_file(t, &st, e) && check_content(t, force, e);
	return err_set(e, "is neither a file nor a block device");
}

/* In /dev a name that is not there is a mistake, not a file to be made. */
static bool names_device(const char *path)
{
	return !strncmp(path, "/dev/", 5) && strncmp(path, "/dev/shm/", 9);
}

static void go_direct(struct target *t, bool direct)
{
	int flags = fcntl(t->fd, F_GETFL);

	t->direct = flags >= 0 &&
		    !fcntl(t->fd, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) && direct;
}

static bool gather_create(struct target *t, struct err *e)
{
	t->gather = aligned_alloc(DIRECT_ALIGN, GATHER_SIZE);
	if (!t->gather)
		return err_set(e, "no memory for a buffer");
	go_direct(t, true);
	return true;
}

bool target_open(struct target *t, const char *path, bool force, struct err *e)
{
	*t = (struct target){ .path = path };
	if (!strcmp(path, "-"))
		return open_stream(t, e);
	t->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (t->fd < 0 && errno == ENOENT && !names_device(path)) {
		t->fd = open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0600);
		t->created = t->fd >= 0;
	}
	if (t->fd < 0)
		return err_sys(e, errno, "%s", path);
	if (check_target(t, force, e) && gather_create(t, e))
		return true;
	target_close(t);
	return err_prefix(e, "%s", path);
}

bool target_is(const struct target *t, int fd)
{
	struct stat a, b;

	if (fstat(t->fd, &a) || fstat(fd, &b))
		return false;
	if (S_ISBLK(a.st_mode) && S_ISBLK(b.st_mode))
		return a.st_rdev == b.st_rdev;
	return S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool write_all(struct target *t, const void *data, size_t size, struct err *e)
{
	const char *at = data;

	while (size) {
		ssize_t put = write(t->fd, at, size);

		if (put < 0 && errno == EINTR)
			continue;
		/* A file system may say only now that it wants more alignment, or none of this. */
		if (put < 0 && errno == EINVAL && t->direct) {
			go_direct(t, false);
			continue;
		}
		if (put < 0)
			return err_sys(e, errno, "%s: write",
				       t->stream ? "standard output" : t->path);
		at += put;
		size -= put;
	}
	return true;
}

static bool write_gathered(struct target *t, struct err *e)
{
	size_t size = t->gathered;

	t->gathered = 0;
	/* The end of an image has any size. */
	if (t->direct && size % DIRECT_ALIGN)
		go_direct(t, false);
	return write_all(t, t->gather, size, e);
}

static bool flush(const struct target *t, struct err *e)
{
	return t->stream || !fsync(t->fd) || err_sys(e, errno, "%s: flush", t->path);
}

bool target_header(struct target *t, struct image_header *header, uint32_t state, struct err *e)
{
	header->state = state;
	image_header_seal(header);
	if (t->written < sizeof(*header))
		t->written = sizeof(*header);
	if (t->stream)
		return write_all(t, header, sizeof(*header), e);
	memcpy(t->gather, header, sizeof(*header));
	t->gathered = sizeof(*header);
	if (lseek(t->fd, 0, SEEK_SET) < 0)
		return err_sys(e, errno, "%s: seek", t->path);
	return write_gathered(t, e) && flush(t, e);
}

static void start_writing(struct target *t)
{
	if (!t->direct && t->written - t->started >= START_SIZE) {
		sync_file_range(t->fd, t->started, t->written - t->started, SYNC_FILE_RANGE_WRITE);
		t->started = t->written;
	}
}

bool target_write(struct target *t, const void *data, size_t size, struct err *e)
{
	const uint8_t *at = data;

	if (t->room - t->written < size)
		return err_set(e, "%s: full: the image needs more than %" PRIu64 " bytes", t->path,
			       t->room);
	t->written += size;
	if (t->stream)
		return write_all(t, data, size, e);
	while (size) {
		size_t part = GATHER_SIZE - t->gathered < size ? GATHER_SIZE - t->gathered : size;

		copy_bytes(t->gather + t->gathered, at, part);
		t->gathered += part;
		at += part;
		size -= part;
		if (t->gathered == GATHER_SIZE && !write_gathered(t, e))
			return false;
	}
	start_writing(t);
	return true;
}

bool target_end(struct target *t, struct err *e)
{
	if (!t->stream && !write_gathered(t, e))
		return false;
	if (t->file && ftruncate(t->fd, t->written))
		return err_sys(e, errno, "%s: truncate", t->path);
	return flush(t, e);
}

void target_close(struct target *t)
{
	free(t->gather);
	if (!t->stream)
		close(t->fd);
}
