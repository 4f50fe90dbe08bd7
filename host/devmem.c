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
#include "x86.h"

#define IOMEM_MAX (1u << 20)

bool devmem_parse_iomem(const char *text, struct ranges *own, struct ranges *reserved,
			struct err *e)
{
	while (*text) {
		const char *end = strchrnul(text, '\n');
		struct range r;
		int name = 0;

		/* Only top-level lines say whose memory it is; nested ones are indented. */
		if (*text != ' ' &&
		    sscanf(text, "%" SCNx64 "-%" SCNx64 " : %n", &r.start, &r.last, &name) == 2 &&
		    name && r.start <= r.last && text + name < end) {
			struct ranges *to = !strncmp(text + name, "System RAM", 10)    ? own
					    : !strncasecmp(text + name, "reserved", 8) ? reserved
										       : NULL;

			if (to && !ranges_add(to, r))
				return err_set(e, "/proc/iomem: no memory for its lines");
		}
		text = *end ? end + 1 : end;
	}
	if (!own->count || !own->at[own->count - 1].last)
		return err_set(e, "/proc/iomem: shows no addresses: are you root?");
	return true;
}

static bool read_iomem(struct devmem *m, struct err *e)
{
	char *text = calloc(1, IOMEM_MAX);
	FILE *f = fopen("/proc/iomem", "re");
	bool ok = text && f;

	if (!ok)
		err_sys(e, errno, "/proc/iomem");
	else
		text[fread(text, 1, IOMEM_MAX - 1, f)] = 0;
	ok = ok && devmem_parse_iomem(text, &m->own, &m->reserved, e);
	if (f)
		fclose(f);
	free(text);
	return ok;
}

bool devmem_open(struct devmem *m, bool writable, struct err *e)
{
	*m = (struct devmem){ .fd = open("/dev/mem", (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC) };
	if (m->fd < 0)
		return err_sys(e, errno, "/dev/mem (needs CONFIG_DEVMEM and root)");
	if (read_iomem(m, e)) {
		m->maps = writable ? map_cache_create(m->fd, PROT_READ | PROT_WRITE) : NULL;
		return true;
	}
	devmem_close(m);
	return false;
}

void devmem_close(struct devmem *m)
{
	map_cache_destroy(m->maps);
	ranges_deinit(&m->own);
	ranges_deinit(&m->reserved);
	close(m->fd);
}

/* Maps the pages around the range; NULL with @e set. */
static char *map(const struct devmem *m, uint64_t paddr, size_t size, int protection,
		 size_t *length, struct err *e)
{
	size_t skip = paddr % PAGE_SIZE;
	void *at;

	if (!size || ranges_overlap(&m->own, (struct range){ paddr, paddr + (size - 1) })) {
		err_set(e, "%#" PRIx64 " is this kernel's own memory", paddr);
		return NULL;
	}
	*length = skip + size;
	at = mmap(NULL, *length, protection, MAP_SHARED, m->fd, paddr - skip);
	if (at == MAP_FAILED) {
		err_sys(e, errno, "/dev/mem: mapping of %zu bytes at %#" PRIx64, size, paddr);
		return NULL;
	}
	return at;
}

/* By a mapping that more will come through; false: it has to be one of its own. */
static bool write_cached(const struct devmem *m, uint64_t paddr, const void *from, size_t size,
			 struct range around)
{
	struct map_use u;

	if (!m->maps || ranges_overlap(&m->own, around) ||
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
