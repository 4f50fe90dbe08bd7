/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_io.h"
#include "key_store.h"

void secret_deinit(struct secret *s)
{
	secret_destroy(s->at);
	*s = (struct secret){ 0 };
}

bool secret_read_fd(struct secret *s, int fd, size_t max, struct err *e)
{
	ssize_t got = 1;

	*s = (struct secret){ .at = secret_create(max + 1, e) };
	if (!s->at)
		return false;
	/* One byte more than may be shows that there are too many. */
	while (got > 0 && s->size <= max) {
		got = read(fd, s->at + s->size, max + 1 - s->size);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			s->size += got;
	}
	if (got < 0)
		err_sys(e, errno, "read");
	else if (s->size > max)
		err_set(e, "has more than %zu bytes", max);
	else
		return true;
	secret_deinit(s);
	return false;
}

static bool check_mode(int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(e, errno, "stat");
	return !S_ISREG(st.st_mode) || !(st.st_mode & (S_IRWXG | S_IRWXO)) ||
	       err_set(e, "others than its owner can read or write it; chmod 600 keeps it secret");
}

bool secret_read_file(struct secret *s, const char *path, size_t max, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool ok;

	if (fd < 0)
		return err_sys(e, errno, "%s: cannot open", path);
	ok = (check_mode(fd, e) && secret_read_fd(s, fd, max, e)) || err_prefix(e, "%s", path);
	close(fd);
	return ok;
}

/* What a private key and an image have in common is public; still nobody else has to see it. */
union key_file *key_store_read(const char *path, struct err *e)
{
	struct secret s = { 0 };

	if (!secret_read_file(&s, path, sizeof(union key_file), e))
		return NULL;
	if (key_file_check((const union key_file *)s.at, s.size, e))
		return (union key_file *)s.at;
	err_prefix(e, "%s", path);
	secret_deinit(&s);
	return NULL;
}

union key_file *key_store_read_kind(const char *path, enum key_kind kind, struct err *e)
{
	union key_file *f = key_store_read(path, e);

	if (!f || f->head.kind == kind)
		return f;
	err_set(e, "%s: is no %s: its kind is \"%s\"", path, key_kind_name(kind),
		key_kind_name(f->head.kind));
	secret_destroy(f);
	return NULL;
}

bool key_store_take_image_key(const union key_file *f, const char *path,
			      const struct image_header *h, uint8_t key[KEY_SIZE], struct err *e)
{
	if (memcmp(f->image.id, h->id, sizeof(h->id)))
		return err_set(e, "%s is the key of another image", path);
	memcpy(key, f->image.key, KEY_SIZE);
	return true;
}

bool key_store_image_key(void *opaque, const struct image_header *h, uint8_t key[KEY_SIZE],
			 struct err *e)
{
	union key_file *f = key_store_read_kind(opaque, KEY_IMAGE, e);
	bool ok = f && key_store_take_image_key(f, opaque, h, key, e);

	secret_destroy(f);
	return ok;
}

/* The name is on the disk when its folder is. */
static bool flush_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd;
	bool ok;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && !fsync(fd);
	if (fd >= 0)
		close(fd);
	return ok;
}

bool key_store_create(const char *path, const union key_file *f, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return err_sys(e, errno, "%s", path);
	ok = file_write(fd, f, f->head.size) && !fsync(fd) && flush_folder(path);
	if (!ok) {
		err_sys(e, errno, "%s: write", path);
		unlink(path);
	}
	close(fd);
	return ok;
}

bool key_store_replace(const char *path, const union key_file *f, struct err *e)
{
	char fresh[PATH_MAX];
	int size = snprintf(fresh, sizeof(fresh), "%s.new", path);

	if (size < 0 || (size_t)size >= sizeof(fresh))
		return err_set(e, "%s: is too long a name", path);
	if (!key_store_create(fresh, f, e))
		return false;
	if (!rename(fresh, path) && flush_folder(path))
		return true;
	err_sys(e, errno, "%s: rename to %s", fresh, path);
	unlink(fresh);
	return false;
}
