/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>

#include "kernel_log.h"
#include "lines.h"

#define SYSLOG_ACTION_READ_ALL 3 /* include/linux/syslog.h: the last bytes of the log */
#define LOG_TAIL	       8192
#define LOG_LINES	       3

static uint32_t line_mark(struct line l)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < l.size; i++)
		hash = (hash ^ (uint8_t)l.at[i]) * 16777619u;
	return hash & 0x7fffffff; /* fits a long that may also say -1 */
}

uint32_t kernel_log_parse_mark(const char *text)
{
	struct line l = { text, 0 };

	while (line_next(&text, &l))
		;
	return line_mark(l);
}

/* The message alone: no "<6>", no "[   12.345678] " (and "[    T1] " of CONFIG_PRINTK_CALLER). */
static struct line log_message(struct line l)
{
	struct line m = l;
	uint64_t level;

	if (line_take_text(&m, "<") && line_take_number(&m, 10, &level) && line_take_text(&m, ">"))
		l = m;
	while (l.size && *l.at == '[') {
		const char *end = memchr(l.at, ']', l.size);

		if (!end)
			break;
		l.size -= end + 1 - l.at;
		l.at = end + 1;
		line_take_blanks(&l);
	}
	return l;
}

/*
 * About kexec, or about a task or device that refused to be frozen (kernel/power/process.c,
 * drivers/base/power/main.c).
 */
static bool is_telling(struct line l)
{
	static const char *const words[] = { "kexec", "PM: failed to ", " refusing to freeze" };

	for (; l.size; l.at++, l.size--) {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			struct line at = l;

			if (line_take_text(&at, words[i]))
				return true;
		}
	}
	return false;
}

void kernel_log_parse(const char *text, uint32_t mark, char *out, size_t size)
{
	struct line any[LOG_LINES], ours[LOG_LINES], l;
	size_t any_count = 0, our_count = 0, used = 0;

	out[0] = '\0';
	while (line_next(&text, &l)) {
		struct line m = log_message(l);

		if (line_mark(l) == mark) {
			any_count = our_count = 0;
			continue;
		}
		any[any_count++ % LOG_LINES] = m;
		if (is_telling(m))
			ours[our_count++ % LOG_LINES] = m;
	}

	const struct line *from = our_count ? ours : any;
	size_t count = our_count ? our_count : any_count;

	for (size_t i = count < LOG_LINES ? 0 : count - LOG_LINES; i < count && used < size; i++) {
		const struct line *m = &from[i % LOG_LINES];

		used += snprintf(out + used, size - used, "%s%.*s", used ? " | " : "", (int)m->size,
				 m->at);
	}
}

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
long kernel_log_mark(const struct host *h)
{
	char tail[LOG_TAIL];

	return read_log(h, tail) ? (long)kernel_log_parse_mark(tail) : -1;
}

void kernel_log_append(const struct host *h, long mark, struct err *e)
{
	char tail[LOG_TAIL], words[ERR_TEXT_SIZE / 2];

	if (mark < 0 || !read_log(h, tail))
		return;
	kernel_log_parse(tail, (uint32_t)mark, words, sizeof(words));
	if (*words)
		err_append(e, "; the kernel log says: %s", words);
}
