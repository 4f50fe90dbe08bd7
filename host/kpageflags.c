/* SPDX-License-Identifier: GPL-2.0-only */
#include <unistd.h>

#include "host_file.h"
#include "kpageflags.h"
#include "x86.h"

/* Page frames from @pfn on and below @end that have @flag: counted, and added to @pages, if any. */
static bool scan(const char *root, uint64_t pfn, uint64_t end, uint64_t flag, uint64_t *count,
		 struct ranges *pages)
{
	uint64_t flags[8192];
	struct err why;
	int fd = host_open(root, "/proc/kpageflags", &why);
	bool ok = true;

	*count = 0;
	while (fd >= 0 && ok && pfn < end) {
		uint64_t want = end - pfn;
		ssize_t got;

		if (want > sizeof(flags) / sizeof(flags[0]))
			want = sizeof(flags) / sizeof(flags[0]);
		got = pread(fd, flags, want * sizeof(flags[0]), (off_t)(pfn * sizeof(flags[0])));
		if (got < (ssize_t)sizeof(flags[0]))
			break;
		for (size_t i = 0; ok && i < (size_t)got / sizeof(flags[0]); i++) {
			if (!(flags[i] & flag))
				continue;
			++*count;
			ok = !pages ||
			     ranges_add(pages, range_of((pfn + i) << PAGE_SHIFT, PAGE_SIZE));
		}
		pfn += (size_t)got / sizeof(flags[0]);
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

uint64_t kpageflags_count(const char *root, uint64_t pfn, uint64_t end, uint64_t flag)
{
	uint64_t count;

	scan(root, pfn, end, flag, &count, NULL);
	return count;
}

bool kpageflags_find(const char *root, uint64_t pfn, uint64_t end, uint64_t flag,
		     struct ranges *pages, struct err *e)
{
	uint64_t count;

	return scan(root, pfn, end, flag, &count, pages) || err_set(e, "out of memory");
}
