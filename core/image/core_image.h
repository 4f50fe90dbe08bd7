/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a kernel's memory from a file: a plain ELF core (/proc/vmcore, a copy of it, any core of
 * physical memory) or a saved image (include/image_header.h). Both look alike to the caller.
 */
#ifndef CORE_IMAGE_H
#define CORE_IMAGE_H

#include "extent.h"
#include "image_header.h"

struct core_frame {
	uint64_t in_offset;  /* in the file */
	uint64_t out_offset; /* in the core */
	uint64_t digest;     /* XXH64 of the bytes in the file */
	uint32_t in_size;
	uint32_t out_size;
};

#define CORE_CACHE_SIZE 8

struct core_cached_frame {
	uint8_t *data; /* NULL: none */
	size_t frame;
	uint64_t used; /* the higher, the later */
};

struct core_image {
	elfcore_pread_fn *pread_fn; /* of the file; must be safe to call from several threads */
	void *opaque;
	/* Whether these bytes of the file are a hole, and so zero. May be NULL: not known. */
	bool (*hole_fn)(void *opaque, uint64_t offset, uint64_t size);
	uint64_t file_size; /* UINT64_MAX: not known */
	struct elfcore core;
	bool saved; /* a saved image: header and frames are valid */
	struct image_header header;
	struct core_frame *frames;
	size_t frame_count;
	uint64_t core_size;    /* bytes; UINT64_MAX: not known */
	struct extents memory; /* of core, as extents_of_core() gives it */
	struct core_cached_frame cache[CORE_CACHE_SIZE]; /* for core_image_read() */
	uint64_t reads;
	void *decoder;
};

/*
 * Checks everything that can be checked without reading the body: header digest, state is left to
 * the caller, the tables (digest, sums, bounds), the first frame, the ELF headers. A saved image
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

/* Makes room for what core_image_read() keeps decompressed: it starts anew. */
void core_image_drop_cache(struct core_image *image);
/* @size bytes of the core file at @offset. Not thread-safe when the image is a saved one. */
bool core_image_read(struct core_image *image, uint64_t offset, void *to, size_t size,
		     struct err *e);

/*
 * Whether the bytes of every frame are what was written, free pages and all; reads the whole file
 * but decompresses nothing. A plain core has no checksums, and is always good.
 */
bool core_image_verify(const struct core_image *image, struct err *e);

/* A decompressor, for one thread at a time; NULL: no memory. */
void *core_decoder_create(void);
void core_decoder_destroy(void *decoder);
/*
 * Decompresses a frame, frame->in_size bytes at @in, to the frame->out_size bytes at @to. Checks
 * the digest of what was stored and, of what was compressed, the checksum of what comes out.
 */
bool core_frame_unpack(const struct core_frame *frame, void *decoder, const void *in, void *to,
		       struct err *e);
/* The most bytes that frame @index may have, compressed and decompressed. */
size_t core_frame_in_max(uint64_t index);
size_t core_frame_out_max(uint64_t index);

/* @size bytes of physical memory, across extents that touch; false when a byte is not in the core.
 */
bool core_image_read_phys(struct core_image *image, uint64_t paddr, void *to, size_t size,
			  struct err *e);
/* The jump record note, checked (magic, version, size, sane ranges). */
bool core_image_record(const struct core_image *image, struct jump_record *record, struct err *e);

#endif
