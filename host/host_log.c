/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <sys/klog.h>

#include "host_parse.h"

#define SYSLOG_ACTION_READ_ALL 3 /* include/linux/syslog.h: the last bytes of the log */
#define LOG_TAIL	       8192

static bool read_log(const struct host *h, char *tail)
{
	int n;

	if (h->recorded)
		return false;
	n = klogctl(SYSLOG_ACTION_READ_ALL, tail, LOG_TAIL - 1);
	if (n < 0)
		return false;
	tail[n] = '\0';
	return true;
}

/*
 * The mark stands for the words of the last line: cheaper than counting records through /dev/kmsg,
 * and right whatever the clock does across a jump.
 */
long host_log_mark(const struct host *h)
{
	char tail[LOG_TAIL];

	return read_log(h, tail) ? (long)host_parse_log_mark(tail) : -1;
}

void host_log_append(const struct host *h, long mark, struct err *e)
{
	char tail[LOG_TAIL], words[ERR_TEXT_SIZE / 2];

	if (mark < 0 || !read_log(h, tail))
		return;
	host_parse_log(tail, (uint32_t)mark, words, sizeof(words));
	if (*words)
		err_append(e, "; the kernel log says: %s", words);
}
