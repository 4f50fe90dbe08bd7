/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core_image.h"
#include "file_io.h"
#include "mark.h"
#include "target.h"

static bool read_header(int fd, struct image_header *h, struct err *e)
{
	ssize_t got = pread(fd, h, sizeof(*h), 0);

	if (got < 0)
		return err_sys(e, errno, "read");
	if (got != sizeof(*h))
		return err_set(e, "no image header");
	return image_header_check(h, e);
}

static bool read_page(const char *path, struct image_header *h, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ok;

	if (fd < 0)
		return err_sys(e, errno, "%s", path);
	ok = read_header(fd, h, e) || err_prefix(e, "%s", path);
	close(fd);
	return ok;
}

bool mark_empty(const char *path, bool force, struct err *e)
{
	struct image_header h = { 0 };
	struct target t;
	bool ok;

	if (!target_open(&t, path, force, e))
		return false;
	ok = target_header(&t, &h, IMAGE_EMPTY, e);
	target_close(&t);
	return ok;
}

bool mark_discard(const char *path, bool force, struct err *e)
{
	struct image_header h;

	return (force || read_page(path, &h, e)) && mark_empty(path, true, e);
}

/* A stream that was kept in a file is as good as a valid image, under a name of its own. */
static uint32_t state_for(const struct image_header *h, uint32_t state)
{
	return state == IMAGE_VALID && !h->image_size ? IMAGE_STREAM : state;
}

static bool change(int fd, uint32_t from, uint32_t to, unsigned attempts, const uint8_t *id,
		   struct err *e)
{
	struct image_header h;

	if (!read_header(fd, &h, e))
		return false;
	from = state_for(&h, from);
	if (h.state != from)
		return err_set(e, "its state is %s, not %s", image_state_name(h.state),
			       image_state_name(from));
	if (id && memcmp(h.id, id, sizeof(h.id)))
		return err_set(e, "it holds a different image now");
	h.state = state_for(&h, to);
	h.resume_attempts += attempts;
	image_header_seal(&h);
	return (file_write_at(fd, 0, &h, sizeof(h)) && !fsync(fd)) ||
	       err_sys(e, errno, "write of the header page");
}

bool mark_state(const char *path, uint32_t from, uint32_t to, unsigned attempts, const uint8_t *id,
		struct err *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	bool ok;

	if (fd < 0)
		return err_sys(e, errno, "%s", path);
	ok = change(fd, from, to, attempts, id, e) || err_prefix(e, "%s", path);
	close(fd);
	return ok;
}
