/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "search.h"
#include "seek_table.h"
#include "sha256.h"
#include "xxh64.h"

/* A skippable frame's magic and size (zstd_compression_format.md). */
#define SKIPPABLE_HEADER_SIZE 8
#define SEEK_ENTRY_SIZE	      8
#define DIGEST_SIZE	      8
/* No compressed frame is shorter: magic, header, one empty block, checksum. */
#define FRAME_SIZE_MIN 12

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* Compressed data that do not compress: ZSTD_COMPRESSBOUND() of zstd.h, rounded up. */
size_t image_frame_in_max(size_t out_size)
{
	return out_size + out_size / 128 + 4096;
}

size_t image_frame_out_max(uint64_t index)
{
	return index ? IMAGE_FRAME_SIZE : IMAGE_FRAME_MAX;
}

/* The footer, when it is one: how many entries the seek table has. */
static bool footer_entries(const uint8_t footer[SEEK_TABLE_FOOTER_SIZE], uint32_t *entries)
{
	*entries = le32(footer);
	return le32(footer + 5) == SEEK_TABLE_MAGIC && !footer[4];
}

static void sum_tables(uint8_t sum[SHA256_SIZE], struct bytes digests, struct bytes seek)
{
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, digests.data, digests.size);
	sha256_update(&s, seek.data, seek.size);
	sha256_final(&s, sum);
}

/* ---- Of a file ---- */

struct file {
	const struct image_header *header;
	elfcore_pread_fn *pread_fn;
	void *opaque;
	uint64_t size; /* UINT64_MAX: not known */
};

/* The tables as they lie at the end: the digest table's frame, then the seek table's. */
struct tables {
	uint8_t *at;
	uint64_t start; /* in the file */
	uint64_t size, digests_size;
};

/* Turns the entries into frames; every size is checked against what it must add up to. */
static bool take_apart(struct seek_table *out, const struct file *f, const struct tables *t,
		       struct err *e)
{
	const uint8_t *digest = t->at + SKIPPABLE_HEADER_SIZE;
	const uint8_t *entry = t->at + t->digests_size + SKIPPABLE_HEADER_SIZE;
	uint64_t in = IMAGE_HEADER_SIZE, core = 0;

	if (le32(entry) != IMAGE_HEADER_SIZE || le32(entry + 4))
		return err_set(e, "seek table: it does not start with the header page");
	entry += SEEK_ENTRY_SIZE;
	for (size_t i = 0; i < out->count; i++, entry += SEEK_ENTRY_SIZE, digest += DIGEST_SIZE) {
		struct image_frame x = { in, core, le64(digest), le32(entry), le32(entry + 4) };

		if (x.in_size < FRAME_SIZE_MIN || !x.out_size ||
		    x.out_size > image_frame_out_max(i) ||
		    x.in_size > image_frame_in_max(x.out_size))
			return err_set(e, "seek table: zstd frame %zu has an impossible size", i);
		in += x.in_size;
		core += x.out_size;
		out->frames[i] = x;
	}
	if (in != t->start || le32(entry) != t->digests_size || le32(entry + 4))
		return err_set(e,
			       "seek table: the frames end at %#" PRIx64
			       ", the tables start at %#" PRIx64,
			       in, t->start);
	out->core_size = core;
	if (f->header->core_size && f->header->core_size != core)
		return err_set(e, "seek table: %" PRIu64 " bytes of core, the header says %" PRIu64,
			       core, f->header->core_size);
	return true;
}

/* Where the image ends, as far as header and file tell. */
static bool find_end(const struct file *f, uint64_t *end, struct err *e)
{
	*end = f->header->image_size ? f->header->image_size : f->size;
	if (f->size != UINT64_MAX && *end > f->size)
		return err_set(e, "cut short: %" PRIu64 " bytes of %" PRIu64, f->size, *end);
	if (*end == UINT64_MAX)
		return err_set(
			e, "the image's size is not known here; save the stream to a file first");
	if (*end <
	    IMAGE_HEADER_SIZE + FRAME_SIZE_MIN + 4 * SKIPPABLE_HEADER_SIZE + SEEK_TABLE_FOOTER_SIZE)
		return err_set(e, "cut short: %" PRIu64 " bytes hold no image", *end);
	return true;
}

/* Places the tables and counts the frames. */
static bool find_tables(const struct file *f, struct tables *t, size_t *frames, struct err *e)
{
	uint8_t footer[SEEK_TABLE_FOOTER_SIZE];
	uint64_t end, count;
	uint32_t entries;

	if (!find_end(f, &end, e) ||
	    !f->pread_fn(f->opaque, end - sizeof(footer), footer, sizeof(footer), e))
		return false;
	if (!footer_entries(footer, &entries))
		return err_set(e, "no seek table at the end: cut short, or not complete");
	/* Header page and digest table have entries, too. */
	count = (uint64_t)entries - 2;
	t->digests_size = SKIPPABLE_HEADER_SIZE + count * DIGEST_SIZE;
	t->size = t->digests_size + SKIPPABLE_HEADER_SIZE + (count + 2) * SEEK_ENTRY_SIZE +
		  sizeof(footer);
	if (entries < 3 || count > end / FRAME_SIZE_MIN ||
	    (f->header->frame_count && f->header->frame_count != count) ||
	    t->size > end - IMAGE_HEADER_SIZE)
		return err_set(e, "seek table: %u entries do not fit the image", entries);
	t->start = end - t->size;
	*frames = count;
	return true;
}

static bool check_tables(const struct file *f, const struct tables *t, struct err *e)
{
	const struct bytes digests = { t->at, t->digests_size };
	const struct bytes seek = { t->at + t->digests_size, t->size - t->digests_size };
	uint8_t sum[SHA256_SIZE];

	if (le32(seek.data) != SEEK_TABLE_FRAME_MAGIC ||
	    le32(seek.data + 4) != seek.size - SKIPPABLE_HEADER_SIZE ||
	    le32(digests.data) != DIGEST_TABLE_FRAME_MAGIC ||
	    le32(digests.data + 4) != digests.size - SKIPPABLE_HEADER_SIZE)
		return err_set(e, "seek table: its frame header is damaged");
	/* A stream's header came before them. */
	if (f->header->state == IMAGE_STREAM ||
	    (f->header->state == IMAGE_CONSUMED && !f->header->image_size))
		return true;
	sum_tables(sum, digests, seek);
	return !memcmp(sum, f->header->tables, sizeof(sum)) ||
	       err_set(e, "seek table: its SHA-256 does not match the header's");
}

bool seek_table_read(struct seek_table *t, const struct image_header *h, elfcore_pread_fn *pread_fn,
		     void *opaque, uint64_t file_size, struct err *e)
{
	const struct file f = { h, pread_fn, opaque, file_size };
	struct tables raw;
	bool ok;

	*t = (struct seek_table){ 0 };
	if (!find_tables(&f, &raw, &t->count, e))
		return false;
	raw.at = malloc(raw.size);
	t->frames = calloc(t->count, sizeof(*t->frames));
	ok = (raw.at && t->frames) || err_set(e, "no memory for a table of %zu frames", t->count);
	ok = ok && pread_fn(opaque, raw.start, raw.at, raw.size, e) && check_tables(&f, &raw, e) &&
	     take_apart(t, &f, &raw, e);
	free(raw.at);
	return ok;
}

void seek_table_deinit(struct seek_table *t)
{
	free(t->frames);
	*t = (struct seek_table){ 0 };
}

static bool ends_before(const void *element, uint64_t offset)
{
	const struct image_frame *f = element;

	return f->out_offset + (f->out_size - 1) < offset;
}

size_t seek_table_find(const struct seek_table *t, uint64_t offset)
{
	return search_first(t->frames, t->count, sizeof(*t->frames), offset, ends_before);
}

/* ---- Of a stream ---- */

/* One more link; a chain takes no memory and depends on all that was put into it. */
static uint64_t chain(uint64_t before, uint64_t word)
{
	return xxh64(&word, sizeof(word), before);
}

/* What the seek table has to say of a frame, as it lies there. */
static uint64_t seek_entry(uint32_t in_size, uint32_t out_size)
{
	return in_size | (uint64_t)out_size << 32;
}

void seek_chain_begin(struct seek_chain *c)
{
	*c = (struct seek_chain){ .sizes = chain(0, seek_entry(IMAGE_HEADER_SIZE, 0)) };
}

void seek_chain_add(struct seek_chain *c, const struct image_frame *f)
{
	c->frames++;
	c->digests = chain(c->digests, f->digest);
	c->sizes = chain(c->sizes, seek_entry(f->in_size, f->out_size));
}

/* @count words of the stream, chained. */
static bool chain_words(uint64_t count, uint64_t *sum, seek_chain_read_fn *read_fn, void *opaque,
			struct err *e)
{
	*sum = 0;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t word;

		if (!read_fn(opaque, &word, sizeof(word), e))
			return false;
		*sum = chain(*sum, word);
	}
	return true;
}

static bool end_digests(struct seek_chain *c, seek_chain_read_fn *read_fn, void *opaque,
			struct err *e)
{
	uint64_t sum;
	uint8_t size[4];

	if (!read_fn(opaque, size, sizeof(size), e))
		return false;
	if (le32(size) != c->frames * DIGEST_SIZE)
		return err_set(e, "%" PRIu64 " frames came, the tables tell of %u", c->frames,
			       le32(size) / DIGEST_SIZE);
	if (!chain_words(c->frames, &sum, read_fn, opaque, e))
		return false;
	c->sizes = chain(c->sizes, seek_entry(SKIPPABLE_HEADER_SIZE + le32(size), 0));
	return sum == c->digests ||
	       err_set(e, "a zstd frame, or the table of their checksums, is damaged");
}

static bool end_sizes(struct seek_chain *c, seek_chain_read_fn *read_fn, void *opaque,
		      struct err *e)
{
	uint8_t head[SKIPPABLE_HEADER_SIZE], footer[SEEK_TABLE_FOOTER_SIZE];
	uint64_t entries = c->frames + 2, sum;
	uint32_t told;

	if (!read_fn(opaque, head, sizeof(head), e))
		return false;
	if (le32(head) != SEEK_TABLE_FRAME_MAGIC ||
	    le32(head + 4) != entries * SEEK_ENTRY_SIZE + sizeof(footer))
		return err_set(e, "the seek table is damaged");
	if (!chain_words(entries, &sum, read_fn, opaque, e) ||
	    !read_fn(opaque, footer, sizeof(footer), e))
		return false;
	return (sum == c->sizes && footer_entries(footer, &told) && told == entries) ||
	       err_set(e, "the seek table is damaged");
}

bool seek_chain_end(struct seek_chain *c, seek_chain_read_fn *read_fn, void *opaque, struct err *e)
{
	return end_digests(c, read_fn, opaque, e) && end_sizes(c, read_fn, opaque, e);
}

/* ---- Of an image in the making ---- */

static bool put(struct table_bytes *t, uint64_t value, size_t size)
{
	if (!grow_array(&t->at, &t->room, t->size + size, 1))
		return false;
	for (size_t i = 0; i < size; i++)
		t->at[t->size++] = value >> 8 * i;
	return true;
}

static bool put_entry(struct table_maker *m, uint64_t in_size, uint64_t out_size)
{
	return put(&m->seek, in_size, 4) && put(&m->seek, out_size, 4);
}

/* A table is a skippable frame, whose size is filled in at the end. */
static bool put_header(struct table_bytes *t, uint32_t magic)
{
	return put(t, magic, 4) && put(t, 0, 4);
}

static void fill_size(struct table_bytes *t)
{
	struct table_bytes size = { t->at, 4, t->room };

	put(&size, t->size - SKIPPABLE_HEADER_SIZE, 4);
}

bool table_maker_begin(struct table_maker *m)
{
	*m = (struct table_maker){ 0 };
	return put_header(&m->digests, DIGEST_TABLE_FRAME_MAGIC) &&
	       put_header(&m->seek, SEEK_TABLE_FRAME_MAGIC) && put_entry(m, IMAGE_HEADER_SIZE, 0);
}

bool table_maker_add(struct table_maker *m, uint32_t in_size, uint32_t out_size, uint64_t digest)
{
	m->frame_count++;
	return put_entry(m, in_size, out_size) && put(&m->digests, digest, DIGEST_SIZE);
}

bool table_maker_end(struct table_maker *m)
{
	if (!put_entry(m, m->digests.size, 0) || !put(&m->seek, (uint64_t)m->frame_count + 2, 4) ||
	    !put(&m->seek, 0, 1) || !put(&m->seek, SEEK_TABLE_MAGIC, 4))
		return false;
	fill_size(&m->digests);
	fill_size(&m->seek);
	sum_tables(m->sum, (struct bytes){ m->digests.at, m->digests.size },
		   (struct bytes){ m->seek.at, m->seek.size });
	return true;
}

void table_maker_deinit(struct table_maker *m)
{
	free(m->digests.at);
	free(m->seek.at);
	*m = (struct table_maker){ 0 };
}
