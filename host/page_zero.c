/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devmem.h"
#include "page_zero.h"
#include "x86.h"

/* NULL with @e set. */
static char *map(const char *root, bool write, struct err *e)
{
	int fd = devmem_open_device(root, write, e);
	struct stat st;
	char *page;

	if (fd < 0)
		return NULL;
	/* A file in its place, which has to have the page. */
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size < PAGE_SIZE) {
		close(fd);
		err_set(e, "%s/dev/mem: has no whole page 0", root);
		return NULL;
	}
	page = mmap(NULL, PAGE_SIZE, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED) {
		err_sys(e, errno, "%s/dev/mem: mapping of page 0", root);
		return NULL;
	}
	return page;
}

bool page_zero_read(const char *root, size_t offset, void *to, size_t size, struct err *e)
{
	char *page = map(root, false, e);

	if (!page)
		return false;
	memcpy(to, page + offset, size);
	munmap(page, PAGE_SIZE);
	return true;
}

bool page_zero_write(const char *root, size_t offset, const void *from, size_t size, struct err *e)
{
	char *page = map(root, true, e);

	if (!page)
		return false;
	memcpy(page + offset, from, size);
	munmap(page, PAGE_SIZE);
	return true;
}
