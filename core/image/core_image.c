/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core_image.h"

#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "copy.h"
#include "search.h"
#include "sha256.h"
#include "xxh64.h"
#include "zstd_format.h"

/* A skippable frame's magic and size (zstd_compression_format.md). */
#define SKIPPABLE_HEADER_SIZE 8
#define SEEK_ENTRY_SIZE	      8
#define DIGEST_SIZE	      8
/* No compressed frame is shorter: magic, header, one empty block, checksum. */
#define FRAME_SIZE_MIN 12

static void header_digest(const struct image_header *h, uint8_t digest[SHA256_SIZE])
{
	static const uint8_t zero[SHA256_SIZE];
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, h, offsetof(struct image_header, digest));
	sha256_update(&s, zero, sizeof(zero));
	sha256_final(&s, digest);
}

bool image_header_check(const struct image_header *h, struct err *e)
{
	uint8_t digest[SHA256_SIZE];

	if (h->frame_magic != IMAGE_SKIPPABLE_MAGIC ||
	    memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic)))
		return err_set(e, "no image header");
	header_digest(h, digest);
	if (memcmp(digest, h->digest, sizeof(digest)))
		return err_set(e, "the header page is damaged (its SHA-256 does not match)");
	if (h->version != IMAGE_VERSION)
		return err_set(e, "image format version %u, this program knows %u", h->version,
			       IMAGE_VERSION);
	if (h->frame_size != IMAGE_HEADER_SIZE - 8 || !*image_state_name(h->state))
		return err_set(e, "the header page has a state or size that does not exist");
	return true;
}

void image_header_seal(struct image_header *h)
{
	h->frame_magic = IMAGE_SKIPPABLE_MAGIC;
	h->frame_size = IMAGE_HEADER_SIZE - 8;
	memcpy(h->magic, IMAGE_MAGIC, sizeof(h->magic));
	h->version = IMAGE_VERSION;
	header_digest(h, h->digest);
}

const char *image_state_name(uint32_t state)
{
	switch (state) {
	case IMAGE_EMPTY:
		return "empty";
	case IMAGE_WRITING:
		return "writing";
	case IMAGE_VALID:
		return "valid";
	case IMAGE_CONSUMED:
		return "consumed";
	case IMAGE_STREAM:
		return "stream";
	}
	return "";
}

static bool file_read(const struct core_image *image, uint64_t offset, void *to, size_t size,
		      struct err *e)
{
	return image->pread_fn(image->opaque, offset, to, size, e);
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* Compressed data that do not compress: ZSTD_COMPRESSBOUND() of zstd.h, rounded up. */
size_t core_frame_in_max(uint64_t index)
{
	return core_frame_out_max(index) + core_frame_out_max(index) / 128 + 4096;
}

size_t core_frame_out_max(uint64_t index)
{
	return index ? IMAGE_FRAME_SIZE : IMAGE_FRAME_MAX;
}

/* The end of an image: the digest table's frame, then the seek table's. */
struct tables {
	uint8_t *at;
	uint64_t start; /* in the file */
	uint64_t size, digests_size;
};

/* Turns the entries into frames; every size is checked against what it must add up to. */
static bool frames_from_tables(struct core_image *image, const struct tables *t, struct err *e)
{
	const uint8_t *digest = t->at + SKIPPABLE_HEADER_SIZE;
	const uint8_t *entry = t->at + t->digests_size + SKIPPABLE_HEADER_SIZE;
	uint64_t in = IMAGE_HEADER_SIZE, out = 0;

	if (le32(entry) != IMAGE_HEADER_SIZE || le32(entry + 4))
		return err_set(e, "seek table: it does not start with the header page");
	entry += SEEK_ENTRY_SIZE;
	for (size_t i = 0; i < image->frame_count;
	     i++, entry += SEEK_ENTRY_SIZE, digest += DIGEST_SIZE) {
		struct core_frame f = { in, out, le64(digest), le32(entry), le32(entry + 4) };

		if (f.in_size < FRAME_SIZE_MIN || f.in_size > core_frame_in_max(i) || !f.out_size ||
		    f.out_size > core_frame_out_max(i))
			return err_set(e, "seek table: frame %zu has a size that cannot be", i);
		in += f.in_size;
		out += f.out_size;
		image->frames[i] = f;
	}
	if (in != t->start || le32(entry) != t->digests_size || le32(entry + 4))
		return err_set(e,
			       "seek table: the frames end at %#" PRIx64
			       ", the tables start at %#" PRIx64,
			       in, t->start);
	image->core_size = out;
	if (image->header.core_size && image->header.core_size != out)
		return err_set(e, "seek table: %" PRIu64 " bytes of core, the header says %" PRIu64,
			       out, image->header.core_size);
	return true;
}

static bool tables_match_header(const struct image_header *h, const struct tables *t)
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 s;

	if (h->state == IMAGE_STREAM)
		return true;
	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, t->at, t->size);
	sha256_final(&s, digest);
	return !memcmp(digest, h->tables, sizeof(digest));
}

/* Where the image ends, as far as header and file tell. */
static bool find_end(const struct core_image *image, uint64_t *end, struct err *e)
{
	*end = image->header.image_size ? image->header.image_size : image->file_size;
	if (image->file_size != UINT64_MAX && *end > image->file_size)
		return err_set(e, "cut short: %" PRIu64 " bytes of %" PRIu64, image->file_size,
			       *end);
	if (*end == UINT64_MAX)
		return err_set(
			e, "the image's size is not known here; save the stream to a file first");
	if (*end <
	    IMAGE_HEADER_SIZE + FRAME_SIZE_MIN + 4 * SKIPPABLE_HEADER_SIZE + SEEK_TABLE_FOOTER_SIZE)
		return err_set(e, "cut short: %" PRIu64 " bytes hold no image", *end);
	return true;
}

/* Places the tables and counts the frames. */
static bool find_tables(struct core_image *image, struct tables *t, struct err *e)
{
	uint8_t footer[SEEK_TABLE_FOOTER_SIZE];
	uint64_t end, count;

	if (!find_end(image, &end, e) ||
	    !file_read(image, end - sizeof(footer), footer, sizeof(footer), e))
		return false;
	/* Header page and digest table have entries, too. */
	count = (uint64_t)le32(footer) - 2;
	if (le32(footer + 5) != SEEK_TABLE_MAGIC || footer[4])
		return err_set(e, "no seek table at the end: cut short, or not complete");
	if (le32(footer) < 3 || count > end / FRAME_SIZE_MIN ||
	    (image->header.frame_count && image->header.frame_count != count))
		return err_set(e, "seek table: %u entries do not fit the image", le32(footer));
	t->digests_size = SKIPPABLE_HEADER_SIZE + count * DIGEST_SIZE;
	t->size = t->digests_size + SKIPPABLE_HEADER_SIZE + (count + 2) * SEEK_ENTRY_SIZE +
		  sizeof(footer);
	if (t->size > end - IMAGE_HEADER_SIZE)
		return err_set(e, "seek table: %u entries do not fit the image", le32(footer));
	t->start = end - t->size;
	image->frame_count = count;
	return true;
}

static bool check_tables(const struct core_image *image, const struct tables *t, struct err *e)
{
	const uint8_t *seek = t->at + t->digests_size;

	if (le32(seek) != SEEK_TABLE_FRAME_MAGIC ||
	    le32(seek + 4) != t->size - t->digests_size - SKIPPABLE_HEADER_SIZE ||
	    le32(t->at) != DIGEST_TABLE_FRAME_MAGIC ||
	    le32(t->at + 4) != t->digests_size - SKIPPABLE_HEADER_SIZE)
		return err_set(e, "seek table: its frame header is damaged");
	return tables_match_header(&image->header, t) ||
	       err_set(e, "seek table: its SHA-256 does not match the header's");
}

static bool read_tables(struct core_image *image, struct err *e)
{
	struct tables t;
	bool ok;

	if (!find_tables(image, &t, e))
		return false;
	t.at = malloc(t.size);
	image->frames = calloc(image->frame_count, sizeof(*image->frames));
	ok = (t.at && image->frames) ||
	     err_set(e, "no memory for a table of %zu frames", image->frame_count);
	ok = ok && file_read(image, t.start, t.at, t.size, e) && check_tables(image, &t, e) &&
	     frames_from_tables(image, &t, e);
	free(t.at);
	return ok;
}

#if HAVE_ZSTD

static bool decompress_frame(const struct core_frame *frame, void *decoder, const void *in,
			     void *to, struct err *e)
{
	size_t got = ZSTD_decompressDCtx(decoder, to, frame->out_size, in, frame->in_size);

	if (!ZSTD_isError(got) && got == frame->out_size)
		return true;
	return err_set(e, "frame at %#" PRIx64 ": %s", frame->in_offset,
		       ZSTD_isError(got) ? ZSTD_getErrorName(got) : "its size is wrong");
}

void *core_decoder_create(void)
{
	return ZSTD_createDCtx();
}

void core_decoder_destroy(void *decoder)
{
	ZSTD_freeDCtx(decoder);
}

#else

static bool decompress_frame(const struct core_frame *frame, void *decoder, const void *in,
			     void *to, struct err *e)
{
	(void)frame, (void)decoder, (void)in, (void)to;
	return err_set(e, "this program was built without zstd, which saved images need");
}

void *core_decoder_create(void)
{
	return malloc(1);
}

void core_decoder_destroy(void *decoder)
{
	free(decoder);
}

#endif

/* zstd skips over some bits of what it reads; none of ours may be another than was written. */
static bool check_digest(const struct core_frame *frame, const void *in, struct err *e)
{
	return xxh64(in, frame->in_size, 0) == frame->digest ||
	       err_set(e, "frame at %#" PRIx64 ": damaged (its checksum does not match)",
		       frame->in_offset);
}

/*
 * A frame of blocks that are stored or repeat one byte, which needs no decoder; nor its checksum,
 * as what was stored has one already. False when it is another one, or not whole: a decoder will
 * tell.
 */
static bool unpack_stored(const struct core_frame *frame, const void *in, void *to)
{
	struct bytes b = { in, frame->in_size };
	uint64_t at = ZSTD_FRAME_HEADER_SIZE;
	uint8_t *out = to, *end = out + frame->out_size, descriptor;
	uint32_t word;
	bool last = false;

	if (!bytes_le32(b, 0, &word) || word != ZSTD_FRAME_MAGIC ||
	    !bytes_copy(b, 4, &descriptor, 1) || descriptor != ZSTD_FRAME_DESCRIPTOR ||
	    !bytes_le32(b, 5, &word) || word != frame->out_size)
		return false;
	while (!last) {
		enum zstd_block type;
		struct bytes data;
		uint64_t size;

		/* A checksum follows the last block, so there is a fourth byte. */
		if (!bytes_le32(b, at, &word))
			return false;
		last = word & 1;
		type = word >> 1 & 3;
		size = (word & 0xffffff) >> 3;
		at += ZSTD_BLOCK_HEADER_SIZE;
		if (size > (uint64_t)(end - out) ||
		    (type != ZSTD_BLOCK_RAW && type != ZSTD_BLOCK_RLE) ||
		    !bytes_sub(b, at, type == ZSTD_BLOCK_RLE ? 1 : size, &data))
			return false;
		if (type == ZSTD_BLOCK_RLE)
			memset(out, *data.data, size);
		else
			copy_bytes(out, data.data, size);
		out += size;
		at += data.size;
	}
	return out == end && at + ZSTD_CHECKSUM_SIZE == b.size;
}

bool core_frame_unpack(const struct core_frame *frame, void *decoder, const void *in, void *to,
		       struct err *e)
{
	return check_digest(frame, in, e) &&
	       (unpack_stored(frame, in, to) || decompress_frame(frame, decoder, in, to, e));
}

bool core_image_verify(const struct core_image *image, struct err *e)
{
	uint8_t *in = malloc(core_frame_in_max(0));
	bool ok = in || err_set(e, "no memory for a frame");

	for (size_t i = 0; ok && i < image->frame_count; i++) {
		const struct core_frame *f = &image->frames[i];

		ok = file_read(image, f->in_offset, in, f->in_size, e) && check_digest(f, in, e);
	}
	free(in);
	return ok;
}

static bool load_frame(struct core_image *image, size_t index, struct core_cached_frame *slot,
		       struct err *e)
{
	const struct core_frame *f = &image->frames[index];
	uint8_t *out = malloc(f->out_size), *in = malloc(f->in_size);
	bool ok = (out && in) || err_set(e, "no memory for a frame of %u bytes", f->out_size);

	ok = ok && file_read(image, f->in_offset, in, f->in_size, e) &&
	     core_frame_unpack(f, image->decoder, in, out, e);
	free(in);
	if (!ok) {
		free(out);
		return false;
	}
	free(slot->data);
	slot->data = out;
	slot->frame = index;
	return true;
}

/* The decompressed frame: from the cache, or in place of what was not used for the longest time. */
static const uint8_t *frame_data(struct core_image *image, size_t index, struct err *e)
{
	struct core_cached_frame *oldest = image->cache;

	for (size_t i = 0; i < CORE_CACHE_SIZE; i++) {
		struct core_cached_frame *c = &image->cache[i];

		if (c->data && c->frame == index) {
			c->used = ++image->reads;
			return c->data;
		}
		if (c->used < oldest->used)
			oldest = c;
	}
	if (!load_frame(image, index, oldest, e))
		return NULL;
	oldest->used = ++image->reads;
	return oldest->data;
}

void core_image_drop_cache(struct core_image *image)
{
	for (size_t i = 0; i < CORE_CACHE_SIZE; i++) {
		free(image->cache[i].data);
		image->cache[i] = (struct core_cached_frame){ 0 };
	}
}

static bool frame_ends_before(const void *element, uint64_t offset)
{
	const struct core_frame *f = element;

	return f->out_offset + (f->out_size - 1) < offset;
}

/* The frame that holds byte @offset of the core; frame_count when there is none. */
static size_t frame_at(const struct core_image *image, uint64_t offset)
{
	return search_first(image->frames, image->frame_count, sizeof(*image->frames), offset,
			    frame_ends_before);
}

bool core_image_read(struct core_image *image, uint64_t offset, void *to, size_t size,
		     struct err *e)
{
	uint8_t *at = to;

	if (!image->saved)
		return file_read(image, offset, to, size, e);
	while (size) {
		size_t i = frame_at(image, offset), part;
		const uint8_t *data;
		uint64_t skip;

		if (i == image->frame_count)
			return err_set(e, "offset %#" PRIx64 " is beyond the end of the core",
				       offset);
		data = frame_data(image, i, e);
		if (!data)
			return false;
		skip = offset - image->frames[i].out_offset;
		part = image->frames[i].out_size - skip;
		part = part < size ? part : size;
		memcpy(at, data + skip, part);
		at += part;
		offset += part;
		size -= part;
	}
	return true;
}

static bool read_through_frames(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	return core_image_read(opaque, offset, to, size, e);
}

static bool open_saved(struct core_image *image, struct err *e)
{
	if (!file_read(image, 0, &image->header, sizeof(image->header), e) ||
	    !image_header_check(&image->header, e))
		return false;
	image->saved = true;
	if (image->header.state == IMAGE_EMPTY || image->header.state == IMAGE_WRITING)
		return true;
	image->decoder = core_decoder_create();
	if (!image->decoder)
		return err_set(e, "no memory for a decompressor");
	return read_tables(image, e) &&
	       elfcore_read(&image->core, read_through_frames, image, image->core_size, e) &&
	       extents_of_core(&image->memory, &image->core, e);
}

bool core_image_open(struct core_image *image, elfcore_pread_fn *pread_fn, void *opaque,
		     uint64_t file_size, struct err *e)
{
	uint8_t magic[4];
	bool ok;

	*image = (struct core_image){ .pread_fn = pread_fn,
				      .opaque = opaque,
				      .file_size = file_size };
	if (file_size < sizeof(magic))
		return err_set(e, "%" PRIu64 " bytes hold no image", file_size);
	if (!file_read(image, 0, magic, sizeof(magic), e))
		return false;
	if (!memcmp(magic, ELFMAG, SELFMAG)) {
		image->core_size = file_size;
		ok = elfcore_read(&image->core, pread_fn, opaque, file_size, e) &&
		     extents_of_core(&image->memory, &image->core, e);
	} else if (le32(magic) == IMAGE_SKIPPABLE_MAGIC) {
		ok = open_saved(image, e);
	} else {
		ok = err_set(e, "neither a saved image nor an ELF core");
	}
	if (!ok)
		core_image_close(image);
	return ok;
}

void core_image_close(struct core_image *image)
{
	elfcore_deinit(&image->core);
	core_decoder_destroy(image->decoder);
	core_image_drop_cache(image);
	free(image->frames);
	extents_deinit(&image->memory);
	*image = (struct core_image){ 0 };
}

bool core_image_read_phys(struct core_image *image, uint64_t paddr, void *to, size_t size,
			  struct err *e)
{
	uint8_t *at = to;

	while (size) {
		const struct extent *x = extents_find(&image->memory, paddr);
		uint64_t skip, part;

		if (!x)
			return err_set(e, "physical address %#" PRIx64 " is not in the image",
				       paddr);
		skip = paddr - x->paddr;
		part = x->size - skip < size ? x->size - skip : size;
		if (!core_image_read(image, x->offset + skip, at, part, e))
			return false;
		at += part;
		paddr += part;
		size -= part;
	}
	return true;
}

static bool range_is_sane(uint64_t start, uint64_t last)
{
	return start <= last && !(start & 0xfff) && (last & 0xfff) == 0xfff;
}

bool core_image_record(const struct core_image *image, struct jump_record *record, struct err *e)
{
	struct bytes desc;

	if (!elfcore_note(&image->core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, &desc))
		return err_set(e, "no jump record: not an image of a kernel that jumped");
	if (!bytes_copy(desc, 0, record, sizeof(*record)) ||
	    memcmp(record->magic, JUMP_RECORD_MAGIC, sizeof(record->magic)))
		return err_set(e, "the jump record is damaged");
	if (record->version != JUMP_RECORD_VERSION || record->size != sizeof(*record))
		return err_set(e, "jump record version %u, this program knows %u", record->version,
			       JUMP_RECORD_VERSION);
	if (!range_is_sane(record->gate_start, record->gate_last) ||
	    !range_is_sane(record->window_start, record->window_last) ||
	    record->gate_start < record->window_start || record->gate_last > record->window_last ||
	    record->entry < record->gate_start || record->entry > record->gate_last ||
	    (record->low_last && !range_is_sane(record->low_start, record->low_last)))
		return err_set(e, "the jump record is damaged: its ranges do not fit each other");
	record->release[sizeof(record->release) - 1] = 0;
	record->build[sizeof(record->build) - 1] = 0;
	return true;
}
