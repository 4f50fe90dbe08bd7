/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts a saved kernel's memory back in place, from a kernel that uses none of it, and prepares
 * what is needed to enter it.
 */
#ifndef KDUMP_RESTORE_H
#define KDUMP_RESTORE_H

#include "core_image.h"
#include "devmem.h"
#include "stream.h"

struct restore {
	struct core_image *image;    /* borrowed */
	struct image_stream *stream; /* borrowed, NULL for a file */
	struct record record;
	struct extents extents; /* sorted by offset, no overlaps */
	uint64_t bytes;		/* of memory to be written */
};

/*
 * Decides what goes where, and refuses: an image that is not complete or not for restoring,
 * memory that is this kernel's own, that is not RAM of the saved kernel, that was lent (but for the
 * gate), another machine or CPU. Nothing is written. @m may be NULL: then only the image is
 * checked.
 */
bool restore_plan(struct restore *r, struct core_image *image, struct image_stream *stream,
		  const struct devmem *m, struct err *e);
void restore_deinit(struct restore *r);

/*
 * Whether the kernel that jumped here, if one did, waits on the boot CPU (--monitor): a restored
 * one would go on on another CPU than its boot CPU. @peer: that kernel's memory.
 */
bool restore_check_peer(const struct core_memory *peer, struct err *e);

/*
 * Writes all of it; every frame is verified before its bytes are written. @m may be NULL: then the
 * frames are verified only, and nothing is written.
 */
bool restore_memory(const struct restore *r, const struct devmem *m, unsigned threads,
		    void (*report)(const char *line), struct err *e);

/*
 * Writes a small core to @path that has the gate and the jump record only: what
 * "kexec --load-jump-back-helper --vmcore=" needs to check the way.
 */
bool restore_write_gate(const struct restore *r, const struct devmem *m, const char *path,
			struct err *e);

#endif
