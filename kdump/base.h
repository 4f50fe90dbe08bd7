/* SPDX-License-Identifier: GPL-2.0-only */
/* An image that a new one is based on: what has not changed since then is not written again. */
#ifndef KDUMP_BASE_H
#define KDUMP_BASE_H

#include "core_file.h"
#include "core_writer.h"

/*
 * Opens the image at @path for one that will be at @target, in the same folder, where it is looked
 * for from then on. Close with core_file_close() in any case.
 */
bool base_open(struct core_file *base, const char *path, const char *target, struct err *e);
/*
 * Reads all pages of @core by so many threads and leaves it those to write that are not as in
 * @base, *@own of them, with the digests of all behind them. A @base that is not open has none.
 */
bool base_leave_out(struct core_file *base, struct core_writer *core, unsigned threads,
		    uint64_t *own, struct err *e);

#endif
