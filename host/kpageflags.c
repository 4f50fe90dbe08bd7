/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "host_file.h"
#include "kpageflags.h"
#include "x86.h"

/*
 * Page frames from @pfn on and below @end that have @flag: counted, and added to @pages, if any.
 * False, with what came before it counted, when the file does not tell of all of them.
 */
static bool scan(const char *root, uint64_t pfn, uint64_t end, uint64_t flag, uint64_t *count,
		 struct ranges *pages, struct err *e)
{
	uint64_t flags[8192];
	int fd = host_open(root, "/proc/kpageflags", e);
	bool ok = fd >= 0;

	*count = 0;
	while (ok && pfn < end) {
		uint64_t want = end - pfn;
		ssize_t got;

		if (want > sizeof(flags) / sizeof(flags[0]))
			want = sizeof(flags) / sizeof(flags[0]);
		got = pread(fd, flags, want * sizeof(flags[0]), (off_t)(pfn * sizeof(flags[0])));
		if (got < 0)
			ok = err_sys(e, errno, "%s/proc/kpageflags", root);
		else if (got < (ssize_t)sizeof(flags[0]))
			ok = err_set(e, "%s/proc/kpageflags: ends before page frame %#" PRIx64,
				     root, pfn);
		for (size_t i = 0; ok && i < (size_t)got / sizeof(flags[0]); i++) {
			if (!(flags[i] & flag))
				continue;
			++*count;
			ok = !pages ||
			     ranges_add(pages, range_of((pfn + i) << PAGE_SHIFT, PAGE_SIZE)) ||
			     err_set(e, "out of memory");
		}
		if (!ok)
			break;
		pfn += (size_t)got / sizeof(flags[0]);
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

uint64_t kpageflags_count(const char *root, uint64_t pfn, uint64_t end, uint64_t flag)
{
	struct err ignored;
	uint64_t count;

	scan(root, pfn, end, flag, &count, NULL, &ignored);
	return count;
}

bool kpageflags_find(const char *root, uint64_t pfn, uint64_t end, uint64_t flag,
		     struct ranges *pages, struct err *e)
{
	uint64_t count;

	return scan(root, pfn, end, flag, &count, pages, e);
}
