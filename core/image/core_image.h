/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a kernel's memory from a file: a plain ELF core (/proc/vmcore, a copy of it, any core of
 * physical memory) or a saved image (include/image_header.h). Both look alike to the caller.
 */
#ifndef CORE_IMAGE_H
#define CORE_IMAGE_H

#include "decoder.h"
#include "core_memory.h"
#include "frame_cache.h"
#include "header.h"
#include "page_digests.h"
#include "seal.h"
#include "seek_table.h"

struct core_image {
	elfcore_pread_fn *pread_fn; /* of the file; must be safe to call from several threads */
	void *opaque;
	/* Whether these bytes of the file are a hole, and so zero. May be NULL: not known. */
	bool (*hole_fn)(void *opaque, uint64_t offset, uint64_t size);
	uint64_t file_size; /* UINT64_MAX: not known */
	bool saved;	    /* a saved image: header and table are valid */
	struct image_header header;
	struct seek_table table;
	uint64_t core_size; /* bytes; UINT64_MAX: not known */
	bool has_pages;	    /* saved: pages are valid, core_size is without them */
	struct page_digests pages;
	struct core_image *base;   /* borrowed: where the pages are that are not its own; or NULL */
	bool is_base;		   /* of another one, which checks the pages that it reads */
	struct core_memory memory; /* reads through core_image_read() */
	struct frame_cache cache;  /* for core_image_read() */
	struct decoder *decoder;
	struct frame_cipher *cipher; /* NULL: not encrypted */
};

/*
 * Checks everything that can be checked without reading the body: header digest, the tables
 * (digest, sums, bounds), the first frame, the ELF headers; the state is left to the caller. A
 * saved image whose header says IMAGE_EMPTY or IMAGE_WRITING is opened only as far as its header
 * (its table is empty). Of an encrypted image nothing is believed before its tag is right; with
 * @keys (may be NULL) what is not encrypted is refused: anybody could have made it. @image is to be
 * freed with core_image_close() only after success.
 */
bool core_image_open(struct core_image *image, const struct image_keys *keys,
		     elfcore_pread_fn *pread_fn, void *opaque, uint64_t file_size, struct err *e);
void core_image_close(struct core_image *image);

/* The file that has the pages which are not its own; NULL: all are. */
const char *core_image_base_name(const struct core_image *image);
/*
 * Has @image read from @base, which stays where it is until @image is closed. Refuses another image
 * than that which @image was based on.
 */
bool core_image_set_base(struct core_image *image, struct core_image *base, struct err *e);
/* A page_digest_of_fn of a base, which is @opaque. What cannot be read is told as not there. */
bool core_image_page_digest(void *opaque, uint64_t paddr, uint64_t *digest);

/* False with its state when it is an image without a body. */
bool core_image_complete(const struct core_image *image, struct err *e);

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

/* Has image->memory read through the image, which must stay where it is from here on. */
void core_image_bind_memory(struct core_image *image);

#endif
