/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables at the end of an image: for each zstd frame the XXH64 of what is stored, and its size
 * stored and decompressed. They are read at once, followed while a stream comes, or made while
 * frames are written.
 */
#ifndef CORE_IMAGE_SEEK_TABLE_H
#define CORE_IMAGE_SEEK_TABLE_H

#include "elfcore.h"
#include "image_header.h"

/* One zstd frame. */
struct image_frame {
	uint64_t in_offset;  /* in the file */
	uint64_t out_offset; /* in the core */
	uint64_t digest;     /* XXH64 of the bytes in the file */
	uint32_t in_size;
	uint32_t out_size;
};

/* The most bytes that frame @index may have, decompressed, and any frame of @out_size, stored. */
size_t image_frame_out_max(uint64_t index);
size_t image_frame_in_max(size_t out_size);

/* ---- Of a file ---- */

struct seek_table {
	struct image_frame *frames; /* in the order of the file, which is that of the core */
	size_t count;
	uint64_t core_size; /* bytes in all of them */
};

/*
 * Finds the tables of an image with this header, checks them (digest, sums, bounds) and takes them
 * apart. @file_size: UINT64_MAX when it is not known. Free with seek_table_deinit() in any case.
 */
bool seek_table_read(struct seek_table *t, const struct image_header *h, elfcore_pread_fn *pread_fn,
		     void *opaque, uint64_t file_size, struct err *e);
void seek_table_deinit(struct seek_table *t);
/* The frame that holds byte @offset of the core; count when there is none. */
size_t seek_table_find(const struct seek_table *t, uint64_t offset);

/* ---- Of a stream: what comes is chained, so that memory does not grow with the image ---- */

struct seek_chain {
	uint64_t frames;	 /* so far */
	uint64_t digests, sizes; /* XXH64 chains over their digests and seek table entries */
};

/* Fills @to with the next @size bytes of the stream. */
typedef bool seek_chain_read_fn(void *opaque, void *to, size_t size, struct err *e);

void seek_chain_begin(struct seek_chain *c);
void seek_chain_add(struct seek_chain *c, const struct image_frame *f);
/*
 * Reads the tables, from after the digest table's magic on. They must tell of the frames that
 * came, no more and no fewer.
 */
bool seek_chain_end(struct seek_chain *c, seek_chain_read_fn *read_fn, void *opaque, struct err *e);

/* ---- Of an image in the making ---- */

struct table_bytes {
	uint8_t *at;
	size_t size, room;
};

struct table_maker {
	struct table_bytes digests, seek; /* to be written in this order, after table_maker_end() */
	uint32_t frame_count;
	uint8_t sum[32]; /* SHA-256 of both */
};

/* False: no memory. Free with table_maker_deinit() in any case. */
bool table_maker_begin(struct table_maker *m);
bool table_maker_add(struct table_maker *m, uint32_t in_size, uint32_t out_size, uint64_t digest);
bool table_maker_end(struct table_maker *m);
void table_maker_deinit(struct table_maker *m);

#endif
