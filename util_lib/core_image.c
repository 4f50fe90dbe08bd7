/* SPDX-License-Identifier: GPL-2.0-only */
#include "core_image.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "sha256.h"

/* Bytes of a seek table entry without its optional checksum. */
#define SEEK_ENTRY_SIZE 8
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

	if (h->frame_magic != IMAGE_SKIPPABLE_MAGIC || memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic)))
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
	case IMAGE_EMPTY: return "empty";
	case IMAGE_WRITING: return "writing";
	case IMAGE_VALID: return "valid";
	case IMAGE_CONSUMED: return "consumed";
	case IMAGE_STREAM: return "stream";
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

/* Turns the table's entries into frames; every size is checked against what it must add up to. */
static bool frames_from_table(struct core_image *image, const uint8_t *entries, size_t entry_size,
			      uint64_t table_start, struct err *e)
{
	uint64_t in = IMAGE_HEADER_SIZE, out = 0;

	for (size_t i = 0; i < image->frame_count; i++) {
		struct core_frame *f = &image->frames[i];

		f->in_offset = in;
		f->out_offset = out;
		f->in_size = le32(entries + i * entry_size);
		f->out_size = le32(entries + i * entry_size + 4);
		if (f->in_size < FRAME_SIZE_MIN || f->in_size > 2 * IMAGE_FRAME_MAX || !f->out_size ||
		    f->out_size > (i ? IMAGE_FRAME_SIZE : IMAGE_FRAME_MAX))
			return err_set(e, "seek table: frame %zu has a size that cannot be", i);
		in += f->in_size;
		out += f->out_size;
	}
	if (in != table_start)
		return err_set(e, "seek table: the frames end at %#llx, the table starts at %#llx",
			       (unsigned long long)in, (unsigned long long)table_start);
	image->core_size = out;
	if (image->header.core_size && image->header.core_size != out)
		return err_set(e, "seek table: %llu bytes of core, the header says %llu",
			       (unsigned long long)out, (unsigned long long)image->header.core_size);
	return true;
}

static bool table_digest_matches(const struct image_header *h, const uint8_t *table, size_t size)
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 s;

	if (h->state == IMAGE_STREAM)
		return true;
	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, table, size);
	sha256_final(&s, digest);
	return !memcmp(digest, h->seek_table, sizeof(digest));
}

static bool read_seek_table(struct core_image *image, struct err *e)
{
	uint64_t end = image->header.image_size ? image->header.image_size : image->file_size;
	uint8_t footer[SEEK_TABLE_FOOTER_SIZE];
	uint64_t size, start;
	uint32_t count;
	uint8_t *table;
	bool ok;

	if (image->file_size != UINT64_MAX && end > image->file_size)
		return err_set(e, "cut short: %llu bytes of %llu",
			       (unsigned long long)image->file_size, (unsigned long long)end);
	if (end == UINT64_MAX)
		return err_set(e, "the image's size is not known here; save the stream to a file first");
	if (end < IMAGE_HEADER_SIZE + FRAME_SIZE_MIN + 8 + sizeof(footer))
		return err_set(e, "cut short: %llu bytes hold no image", (unsigned long long)end);
	if (!file_read(image, end - sizeof(footer), footer, sizeof(footer), e))
		return false;
	count = le32(footer);
	if (le32(footer + 5) != SEEK_TABLE_MAGIC || footer[4] & 0x7f)
		return err_set(e, "no seek table at the end: cut short, or not complete");
	/* Bit 7 of the descriptor: each entry has a checksum as well. */
	size = 8 + (uint64_t)count * (SEEK_ENTRY_SIZE + (footer[4] ? 4 : 0)) + sizeof(footer);
	if (!count || size > end - IMAGE_HEADER_SIZE ||
	    (end - IMAGE_HEADER_SIZE - size) / FRAME_SIZE_MIN < count ||
	    (image->header.frame_count && image->header.frame_count != count))
		return err_set(e, "seek table: %u frames do not fit the image", count);
	start = end - size;

	table = malloc(size);
	image->frames = calloc(count, sizeof(*image->frames));
	image->frame_count = count;
	if (!table || !image->frames) {
		free(table);
		return err_set(e, "seek table: no memory for %u frames", count);
	}
	ok = file_read(image, start, table, size, e);
	if (ok && (le32(table) != SEEK_TABLE_FRAME_MAGIC || le32(table + 4) != size - 8))
		ok = err_set(e, "seek table: its frame header is damaged");
	if (ok && !table_digest_matches(&image->header, table, size))
		ok = err_set(e, "seek table: its SHA-256 does not match the header's");
	ok = ok && frames_from_table(image, table + 8, SEEK_ENTRY_SIZE + (footer[4] ? 4 : 0), start, e);
	free(table);
	return ok;
}

#if HAVE_ZSTD

bool core_image_read_frame(const struct core_image *image, const struct core_frame *frame,
			   void *decoder, void *in, void *to, struct err *e)
{
	size_t got;

	if (!file_read(image, frame->in_offset, in, frame->in_size, e))
		return false;
	got = ZSTD_decompressDCtx(decoder, to, frame->out_size, in, frame->in_size);
	if (ZSTD_isError(got))
		return err_set(e, "frame at %#llx: %s", (unsigned long long)frame->in_offset,
			       ZSTD_getErrorName(got));
	if (got != frame->out_size)
		return err_set(e, "frame at %#llx: %zu bytes instead of %u",
			       (unsigned long long)frame->in_offset, got, frame->out_size);
	return true;
}

static void *decoder_create(void)
{
	return ZSTD_createDCtx();
}

static void decoder_destroy(void *decoder)
{
	ZSTD_freeDCtx(decoder);
}

#else

bool core_image_read_frame(const struct core_image *image, const struct core_frame *frame,
			   void *decoder, void *in, void *to, struct err *e)
{
	(void)image, (void)frame, (void)decoder, (void)in, (void)to;
	return err_set(e, "this program was built without zstd, which saved images need");
}

static void *decoder_create(void)
{
	return malloc(1);
}

static void decoder_destroy(void *decoder)
{
	free(decoder);
}

#endif

static bool load_frame(struct core_image *image, size_t index, struct err *e)
{
	const struct core_frame *f = &image->frames[index];
	uint8_t *out = malloc(f->out_size), *in = malloc(f->in_size);
	bool ok = out && in;

	if (!ok)
		err_set(e, "no memory for a frame of %u bytes", f->out_size);
	ok = ok && core_image_read_frame(image, f, image->decoder, in, out, e);
	free(in);
	if (!ok) {
		free(out);
		return false;
	}
	free(image->cache);
	image->cache = out;
	image->cache_frame = index;
	return true;
}

/* The frame that holds byte @offset of the core; frame_count when there is none. */
static size_t frame_at(const struct core_image *image, uint64_t offset)
{
	size_t low = 0, high = image->frame_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct core_frame *f = &image->frames[middle];

		if (offset < f->out_offset)
			high = middle;
		else if (offset - f->out_offset >= f->out_size)
			low = middle + 1;
		else
			return middle;
	}
	return image->frame_count;
}

bool core_image_read(struct core_image *image, uint64_t offset, void *to, size_t size, struct err *e)
{
	uint8_t *at = to;

	if (!image->saved)
		return file_read(image, offset, to, size, e);
	while (size) {
		size_t i = frame_at(image, offset), part;
		uint64_t skip;

		if (i == image->frame_count)
			return err_set(e, "offset %#llx is beyond the end of the core",
				       (unsigned long long)offset);
		if ((!image->cache || image->cache_frame != i) && !load_frame(image, i, e))
			return false;
		skip = offset - image->frames[i].out_offset;
		part = image->frames[i].out_size - skip;
		part = part < size ? part : size;
		memcpy(at, image->cache + skip, part);
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

static int order_by_paddr(const void *a, const void *b)
{
	const struct elfcore_load *x = *(const struct elfcore_load *const *)a;
	const struct elfcore_load *y = *(const struct elfcore_load *const *)b;

	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

static bool sort_loads(struct core_image *image, struct err *e)
{
	size_t count = image->core.load_count;

	image->by_paddr = calloc(count + 1, sizeof(*image->by_paddr));
	if (!image->by_paddr)
		return err_set(e, "no memory for %zu program headers", count);
	for (size_t i = 0; i < count; i++)
		image->by_paddr[i] = &image->core.loads[i];
	qsort(image->by_paddr, count, sizeof(*image->by_paddr), order_by_paddr);
	return true;
}

static bool open_saved(struct core_image *image, struct err *e)
{
	if (!file_read(image, 0, &image->header, sizeof(image->header), e) ||
	    !image_header_check(&image->header, e))
		return false;
	image->saved = true;
	if (image->header.state == IMAGE_EMPTY || image->header.state == IMAGE_WRITING)
		return true;
	image->decoder = decoder_create();
	if (!image->decoder)
		return err_set(e, "no memory for a decompressor");
	return read_seek_table(image, e) &&
	       elfcore_read(&image->core, read_through_frames, image, image->core_size, e) &&
	       sort_loads(image, e);
}

bool core_image_open(struct core_image *image, elfcore_pread_fn *pread_fn, void *opaque,
		     uint64_t file_size, struct err *e)
{
	uint8_t magic[4];
	bool ok;

	*image = (struct core_image){ .pread_fn = pread_fn, .opaque = opaque, .file_size = file_size };
	if (file_size < sizeof(magic))
		return err_set(e, "%llu bytes hold no image", (unsigned long long)file_size);
	if (!file_read(image, 0, magic, sizeof(magic), e))
		return false;
	if (!memcmp(magic, ELFMAG, SELFMAG)) {
		image->core_size = file_size;
		ok = elfcore_read(&image->core, pread_fn, opaque, file_size, e) && sort_loads(image, e);
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
	decoder_destroy(image->decoder);
	free(image->frames);
	free(image->by_paddr);
	free(image->cache);
	*image = (struct core_image){ 0 };
}

/* The last load that starts at or below @paddr and has data there; loads may overlap. */
const struct elfcore_load *core_image_find(const struct core_image *image, uint64_t paddr)
{
	size_t low = 0, high = image->core.load_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (image->by_paddr[middle]->paddr <= paddr)
			low = middle + 1;
		else
			high = middle;
	}
	while (low--) {
		const struct elfcore_load *l = image->by_paddr[low];

		if (paddr - l->paddr < l->filesz)
			return l;
	}
	return NULL;
}

bool core_image_read_phys(struct core_image *image, uint64_t paddr, void *to, size_t size,
			  struct err *e)
{
	uint8_t *at = to;

	while (size) {
		const struct elfcore_load *l = core_image_find(image, paddr);
		uint64_t skip, part;

		if (!l)
			return err_set(e, "physical address %#llx is not in the image",
				       (unsigned long long)paddr);
		skip = paddr - l->paddr;
		part = l->filesz - skip < size ? l->filesz - skip : size;
		if (!core_image_read(image, l->offset + skip, at, part, e))
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
