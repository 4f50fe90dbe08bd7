/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "number.h"
#include "progress.h"

#define SECOND 1000000000u
/* Between two updates of a terminal. */
#define INTERVAL (SECOND / 5)

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + t.tv_nsec;
}

void progress_start(struct progress *p, const char *verb, const char *file_verb, uint64_t total,
		    void (*report)(const char *line))
{
	*p = (struct progress){ .verb = verb,
				.file_verb = file_verb,
				.total = total ? total : 1,
				.started = now(),
				.terminal = isatty(STDERR_FILENO),
				.report = report };
}

static void show(const struct progress *p, uint64_t done, uint64_t file_bytes, char *line,
		 size_t size)
{
	double seconds = (double)(now() - p->started) / SECOND;
	double rate = seconds > 0 ? done / seconds : 0;
	char done_words[24], rate_words[24], file_words[24];

	snprintf(line, size, "%3.0f %% %s: %s, %s %s, %s/s, %.0f s left", 100.0 * done / p->total,
		 p->verb, number_size_words(done, done_words),
		 number_size_words(file_bytes, file_words), p->file_verb,
		 number_size_words(rate, rate_words), rate > 0 ? (p->total - done) / rate : 0);
}

void progress_step(void *opaque, uint64_t done, uint64_t file_bytes)
{
	struct progress *p = opaque;
	unsigned tenths;
	char line[160];

	/* Headers may be done beyond what was meant to be. */
	done = done < p->total ? done : p->total;
	tenths = 10.0 * done / p->total;
	if (p->terminal) {
		if (now() - p->shown < INTERVAL)
			return;
		p->shown = now();
		show(p, done, file_bytes, line, sizeof(line));
		fprintf(stderr, "\r%-79s", line);
	} else if (tenths > p->tenths) {
		p->tenths = tenths;
		show(p, done, file_bytes, line, sizeof(line));
		p->report(line);
	}
}

void progress_end(struct progress *p)
{
	if (p->terminal)
		fprintf(stderr, "\r%-79s\r", "");
}
