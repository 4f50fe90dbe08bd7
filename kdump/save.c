/* SPDX-License-Identifier: GPL-2.0-only */
#include "save.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "core_file.h"
#include "core_writer.h"
#include "frame_writer.h"
#include "free_pages.h"
#include "number.h"
#include "progress.h"
#include "target.h"

#define PAGE_SIZE 4096u
/* A program header and a cut in the compressor's input cost more than a few free pages. */
#define JOIN_PAGES 4
#define PLAIN_COPY_SIZE (1u << 20)

struct save {
	const struct save_request *r;
	struct core_file source;
	struct peer_kernel kernel;
	bool has_kernel;
	struct free_pages free;
	struct core_writer core;
	struct target target;
	struct image_header header;
};

static void say(const struct save *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(const struct save *s, const char *format, ...)
{
	char line[ERR_TEXT_SIZE + 128];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	s->r->report(line);
}

/* All memory that struct pages may tell about: what the core has, and what was lent. */
static bool all_memory(const struct save *s, struct ranges *out)
{
	const struct core_image *image = &s->source.image;

	for (size_t i = 0; i < image->core.load_count; i++) {
		const struct elfcore_load *l = &image->core.loads[i];
		struct range pages;

		if (l->filesz &&
		    range_pages_inside((struct range){ l->paddr, l->paddr + l->filesz - 1 }, &pages) &&
		    !ranges_add(out, pages))
			return false;
	}
	if (!s->kernel.displaced)
		return true;
	return ranges_add(out, (struct range){ s->kernel.record.window_start,
					       s->kernel.record.window_last }) &&
	       (!s->kernel.record.low_last ||
		ranges_add(out, (struct range){ s->kernel.record.low_start, s->kernel.record.low_last }));
}

/* Which pages may be left out. Whatever is not understood is kept, and said. */
static bool find_free(struct save *s, struct ranges *leave_out, struct err *e)
{
	struct ranges memory = { 0 };
	bool ok;

	if (s->r->keep_free)
		return true;
	if (!s->has_kernel) {
		say(s, "free pages are kept: the kernel's structures cannot be read");
		return true;
	}
	ok = all_memory(s, &memory) || err_set(e, "no memory for the memory map");
	ok = ok && free_pages_find(&s->free, &s->kernel, &memory, e);
	ranges_deinit(&memory);
	if (!ok)
		return false;
	if (*s->free.note.text)
		say(s, "some pages are kept: %s", s->free.note.text);
	if (s->free.has_own_count)
		say(s, "%" PRIu64 " free pages found, the kernel counted %" PRIu64, s->free.count,
		    s->free.own_count);
	if (s->kernel.has_record && s->kernel.record.free_content != FREE_CONTENT_NONE) {
		say(s, "free pages are kept: the kernel may rely on their content (init_on_free, page_poison)");
		return true;
	}
	return ranges_copy(leave_out, &s->free.free) || err_set(e, "no memory for the free pages");
}

static bool plan_core(struct save *s, struct err *e)
{
	struct ranges leave_out = { 0 };
	struct peer_kernel *putting_back = s->r->for_analysis && s->has_kernel ? &s->kernel : NULL;
	bool ok = find_free(s, &leave_out, e);

	if (ok && putting_back && s->kernel.has_record && !s->kernel.displaced)
		ok = err_set(e, "lent pages cannot be put back: %s", s->kernel.displaced_why.text);
	ok = ok && core_writer_init(&s->core, &s->source.image, &leave_out, JOIN_PAGES, putting_back, e);
	if (ok && leave_out.count)
		s->header.flags |= IMAGE_FREE_LEFT_OUT;
	if (ok && s->r->for_analysis)
		s->header.flags |= IMAGE_FOR_ANALYSIS;
	ranges_deinit(&leave_out);
	return ok;
}

static void fill_header(struct save *s)
{
	struct image_header *h = &s->header;

	h->kept_pages = s->core.pages;
	if (h->flags & IMAGE_FREE_LEFT_OUT)
		h->free_pages = s->free.count;
	h->created = time(NULL);
	if (s->has_kernel && s->kernel.has_record)
		h->record = s->kernel.record;
	if (getrandom(h->id, sizeof(h->id), 0) != sizeof(h->id))
		memcpy(h->id, &h->created, sizeof(h->created));
}

static bool write_plain(struct save *s, struct progress *progress, struct err *e)
{
	uint8_t *buffer = malloc(PLAIN_COPY_SIZE);
	bool ok = buffer || err_set(e, "no memory for a buffer");

	for (uint64_t at = 0; ok && at < s->core.core_size;) {
		size_t size = s->core.core_size - at < PLAIN_COPY_SIZE ? s->core.core_size - at
								       : PLAIN_COPY_SIZE;

		ok = core_writer_read(&s->core, at, buffer, size, e) &&
		     target_write(&s->target, buffer, size, e);
		at += size;
		if (ok)
			progress_step(progress, at, s->target.written);
	}
	free(buffer);
	return ok && target_flush(&s->target, e);
}

static bool write_image(struct save *s, struct progress *progress, struct err *e)
{
	struct frame_writer w = {
		.core = &s->core,
		.target = &s->target,
		.threads = s->r->threads ? s->r->threads : (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
		.level = s->r->level,
		.progress = progress_step,
		.progress_opaque = progress,
	};
	struct frame_result result;

	/* A saved image is read through one cached frame: not by several threads. */
	if (s->source.image.saved)
		w.threads = 1;
	if (!target_header(&s->target, &s->header, s->target.stream ? IMAGE_STREAM : IMAGE_WRITING, e) ||
	    !frame_writer_run(&w, &result, e) || !target_flush(&s->target, e))
		return false;
	if (s->target.stream)
		return true;
	s->header.image_size = s->target.written;
	s->header.core_size = s->core.core_size;
	s->header.frame_count = result.frame_count;
	memcpy(s->header.seek_table, result.seek_table, sizeof(result.seek_table));
	return target_header(&s->target, &s->header, IMAGE_VALID, e);
}

/* A file that we made and did not finish helps nobody; a device must not look like an image. */
static void give_up(struct save *s)
{
	struct err ignored;

	if (s->target.created)
		unlink(s->target.path);
	else if (!s->target.stream && !s->r->plain && s->target.written)
		target_header(&s->target, &s->header, IMAGE_EMPTY, &ignored);
}

static bool save_to_target(struct save *s, struct err *e)
{
	struct progress progress;
	char words[24], core_words[24];
	bool ok;

	if (!target_open(&s->target, s->r->target, s->r->force, e))
		return false;
	progress_start(&progress, "saved", s->core.core_size, s->r->report);
	ok = s->r->plain ? write_plain(s, &progress, e) : write_image(s, &progress, e);
	if (ok) {
		progress_end(&progress);
		say(s, "%s of memory in %s", number_size_words(s->core.core_size, core_words),
		    number_size_words(s->target.written, words));
	} else {
		give_up(s);
	}
	target_close(&s->target);
	return ok;
}

bool save_image(const struct save_request *r, struct err *e)
{
	struct save *s = calloc(1, sizeof(*s));
	struct err why;
	bool ok;

	if (!s)
		return err_set(e, "no memory");
	s->r = r;
	if (!core_file_open(&s->source, r->source, e)) {
		free(s);
		return false;
	}
	s->has_kernel = peer_kernel_open(&s->kernel, &s->source.image, &why);
	if (!s->has_kernel)
		say(s, "%s: %s", r->source, why.text);
	ok = plan_core(s, e);
	if (ok) {
		fill_header(s);
		ok = save_to_target(s, e);
		core_writer_deinit(&s->core);
	}
	free_pages_deinit(&s->free);
	if (s->has_kernel)
		peer_kernel_close(&s->kernel);
	core_file_close(&s->source);
	free(s);
	return ok;
}
