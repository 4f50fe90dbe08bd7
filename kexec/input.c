/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decompress.h"
#include "file_io.h"
#include "input.h"
#include "number.h"

#define INITRD_ALIGN 4

static bool too_large(uint64_t limit, struct err *e)
{
	char words[24];

	return err_set(e, "larger than %s", number_size_words(limit, words));
}

static int memory_file(struct err *e)
{
	int fd = memfd_create("kexec", MFD_CLOEXEC);

	if (fd < 0)
		err_sys(e, errno, "cannot create a file in memory");
	return fd;
}

static bool write_all(int fd, const uint8_t *from, size_t size, struct err *e)
{
	return file_write(fd, from, size) || err_sys(e, errno, "cannot write to a file in memory");
}

/* Appends what a stream gives until its end. */
static bool read_stream(int from, int to, struct err *e)
{
	static uint8_t buffer[1 << 16];
	uint64_t total = 0;

	for (;;) {
		ssize_t n = read(from, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot read");
		if (!n)
			return true;
		total += (uint64_t)n;
		if (total > INPUT_STREAM_MAX)
			return too_large(INPUT_STREAM_MAX, e);
		if (!write_all(to, buffer, (size_t)n, e))
			return false;
	}
}

/* Replaces @in->fd, a stream, by a memfd of its contents. */
static bool keep_stream(struct input *in, struct err *e)
{
	int fd = memory_file(e);

	if (fd < 0)
		return false;
	if (!read_stream(in->fd, fd, e)) {
		close(fd);
		return false;
	}
	close(in->fd);
	in->fd = fd;
	return true;
}

static bool is_device(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISBLK(st.st_mode);
}

static bool map(struct input *in, struct err *e)
{
	off_t size = lseek(in->fd, 0, SEEK_END);
	void *data;

	if (size < 0 || lseek(in->fd, 0, SEEK_SET) < 0)
		return err_sys(e, errno, "cannot tell its size");
	if (!size)
		return err_set(e, "empty");
	if ((uint64_t)size > INPUT_MAX && !is_device(in->fd))
		return too_large(INPUT_MAX, e);
	if ((uint64_t)size > INPUT_MAX)
		size = (off_t)INPUT_MAX;
	data = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, in->fd, 0);
	if (data == MAP_FAILED)
		return err_sys(e, errno, "cannot map %" PRIu64 " bytes", (uint64_t)size);
	in->bytes = (struct bytes){ data, (size_t)size };
	in->mapped = true;
	return true;
}

static bool open_file(struct input *in, const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_sys(e, errno, "cannot open");
	in->fd = fd;
	in->path = path;
	if (fstat(fd, &st))
		return err_sys(e, errno, "cannot stat");
	if (S_ISDIR(st.st_mode))
		return err_set(e, "is a directory");
	/* Files of /proc and /sys are regular, have no size, and cannot be mapped. */
	in->stream = !S_ISBLK(st.st_mode) && !(S_ISREG(st.st_mode) && st.st_size);
	return !in->stream || keep_stream(in, e);
}

bool input_open(struct input *in, const char *path, struct err *e)
{
	return open_file(in, path, e) || err_prefix(e, "%s", path);
}

bool input_map(struct input *in, const char *path, struct err *e)
{
	if (in->fd < 0 && !input_open(in, path, e))
		return false;
	return map(in, e) || err_prefix(e, "%s", path);
}

/* Appends a part of an input to a file; what is mapped is not read into memory for that. */
static bool append(int to, const struct input *in, struct bytes part, struct err *e)
{
	off_t at = (off_t)(part.data - in->bytes.data);
	size_t left = part.size;

	if (!in->mapped)
		return write_all(to, part.data, part.size, e);
	while (left) {
		ssize_t n = sendfile(to, in->fd, &at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, n ? errno : EIO, "cannot copy to a file in memory");
		left -= (size_t)n;
	}
	return true;
}

static bool append_path(struct input *all, uint64_t *total, const char *path, struct err *e)
{
	static const uint8_t zeros[INITRD_ALIGN];
	size_t pad = (size_t)(-*total % INITRD_ALIGN);
	struct input one = INPUT_NONE;
	bool ok = input_map(&one, path, e);

	if (ok) {
		*total += pad + one.bytes.size;
		if (*total > INPUT_MAX)
			ok = too_large(INPUT_MAX, e) || err_prefix(e, "%s and those before", path);
		else
			ok = write_all(all->fd, zeros, pad, e) &&
			     append(all->fd, &one, one.bytes, e);
	}
	input_close(&one);
	return ok;
}

bool input_join(struct input *in, const char *const *paths, size_t count, struct err *e)
{
	uint64_t total = 0;
	int fd;

	if (!count)
		return true;
	if (count == 1)
		return input_map(in, paths[0], e);
	fd = memory_file(e);
	if (fd < 0)
		return false;
	in->fd = fd;
	for (size_t i = 0; i < count; i++) {
		if (!append_path(in, &total, paths[i], e))
			return false;
	}
	return map(in, e);
}

void input_borrow(struct input *in, const struct input *of, struct bytes part)
{
	*in = (struct input){ .bytes = part, .path = of->path, .fd = -1, .of = of };
}

bool input_join_parts(struct input *in, const struct input *of, struct bytes first,
		      struct bytes second, struct err *e)
{
	static const uint8_t zeros[INITRD_ALIGN];
	int fd = memory_file(e);

	if (fd < 0)
		return false;
	in->fd = fd;
	return append(fd, of, first, e) && write_all(fd, zeros, -first.size % INITRD_ALIGN, e) &&
	       append(fd, of, second, e) && map(in, e);
}

bool input_decompress(struct input *in, struct err *e)
{
	return compression_probe(in->bytes) == COMPRESSION_NONE || input_unpack(in, in->bytes, e);
}

bool input_unpack(struct input *in, struct bytes part, struct err *e)
{
	size_t size;
	uint8_t *data;

	if (!decompress(part, INPUT_UNPACKED_MAX, &data, &size, e))
		return false;
	input_close(in);
	in->bytes = (struct bytes){ data, size };
	return true;
}

bool input_fd(struct input *in, int *fd, struct err *e)
{
	if (in->fd < 0) {
		int made = memory_file(e);

		if (made < 0)
			return false;
		if (!append(made, in->of ? in->of : in, in->bytes, e)) {
			close(made);
			return false;
		}
		in->fd = made;
	}
	*fd = in->fd;
	return true;
}

void input_close(struct input *in)
{
	if (in->mapped)
		munmap((void *)in->bytes.data, in->bytes.size);
	else if (!in->of)
		free((void *)in->bytes.data);
	if (in->fd >= 0)
		close(in->fd);
	*in = INPUT_NONE;
}
