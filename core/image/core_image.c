/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core_image.h"
#include "file_format.h"

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

bool core_image_read(struct core_image *image, uint64_t offset, void *to, size_t size,
		     struct err *e)
{
	uint8_t *at = to;

	if (!image->saved)
		return file_read(image, offset, to, size, e);
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

static bool open_saved(struct core_image *image, struct err *e)
{
	if (!file_read(image, 0, &image->header, sizeof(image->header), e) ||
	    !image_header_check(&image->header, e))
		return false;
	image->saved = true;
	if (!image_header_complete(&image->header, &(struct err){ 0 }))
		return true;
	image->decoder = decoder_create();
	if (!image->decoder)
		return err_set(e, "no memory for a decompressor");
	if (!seek_table_read(&image->table, &image->header, image->pread_fn, image->opaque,
			     image->file_size, e))
		return false;
	image->core_size = image->table.core_size;
	core_image_bind_memory(image);
	return core_memory_describe(&image->memory, image->core_size, e);
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

bool core_image_open(struct core_image *image, elfcore_pread_fn *pread_fn, void *opaque,
		     uint64_t file_size, struct err *e)
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
	if (!memcmp(magic, ELFMAG, SELFMAG)) {
		image->core_size = file_size;
		core_image_bind_memory(image);
		ok = core_memory_describe(&image->memory, file_size, e);
	} else if (!memcmp(magic, &image_magic, sizeof(magic))) {
		ok = open_saved(image, e);
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
	core_image_drop_cache(image);
	seek_table_deinit(&image->table);
	*image = (struct core_image){ 0 };
}
