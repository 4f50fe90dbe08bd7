/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Progress of a long copy: on a terminal one line that is written over, with rate and time left;
 * otherwise one line for each 10 %.
 */
#ifndef KDUMP_PROGRESS_H
#define KDUMP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *verb, *file_verb; /* "saved", "written": borrowed */
	uint64_t total;		      /* bytes */
	uint64_t started, shown;      /* CLOCK_MONOTONIC, nanoseconds */
	unsigned tenths;	      /* shown so far, without a terminal */
	bool terminal;
	void (*report)(const char *line);
};

void progress_start(struct progress *p, const char *verb, const char *file_verb, uint64_t total,
		    void (*report)(const char *line));
/* Bytes done, and bytes of the file for them. A callback: @opaque is the struct progress. */
void progress_step(void *opaque, uint64_t done, uint64_t file_bytes);
void progress_end(struct progress *p);

#endif
