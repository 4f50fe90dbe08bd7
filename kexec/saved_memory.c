/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "saved_memory.h"

#define NAME "memory" /* of the segments */

bool saved_memory_check_request(const struct request *r, struct err *e)
{
	const struct {
		bool given;
		const char *name;
	} useless[] = {
		{ r->initrd_count, "--initrd" },
		{ r->append, "--append" },
		{ r->reuse_cmdline, "--reuse-cmdline" },
		{ r->window_of, "--window-of" },
		{ r->window_size, "--window-size" },
		{ r->entry_32bit, "--entry-32bit" },
		{ r->real_mode, "--real-mode" },
		{ r->monitor, "--monitor" },
		{ r->mem_min || r->mem_max != UINT64_MAX, "--mem-min or --mem-max" },
	};

	for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++)
		if (useless[i].given)
			return err_set(
				e, "%s does not go with a saved kernel, which goes on as it was",
				useless[i].name);
	return true;
}

void saved_memory_deinit(struct saved_memory *s)
{
	lazy_memory_destroy(s->lazy);
	ranges_deinit(&s->kept);
	free(s->pieces);
	*s = (struct saved_memory){ 0 };
}

uint64_t saved_memory_bytes(const struct saved_memory *s)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < s->piece_count; i++)
		bytes += range_size(s->pieces[i]);
	return bytes;
}

/* The bytes of @want, which begin at @to; what the image does not have stays as it is. */
static bool read_kept(const struct saved_memory *s, struct range want, uint8_t *to, struct err *e)
{
	struct range r;

	for (size_t i = ranges_from(&s->kept, want.start);
	     i < s->kept.count && range_intersect(s->kept.at[i], want, &r); i++) {
		if (!core_memory_read_phys(s->memory, r.start, to + (r.start - want.start),
					   (size_t)range_size(r), e))
			return false;
	}
	return true;
}

static bool fill(void *opaque, uint64_t offset, uint8_t *to, size_t size, struct err *e)
{
	const struct saved_memory *s = opaque;
	struct range want = { offset, offset + (size - 1) }, part;
	uint64_t start = 0;

	memset(to, 0, size);
	for (size_t i = 0; i < s->piece_count; i++) {
		struct range piece = { start, start + (range_size(s->pieces[i]) - 1) };
		uint64_t to_paddr = s->pieces[i].start - start;

		start = piece.last + 1;
		if (!range_intersect(piece, want, &part))
			continue;
		if (!read_kept(s, (struct range){ part.start + to_paddr, part.last + to_paddr },
			       to + (part.start - offset), e))
			return false;
	}
	return true;
}

bool saved_memory_add(struct saved_memory *s, struct plan *p, struct err *e)
{
	uint64_t at = 0;

	if (!lazy_memory_create(&s->lazy, saved_memory_bytes(s), fill, s, e))
		return false;
	for (size_t i = 0; i < s->piece_count; i++) {
		uint64_t size = range_size(s->pieces[i]);
		struct place piece = {
			.name = NAME,
			.memsz = size,
			.data = { lazy_memory_data(s->lazy) + at, (size_t)size },
		};

		if (!plan_add_at(p, &piece, s->pieces[i].start, NULL, e))
			return false;
		at += size;
	}
	return true;
}
