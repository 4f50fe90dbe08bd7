/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core_image.h"
#include "file_format.h"
#include "x86.h"
#include "xxh64.h"

static bool file_read(const struct core_image *image, uint64_t offset, void *to, size_t size,
		      struct err *e)
{
	return image->pread_fn(image->opaque, offset, to, size, e);
}

bool core_image_complete(const struct core_image *image, struct err *e)
{
	return !image->saved || image_header_complete(&image->header, e);
}

bool core_image_verify(const struct core_image *image, struct err *e)
{
	uint8_t *in = malloc(image_frame_in_max(IMAGE_FRAME_MAX));
	bool ok = in || err_set(e, "no memory for a zstd frame");

	for (size_t i = 0; ok && i < image->table.count; i++) {
		const struct image_frame *f = &image->table.frames[i];

		ok = file_read(image, f->in_offset, in, f->in_size, e) && decoder_check(f, in, e);
	}
	free(in);
	return ok;
}

/* A frame, decompressed, from now on in the cache; NULL with @e set. */
static const uint8_t *load_frame(struct core_image *image, size_t index, struct err *e)
{
	const struct image_frame *f = &image->table.frames[index];
	uint8_t *out = malloc(f->out_size), *in = malloc(f->in_size);
	bool ok = (out && in) || err_set(e, "no memory for a zstd frame of %u bytes", f->out_size);

	ok = ok && file_read(image, f->in_offset, in, f->in_size, e) &&
	     decoder_run(image->decoder, f, in, out, e);
	free(in);
	if (!ok) {
		free(out);
		return NULL;
	}
	frame_cache_put(&image->cache, index, out);
	return out;
}

void core_image_drop_cache(struct core_image *image)
{
	frame_cache_empty(&image->cache);
}

/* Of what is in the frames. */
static bool read_content(struct core_image *image, uint64_t offset, void *to, size_t size,
			 struct err *e)
{
	uint8_t *at = to;

	while (size) {
		size_t i = seek_table_find(&image->table, offset), part;
		const uint8_t *data;
		uint64_t skip;

		if (i == image->table.count)
			return err_set(e, "offset %#" PRIx64 " is beyond the end of the core",
				       offset);
		data = frame_cache_get(&image->cache, i);
		if (!data)
			data = load_frame(image, i, e);
		if (!data)
			return false;
		skip = offset - image->table.frames[i].out_offset;
		part = image->table.frames[i].out_size - skip;
		part = part < size ? part : size;
		memcpy(at, data + skip, part);
		at += part;
		offset += part;
		size -= part;
	}
	return true;
}

static bool read_frames(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	return read_content(opaque, offset, to, size, e);
}

/* The physical address of what is at @offset in the core, behind its headers. */
static bool address_of(const struct core_image *image, uint64_t offset, uint64_t *paddr)
{
	const struct extents *x = &image->memory.extents;
	size_t i = extents_from_offset(x, offset);

	if (i == x->count || x->at[i].offset > offset)
		return false;
	*paddr = x->at[i].paddr + (offset - x->at[i].offset);
	return true;
}

static bool read_digest(struct core_image *image, uint64_t n, uint64_t *digest, struct err *e)
{
	return read_content(image, page_digests_offset(&image->pages, n), digest, sizeof(*digest),
			    e);
}

static bool read_base_page(struct core_image *image, uint64_t n, uint8_t page[PAGE_SIZE],
			   struct err *e)
{
	const struct page_digests *d = &image->pages;
	uint64_t paddr, digest;

	if (!image->base)
		return err_set(e, "its base, %s, is not open", d->about.base_name);
	if (!address_of(image, d->about.headers_size + n * PAGE_SIZE, &paddr))
		return err_set(e, "page %" PRIu64 " of the core has no address", n);
	if (!core_memory_read_phys(&image->base->memory, paddr, page, PAGE_SIZE, e))
		return err_prefix(e, "its base, %s", d->about.base_name);
	if (image->is_base)
		return true;
	return read_digest(image, n, &digest, e) &&
	       (xxh64(page, PAGE_SIZE, d->about.seed) == digest ||
		err_set(e, "the page at %#" PRIx64 " of its base, %s, is not what it was", paddr,
			d->about.base_name));
}

/* Some of page @n of the body. */
static bool read_page(struct core_image *image, uint64_t n, size_t skip, void *to, size_t size,
		      struct err *e)
{
	uint8_t page[PAGE_SIZE];
	uint64_t place;

	if (page_digests_find(&image->pages, n, &place))
		return read_content(image,
				    image->pages.about.headers_size + place * PAGE_SIZE + skip, to,
				    size, e);
	if (!read_base_page(image, n, page, e))
		return false;
	memcpy(to, page + skip, size);
	return true;
}

static bool read_pages(struct core_image *image, uint64_t offset, void *to, size_t size,
		       struct err *e)
{
	uint64_t headers = image->pages.about.headers_size;
	uint8_t *at = to;

	if (offset > image->core_size || size > image->core_size - offset)
		return err_set(e, "offset %#" PRIx64 " is beyond the end of the core", offset);
	while (size) {
		uint64_t n = (offset - headers) / PAGE_SIZE;
		size_t skip = offset < headers ? 0 : (offset - headers) % PAGE_SIZE;
		size_t part = offset < headers ? headers - offset : PAGE_SIZE - skip;
		bool ok;

		part = part < size ? part : size;
		ok = offset < headers ? read_content(image, offset, at, part, e)
				      : read_page(image, n, skip, at, part, e);
		if (!ok)
			return false;
		at += part;
		offset += part;
		size -= part;
	}
	return true;
}

bool core_image_read(struct core_image *image, uint64_t offset, void *to, size_t size,
		     struct err *e)
{
	if (!image->saved)
		return file_read(image, offset, to, size, e);
	return image->has_pages ? read_pages(image, offset, to, size, e)
				: read_content(image, offset, to, size, e);
}

const char *core_image_base_name(const struct core_image *image)
{
	const char *name = image->pages.about.base_name;

	return image->has_pages && *name ? name : NULL;
}

bool core_image_set_base(struct core_image *image, struct core_image *base, struct err *e)
{
	const struct image_pages *p = &image->pages.about;

	if (!base->has_pages || memcmp(base->header.id, p->base_id, sizeof(p->base_id)) ||
	    memcmp(base->header.tables, p->base_tables, sizeof(p->base_tables)))
		return err_set(e, "is another image than that which it was based on");
	image->base = base;
	base->is_base = true;
	return true;
}

bool core_image_page_digest(void *opaque, uint64_t paddr, uint64_t *digest)
{
	struct core_image *base = opaque;
	const struct extent *x = extents_find(&base->memory.extents, paddr);
	uint64_t at = base->pages.about.headers_size;
	struct err ignored;

	return x && read_digest(base, (x->offset + (paddr - x->paddr) - at) / PAGE_SIZE, digest,
				&ignored);
}

static bool read_core(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	return core_image_read(opaque, offset, to, size, e);
}

static bool is_hole(void *opaque, uint64_t offset, uint64_t size)
{
	const struct core_image *image = opaque;

	return !image->saved && image->hole_fn && image->hole_fn(image->opaque, offset, size);
}

/* The jump record of a saved image is in its core and, the same, in its header page. */
void core_image_bind_memory(struct core_image *image)
{
	image->memory = (struct core_memory){
		.second_record = image->saved ? &image->header.record : NULL,
		.read = read_core,
		.is_hole = is_hole,
		.opaque = image,
	};
}

/* Each page of the body is at one place of memory, by which the base has it. */
static bool check_pages(const struct core_image *image)
{
	const struct extents *x = &image->memory.extents;
	uint64_t at = image->pages.about.headers_size;

	for (size_t i = 0; i < x->count; i++) {
		if (x->at[i].offset != at || (x->at[i].paddr | x->at[i].size) % PAGE_SIZE)
			return false;
		at += x->at[i].size;
	}
	return at == image->core_size;
}

static bool open_pages(struct core_image *image, struct err *e)
{
	const struct image_pages *p = &image->pages.about;

	if (!(image->header.flags & IMAGE_HAS_PAGES))
		return true;
	if (image->cipher)
		return err_set(e, "is encrypted, and such an image has no digests of its pages");
	if (!(image->header.flags & IMAGE_FOR_ANALYSIS))
		return err_set(e, "the header page has flags that do not go together");
	if (!page_digests_read(&image->pages, read_frames, image, image->core_size, e))
		return false;
	image->has_pages = true;
	image->core_size = p->headers_size + p->pages * PAGE_SIZE;
	return true;
}

/*
 * A stream's header came before its tables, so they are not authenticated; its frames are, each at
 * its place. That the last one is the core's last is known here.
 */
static bool check_end(struct core_image *image, struct err *e)
{
	if (!image->cipher || image->header.image_size)
		return true;
	if (!load_frame(image, image->table.count - 1, e))
		return false;
	core_image_drop_cache(image);
	return true;
}

static bool open_saved(struct core_image *image, const struct image_keys *keys, struct err *e)
{
	if (!file_read(image, 0, &image->header, sizeof(image->header), e) ||
	    !image_header_check(&image->header, e))
		return false;
	image->saved = true;
	if (!image_header_complete(&image->header, &(struct err){ 0 }))
		return true;
	if (!image_unseal(&image->header, keys, &image->cipher, e))
		return false;
	image->decoder = decoder_create(image->cipher);
	if (!image->decoder)
		return err_set(e, "no memory for a decompressor");
	if (!seek_table_read(&image->table, &image->header, image->pread_fn, image->opaque,
			     image->file_size, e))
		return false;
	image->core_size = image->table.core_size;
	frame_cipher_set_end(image->cipher, image->core_size);
	if (!check_end(image, e) || !open_pages(image, e))
		return false;
	core_image_bind_memory(image);
	return core_memory_describe(&image->memory, image->core_size, e) &&
	       (!image->has_pages || check_pages(image) ||
		err_set(e, "the digests of its pages are not those of its core"));
}

static bool not_an_image(const struct core_image *image, struct err *e)
{
	uint64_t size = image->file_size;
	const struct file_format *f;
	struct err ignored;
	uint8_t *head;

	err_set(e, "neither a saved image nor an ELF core");
	if (size > FILE_FORMAT_REACH)
		size = FILE_FORMAT_REACH;
	head = malloc(size);
	if (head && file_read(image, 0, head, size, &ignored)) {
		f = file_format_find((struct bytes){ head, size });
		if (f) {
			err_append(e, ", but ");
			file_format_append_for_core(f, e);
		}
	}
	free(head);
	return false;
}

bool core_image_open(struct core_image *image, const struct image_keys *keys,
		     elfcore_pread_fn *pread_fn, void *opaque, uint64_t file_size, struct err *e)
{
	static const uint32_t image_magic = IMAGE_SKIPPABLE_MAGIC;
	uint8_t magic[4];
	bool ok;

	*image = (struct core_image){ .pread_fn = pread_fn,
				      .opaque = opaque,
				      .file_size = file_size };
	if (file_size < sizeof(magic))
		return err_set(e, "%" PRIu64 " bytes hold no image", file_size);
	if (!file_read(image, 0, magic, sizeof(magic), e))
		return false;
	if (!memcmp(magic, ELFMAG, SELFMAG) && keys) {
		ok = image_not_encrypted(e);
	} else if (!memcmp(magic, ELFMAG, SELFMAG)) {
		image->core_size = file_size;
		core_image_bind_memory(image);
		ok = core_memory_describe(&image->memory, file_size, e);
	} else if (!memcmp(magic, &image_magic, sizeof(magic))) {
		ok = open_saved(image, keys, e);
	} else {
		ok = not_an_image(image, e);
	}
	if (!ok)
		core_image_close(image);
	return ok;
}

void core_image_close(struct core_image *image)
{
	core_memory_deinit(&image->memory);
	decoder_destroy(image->decoder);
	frame_cipher_destroy(image->cipher);
	core_image_drop_cache(image);
	seek_table_deinit(&image->table);
	page_digests_deinit(&image->pages);
	*image = (struct core_image){ 0 };
}
