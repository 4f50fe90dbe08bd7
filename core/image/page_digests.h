/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an image tells of each page of its core, so that another image can be based on it: a digest,
 * and whether the page is in the image itself or in its base (struct image_pages).
 */
#ifndef CORE_IMAGE_PAGE_DIGESTS_H
#define CORE_IMAGE_PAGE_DIGESTS_H

#include "core_writer.h"
#include "image_header.h"

struct page_digests {
	struct image_pages about;
	uint64_t *own;	  /* a bit for each page; NULL: all are */
	uint32_t *before; /* own pages before those of each word of @own */
	/* In the making: a digest for each page, with room for what follows them; else NULL. */
	uint64_t *digests;
};

/*
 * Takes the end of @content_size bytes apart, which @read gives: but for the digests, which are
 * much on a large machine. Free with page_digests_deinit() in any case.
 */
bool page_digests_read(struct page_digests *d, elfcore_pread_fn *read, void *opaque,
		       uint64_t content_size, struct err *e);
void page_digests_deinit(struct page_digests *d);
/* Whether page @n of the body is in the image, and then at *@place among its own. */
bool page_digests_find(const struct page_digests *d, uint64_t n, uint64_t *place);
/* Where in the content its digest is. */
uint64_t page_digests_offset(const struct page_digests *d, uint64_t n);

/* ---- Of an image in the making ---- */

/* The digest of the page at physical address @paddr of a base; false: it has no such page. */
typedef bool page_digest_of_fn(void *opaque, uint64_t paddr, uint64_t *digest);

/*
 * Reads all pages of @core, in as many threads. With @base_digest a page is its own where the
 * base's digest differs. @d->about has the seed and the base already.
 */
bool page_digests_make(struct page_digests *d, const struct core_writer *core,
		       page_digest_of_fn *base_digest, void *opaque, unsigned threads,
		       struct err *e);
/* Leaves the core that is to be written its own pages only, and puts @d behind them: once. */
bool page_digests_put(struct page_digests *d, struct core_writer *core, struct err *e);

#endif
