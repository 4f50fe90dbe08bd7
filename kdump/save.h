/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDUMP_SAVE_H
#define KDUMP_SAVE_H

#include "err.h"

struct save_request {
	const char *source;		/* /proc/vmcore or a core file */
	const char *target;		/* file, block device, "-" */
	bool keep_free;			/* --keep all */
	bool for_analysis;
	bool force;
	bool plain;			/* an uncompressed ELF core, without a header page: kdump convert */
	unsigned threads;		/* 0: as many as there are CPUs */
	int level;
	void (*report)(const char *line);	/* one line of what is being done; never NULL */
};

/* Saves; on failure the target's state says that it holds no image. */
bool save_image(const struct save_request *r, struct err *e);

#endif
