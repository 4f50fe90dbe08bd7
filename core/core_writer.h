/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns a kernel's memory into an ELF64 core, piece by piece: its headers first, then the pages
 * that are kept, in the order of their addresses. Which pages, and in which program headers, is
 * decided before the first byte is written, so that the core can be made by several threads.
 */
#ifndef CORE_WRITER_H
#define CORE_WRITER_H

#include "peer_kernel.h"
#include "range.h"

struct core_writer {
	const struct core_memory *source; /* borrowed */
	struct peer_kernel *kernel; /* borrowed; not NULL: lent pages are put back (for analysis) */
	struct extents extents;	    /* of the new core, sorted by offset and paddr */
	uint8_t *headers;	    /* ELF header, program headers, notes, padded to pages */
	uint64_t headers_size;
	uint64_t core_size; /* with the tail */
	uint64_t pages;
	uint8_t *tail; /* what is written behind the pages; owned; NULL: nothing */
	size_t tail_size;
};

/*
 * Adds all whole pages of memory to @out: those of the source and, when @kernel is given and its
 * lent pages were found, those.
 */
bool core_writer_memory(const struct core_memory *source, const struct peer_kernel *kernel,
			struct ranges *out);

/*
 * Plans the core: all of @source's memory but @leave_out. Gaps of fewer than @join pages are kept
 * rather than described; larger ones, too, when headers of IMAGE_FRAME_MAX bytes cannot describe
 * them all. With @kernel the lent pages are added at their own addresses and the jump record is
 * left out: such a core is for reading, not for restoring.
 */
bool core_writer_init(struct core_writer *w, const struct core_memory *source,
		      const struct ranges *leave_out, unsigned join, struct peer_kernel *kernel,
		      struct err *e);
/*
 * Of its pages, those whose bit is set in @keep, the first one's is bit 0 of @keep[0]: the headers
 * go on describing all of them.
 */
bool core_writer_keep(struct core_writer *w, const uint64_t *keep, struct err *e);
/* Takes @tail over. */
void core_writer_set_tail(struct core_writer *w, uint8_t *tail, size_t size);
void core_writer_deinit(struct core_writer *w);
/*
 * Bytes @offset ... @offset + @size - 1 of what is to be written. Safe from several threads when
 * reading the source is.
 */
bool core_writer_read(const struct core_writer *w, uint64_t offset, void *to, size_t size,
		      struct err *e);

/* Whether these bytes are known to be zero without reading them: a hole of the source's file. */
bool core_writer_is_hole(const struct core_writer *w, uint64_t offset, uint64_t size);

#endif
