/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel_log.h"
#include "lines.h"

#define RECORD_MAX  8192 /* the kernel's own bound is smaller */
#define RECORDS_MAX 4096 /* in case it logs faster than we read */
#define LOG_LINES   3

static bool has(struct line l, const char *words)
{
	for (; l.size; l.at++, l.size--) {
		struct line at = l;

		if (line_take_text(&at, words))
			return true;
	}
	return false;
}

/*
 * About kexec, signatures and those who forbid, or about a task or device that refused to be frozen
 * (kernel/power/process.c, drivers/base/power/main.c).
 */
static bool is_telling(struct line l)
{
	static const char *const words[] = {
		"kexec", "Lockdown: ",	"PEFILE: ",	  "LoadPin: ",
		"ima: ", "integrity: ", "PM: failed to ", " refusing to freeze",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (has(l, words[i]))
			return true;
	}
	return false;
}

bool kernel_log_parse(const char *record, char *out, size_t size)
{
	struct line l;
	const char *text;

	if (!line_next(&record, &l))
		return false;
	text = memchr(l.at, ';', l.size);
	if (!text)
		return false;
	l.size -= ++text - l.at;
	l.at = text;
	if (!is_telling(l))
		return false;
	snprintf(out, size, "%.*s", (int)l.size, l.at);
	return true;
}

/* From the end on: only what is logged later will be read. */
int kernel_log_mark(const struct host *h)
{
	int fd = h->recorded ? -1 : open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && lseek(fd, 0, SEEK_END) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void kernel_log_close(int mark)
{
	if (mark >= 0)
		close(mark);
}

/* Each read gives one record; EPIPE: some were overwritten, and it goes on behind them. */
void kernel_log_append(int mark, struct err *e)
{
	char record[RECORD_MAX], last[LOG_LINES][ERR_TEXT_SIZE / 6];
	unsigned count = 0;

	for (unsigned i = 0; mark >= 0 && i < RECORDS_MAX; i++) {
		ssize_t n = read(mark, record, sizeof(record) - 1);

		if (n < 0 && errno != EPIPE && errno != EINTR)
			break;
		record[n < 0 ? 0 : n] = '\0';
		if (kernel_log_parse(record, last[count % LOG_LINES], sizeof(last[0])))
			count++;
	}
	for (unsigned i = count < LOG_LINES ? 0 : count - LOG_LINES, first = i; i < count; i++)
		err_append(e, "%s%s", i == first ? "; the kernel log says: " : " | ",
			   last[i % LOG_LINES]);
	kernel_log_close(mark);
}
