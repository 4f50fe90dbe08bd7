/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "copy.h"
#include "devmem.h"
#include "map_cache.h"
#include "policy.h"
#include "x86.h"

#define DEVICE "/dev/mem"

static void explain(const char *root, const char *path, int errnum, struct err *e)
{
	struct err cause;

	if (errnum == ENOENT)
		err_set(e,
			"%s is not there: the kernel needs CONFIG_DEVMEM=y, and /dev has to be "
			"mounted",
			path);
	else if ((errnum == EPERM || errnum == EACCES) && policy_cause(root, POLICY_DEVMEM, &cause))
		err_set(e, "%s: %s", path, cause.text);
	else
		err_sys(e, errnum, "%s", path);
}

int devmem_open_device(const char *root, bool writable, struct err *e)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s" DEVICE, root) < 0)
		return err_set(e, "out of memory"), -1;
	fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		explain(root, path, errno, e);
	free(path);
	return fd;
}

bool devmem_open(struct devmem *m, const char *root, bool writable, struct err *e)
{
	*m = (struct devmem){ .fd = devmem_open_device(root, writable, e) };
	if (m->fd < 0)
		return false;
	if (!iomem_read(&m->iomem, root, e)) {
		close(m->fd);
		return false;
	}
	m->maps = writable ? map_cache_create(m->fd, PROT_READ | PROT_WRITE) : NULL;
	return true;
}

void devmem_close(struct devmem *m)
{
	map_cache_destroy(m->maps);
	iomem_deinit(&m->iomem);
	close(m->fd);
}

/* Maps the pages around the range; NULL with @e set. */
static char *map(const struct devmem *m, uint64_t paddr, size_t size, int protection,
		 size_t *length, struct err *e)
{
	size_t skip = paddr % PAGE_SIZE;
	void *at;

	if (!size || ranges_overlap(&m->iomem.own, (struct range){ paddr, paddr + (size - 1) })) {
		err_set(e, "%#" PRIx64 " is this kernel's own memory", paddr);
		return NULL;
	}
	*length = skip + size;
	at = mmap(NULL, *length, protection, MAP_SHARED, m->fd, paddr - skip);
	if (at == MAP_FAILED) {
		err_sys(e, errno, DEVICE ": mapping of %zu bytes at %#" PRIx64, size, paddr);
		return NULL;
	}
	return at;
}

/* By a mapping that later writes share; false: it has to be one of its own. */
static bool write_cached(const struct devmem *m, uint64_t paddr, const void *from, size_t size,
			 struct range around)
{
	struct map_use u;

	if (!m->maps || ranges_overlap(&m->iomem.own, around) ||
	    !range_contains(around, (struct range){ paddr, paddr + (size - 1) }) ||
	    !map_cache_take(m->maps, paddr, size, around, &u))
		return false;
	copy_bytes(u.at, from, size);
	map_cache_release(m->maps, &u);
	return true;
}

bool devmem_write(const struct devmem *m, uint64_t paddr, const void *from, size_t size,
		  struct range around, struct err *e)
{
	size_t length;
	char *at;

	if (size && write_cached(m, paddr, from, size, around))
		return true;
	at = map(m, paddr, size, PROT_READ | PROT_WRITE, &length, e);
	if (!at)
		return false;
	copy_bytes(at + (length - size), from, size);
	munmap(at, length);
	return true;
}

bool devmem_read(const struct devmem *m, uint64_t paddr, void *to, size_t size, struct err *e)
{
	size_t length;
	char *at = map(m, paddr, size, PROT_READ, &length, e);

	if (!at)
		return false;
	memcpy(to, at + (length - size), size);
	munmap(at, length);
	return true;
}
