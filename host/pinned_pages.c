/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "file_io.h"
#include "pinned_pages.h"
#include "x86.h"

/* /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst) */
#define PAGEMAP_PRESENT (UINT64_C(1) << 63)
#define PAGEMAP_PFN	((UINT64_C(1) << 55) - 1)

static bool pin(struct pinned_pages *p, struct err *e)
{
	size_t left = p->count * PAGE_SIZE;

	if (pipe2(p->pipe, O_CLOEXEC | O_NONBLOCK))
		return err_sys(e, errno, "a pipe");
	if (fcntl(p->pipe[1], F_SETPIPE_SZ, (int)left) < 0)
		return err_sys(e, errno, "a pipe of %zu bytes", left);
	while (left) {
		const struct iovec part = { p->data + p->count * PAGE_SIZE - left, left };
		ssize_t n = vmsplice(p->pipe[1], &part, 1, SPLICE_F_NONBLOCK);

		if (n <= 0)
			return err_sys(e, n ? errno : EIO, "vmsplice(2)");
		left -= n;
	}
	return true;
}

bool pinned_pages_create(struct pinned_pages *p, size_t count, struct err *e)
{
	size_t size = count * PAGE_SIZE;
	void *at;

	*p = (struct pinned_pages){ .count = count, .pipe = { -1, -1 } };
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		  -1, 0);
	if (at == MAP_FAILED)
		return err_sys(e, errno, "memory");
	p->data = at;
	/* A page is one of its own only when it has been written to. */
	memset(p->data, 0, size);
	if (mlock(p->data, size))
		return err_sys(e, errno, "locking %zu bytes of memory", size);
	return pin(p, e);
}

void pinned_pages_destroy(struct pinned_pages *p)
{
	if (!p->data)
		return;
	munmap(p->data, p->count * PAGE_SIZE);
	for (size_t i = 0; i < 2; i++)
		if (p->pipe[i] >= 0)
			close(p->pipe[i]);
	*p = (struct pinned_pages){ 0 };
}

bool pinned_pages_find(const struct pinned_pages *p, uint64_t *paddr, struct err *e)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0;

	if (!ok)
		err_sys(e, errno, "/proc/self/pagemap");
	for (size_t i = 0; ok && i < p->count; i++) {
		uint64_t entry, at = (uintptr_t)p->data / PAGE_SIZE + i;

		ok = file_read_at(fd, at * sizeof(entry), &entry, sizeof(entry), e) ||
		     err_prefix(e, "/proc/self/pagemap");
		if (ok && (!(entry & PAGEMAP_PRESENT) || !(entry & PAGEMAP_PFN)))
			ok = err_set(
				e, "/proc/self/pagemap does not tell where memory is, which takes "
				   "CAP_SYS_ADMIN");
		paddr[i] = ok ? (entry & PAGEMAP_PFN) * PAGE_SIZE : 0;
	}
	if (fd >= 0)
		close(fd);
	return ok;
}
