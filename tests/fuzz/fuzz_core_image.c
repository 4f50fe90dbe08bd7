/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saved images and plain cores: header page, tables, frames, program headers. The frames and the
 * pieces of memory of whatever is opened follow each other without overlap, and inside the file.
 */
#include "fuzz.h"
#include "saved_image.h"

static bool pread_bytes(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const struct bytes *b = opaque;

	return bytes_copy(*b, offset, to, size) || err_set(e, "beyond the end of the file");
}

static void prove_frames(const struct core_image *image, size_t file_size)
{
	uint64_t in = IMAGE_HEADER_SIZE, out = 0;

	for (size_t i = 0; i < image->table.count; i++) {
		const struct image_frame *f = &image->table.frames[i];

		PROVE(f->in_offset == in && f->out_offset == out);
		PROVE(f->out_size <= image_frame_out_max(i) &&
		      f->in_size <= image_frame_in_max(f->out_size));
		in += f->in_size;
		out += f->out_size;
	}
	PROVE(!image->table.count || (in <= file_size && out == image->table.core_size));
	PROVE(!image->saved || image->has_pages || image->core_size == image->table.core_size);
}

static void prove_pieces(const struct core_image *image)
{
	PROVE(image->memory.extents.count <= image->memory.core.load_count);
	for (size_t i = 0; i < image->memory.extents.count; i++) {
		const struct extent *p = &image->memory.extents.at[i], *before = i ? p - 1 : NULL;

		PROVE(p->size && p->paddr + p->size > p->paddr);
		PROVE(!before || before->paddr + before->size <= p->paddr);
		PROVE(p->offset <= image->core_size && p->size <= image->core_size - p->offset);
		PROVE(extents_find(&image->memory.extents, p->paddr) == p);
		PROVE(extents_find(&image->memory.extents, p->paddr + p->size - 1) == p);
	}
}

static void read_all(struct core_image *image)
{
	uint8_t part[999];
	struct err e = {};

	for (uint64_t at = 0; at < image->core_size; at += sizeof(part)) {
		uint64_t left = image->core_size - at;

		if (!core_image_read(image, at, part, left < sizeof(part) ? left : sizeof(part),
				     &e)) {
			prove_error(&e);
			break;
		}
	}
	PROVE(!core_image_read(image, image->core_size, part, 1, &e));
}

static void prove_record(const struct record *r)
{
	const struct lent *l = &r->lent;
	uint64_t paddr;

	PROVE(range_contains(l->window, l->gate) && range_contains(l->window, l->headers));
	PROVE(!range_overlaps(l->gate, l->headers));
	PROVE(!l->low.last || !range_overlaps(l->window, l->low));
	PROVE(lent_bytes(l) < r->ram_bytes && lent_has(l, r->entry) && !lent_has(l, 0));
	PROVE(!lent_but_gate(l, l->gate, &paddr));
	PROVE(lent_but_gate(l, l->window, &paddr) && paddr == l->window.start);
	PROVE(memchr(r->release, 0, sizeof(r->release)) && memchr(r->build, 0, sizeof(r->build)));
}

static void open_it(const uint8_t *data, size_t size)
{
	struct bytes file = { data, size };
	struct record record;
	struct core_image image;
	struct err e = {};

	if (!core_image_open(&image, NULL, pread_bytes, &file, size, &e)) {
		prove_error(&e);
		return;
	}
	prove_frames(&image, size);
	if (!image.saved || image.table.count) {
		prove_pieces(&image);
		read_all(&image);
		if (core_memory_record(&image.memory, &record, &e)) {
			prove_record(&record);
			taken();
		}
	}
	core_image_close(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = resealed(data, size);

	open_it(data, size);
	open_it(copy, size);
	free(copy);
	return 0;
}
