/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A saved image as the plain ELF core that kdump convert would write, read piece by piece where
 * that core is never written; a core that is plain already as it is, or for analysis.
 */
#ifndef PLAIN_CORE_H
#define PLAIN_CORE_H

#include "core_file.h"
#include "core_writer.h"
#include "peer_kernel.h"

struct plain_core {
	struct core_file *file; /* borrowed */
	bool for_analysis;	/* lent pages stand at their own addresses */
	struct peer_kernel kernel;
	struct core_writer writer; /* for_analysis only */
	uint64_t size;		   /* bytes */
};

/*
 * @file is open, and stays where it is until plain_core_close(), which is to be called after
 * success only. Fails for an image without a body, and for_analysis where the lent pages are not
 * known.
 */
bool plain_core_open(struct plain_core *p, struct core_file *file, bool for_analysis,
		     struct err *e);
/* Bytes @offset ... @offset + @size - 1, all of them below p->size. Not thread-safe. */
bool plain_core_read(struct plain_core *p, uint64_t offset, void *to, size_t size, struct err *e);
void plain_core_close(struct plain_core *p);

#endif
