/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a kernel's memory from a file: a plain ELF core (/proc/vmcore, a copy of it, any core of
 * physical memory) or a saved image (include/image_header.h). Both look alike to the caller.
 */
#ifndef UTIL_CORE_IMAGE_H
#define UTIL_CORE_IMAGE_H

#include "elfcore.h"
#include "image_header.h"

struct core_frame {
	uint64_t in_offset;		/* in the file */
	uint64_t out_offset;		/* in the core */
	uint32_t in_size;
	uint32_t out_size;
};

struct core_image {
	elfcore_pread_fn *pread_fn;	/* of the file; must be safe to call from several threads */
	void *opaque;
	uint64_t file_size;		/* UINT64_MAX: not known */
	struct elfcore core;
	bool saved;			/* a saved image: header and frames are valid */
	struct image_header header;
	struct core_frame *frames;
	size_t frame_count;
	uint64_t core_size;		/* of a saved image's core, bytes */
	const struct elfcore_load **by_paddr;	/* core.loads sorted by paddr */
	uint8_t *cache;			/* the frame that was decompressed last, core_image_read() */
	size_t cache_frame;
	void *decoder;
};

/*
 * Checks everything that can be checked without reading the body: header digest, state is left to
 * the caller, seek table (digest, sums, bounds), the first frame, the ELF headers. A saved image
 * whose header says IMAGE_EMPTY or IMAGE_WRITING is opened only as far as its header
 * (frame_count is 0). @image is to be freed with core_image_close() only after success.
 */
bool core_image_open(struct core_image *image, elfcore_pread_fn *pread_fn, void *opaque,
		     uint64_t file_size, struct err *e);
void core_image_close(struct core_image *image);

/* Whether the digest and the fixed fields of a header page are right; false with the reason. */
bool image_header_check(const struct image_header *h, struct err *e);
/* Fills the fixed fields and the digest. */
void image_header_seal(struct image_header *h);
const char *image_state_name(uint32_t state);

/* @size bytes of the core file at @offset. Not thread-safe (one cached frame). */
bool core_image_read(struct core_image *image, uint64_t offset, void *to, size_t size, struct err *e);
/*
 * One frame: reads it, decompresses it to @to (frame->out_size bytes) and checks its content checksum.
 * Thread-safe: @decoder is a ZSTD_DCtx of the caller's thread, @in has room for frame->in_size bytes.
 */
bool core_image_read_frame(const struct core_image *image, const struct core_frame *frame,
			   void *decoder, void *in, void *to, struct err *e);

/* The load that holds physical address @paddr; NULL: not in the core. */
const struct elfcore_load *core_image_find(const struct core_image *image, uint64_t paddr);
/* @size bytes of physical memory, across loads that touch; false when a byte is not in the core. */
bool core_image_read_phys(struct core_image *image, uint64_t paddr, void *to, size_t size,
			  struct err *e);
/* The jump record note, checked (magic, version, size, sane ranges). */
bool core_image_record(const struct core_image *image, struct jump_record *record, struct err *e);

#endif
