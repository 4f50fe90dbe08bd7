/* SPDX-License-Identifier: GPL-2.0-only */
#include <unistd.h>

#include "host_file.h"
#include "kpageflags.h"

uint64_t kpageflags_count(const char *root, uint64_t pfn, uint64_t end, uint64_t flag)
{
	uint64_t flags[8192], count = 0;
	struct err why;
	int fd = host_open(root, "/proc/kpageflags", &why);

	if (fd < 0)
		return 0;
	while (pfn < end) {
		uint64_t want = end - pfn;
		ssize_t got;

		if (want > sizeof(flags) / sizeof(flags[0]))
			want = sizeof(flags) / sizeof(flags[0]);
		got = pread(fd, flags, want * sizeof(flags[0]), (off_t)(pfn * sizeof(flags[0])));
		if (got < (ssize_t)sizeof(flags[0]))
			break;
		for (size_t i = 0; i < (size_t)got / sizeof(flags[0]); i++)
			count += !!(flags[i] & flag);
		pfn += (size_t)got / sizeof(flags[0]);
	}
	close(fd);
	return count;
}
