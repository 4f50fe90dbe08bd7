/* SPDX-License-Identifier: GPL-2.0-only */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "core_file.h"
#include "core_writer.h"
#include "writer.h"
#include "free_pages.h"
#include "key_store.h"
#include "number.h"
#include "progress.h"
#include "save.h"
#include "target.h"
#include "x86.h"

/* A program header and a cut in the compressor's input cost more than a few free pages. */
#define JOIN_PAGES	    4
#define THREADS_DEFAULT_MAX 8
#define PLAIN_COPY_SIZE	    (1u << 20)

struct save {
	const struct save_request *r;
	struct core_file source; /* not open when the memory is in no file */
	const struct core_memory *memory;
	struct peer_kernel kernel;
	bool has_kernel;
	struct free_pages free;
	struct core_writer core;
	struct core_file base; /* not open without one */
	struct target target;
	struct image_header header;
	uint8_t *key; /* of the image; NULL: it is not encrypted */
	struct frame_cipher *cipher;
};

static void say(const struct save *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(const struct save *s, const char *format, ...)
{
	char line[ERR_TEXT_SIZE + 128];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	s->r->report(line);
}

/* With init_on_free or page poisoning a kernel takes what its free pages hold for granted. */
static bool content_matters(const struct save *s)
{
	uint32_t content = s->kernel.has_record ? s->kernel.record.free_content : FREE_CONTENT_NONE;

	return content != FREE_CONTENT_NONE &&
	       !(content == FREE_CONTENT_UNKNOWN && s->r->keep == KEEP_USED);
}

static void say_free(const struct save *s)
{
	if (*s->free.note.text)
		say(s, "%s pages are kept: %s", s->free.free.count ? "some" : "all",
		    s->free.note.text);
	if (s->free.has_own_count)
		say(s, "%" PRIu64 " free pages found, the kernel counted %" PRIu64, s->free.count,
		    s->free.own_count);
	else
		say(s, "%" PRIu64 " free pages found; the kernel's own count cannot be read",
		    s->free.count);
}

/*
 * The page frames under A's gate may well have been free: A lent them. What is there now is the
 * gate, without which the image cannot be entered.
 */
static bool keep_gate(const struct save *s, struct ranges *leave_out)
{
	return s->r->for_analysis || !s->kernel.has_record ||
	       ranges_remove(leave_out, s->kernel.record.lent.gate);
}

/* Which pages may be left out. Whatever is not understood is kept, and said. */
static bool find_free(struct save *s, struct ranges *leave_out, struct err *e)
{
	struct ranges memory = { 0 };
	bool ok;

	if (s->r->keep == KEEP_ALL || s->r->plain)
		return true;
	if (!s->has_kernel) {
		say(s, "free pages are kept: the kernel's structures cannot be read");
		return true;
	}
	if (content_matters(s)) {
		say(s, "free pages are kept: the kernel may rely on their content (init_on_free, "
		       "page_poison)");
		return true;
	}
	ok = core_writer_memory(s->memory, &s->kernel, &memory) ||
	     err_set(e, "no memory for the memory map");
	ok = ok && free_pages_find(&s->free, &s->kernel, &memory, e);
	ranges_deinit(&memory);
	if (!ok)
		return false;
	say_free(s);
	/* A dump for analysis shows all page frames as they are. */
	return ((s->r->for_analysis || free_pages_add_held(&s->free, &s->kernel)) &&
		ranges_copy(leave_out, &s->free.free) && keep_gate(s, leave_out)) ||
	       err_set(e, "no memory for the free pages");
}

static bool plan_core(struct save *s, struct err *e)
{
	struct ranges leave_out = { 0 };
	struct peer_kernel *putting_back = s->r->for_analysis && s->has_kernel ? &s->kernel : NULL;
	bool ok;

	if (putting_back && s->kernel.has_record && !s->kernel.pages.count)
		return err_set(e, "lent pages cannot be put back: %s", s->kernel.pages_why.text);
	ok = find_free(s, &leave_out, e);
	ok = ok && core_writer_init(&s->core, s->memory, &leave_out, JOIN_PAGES, putting_back, e);
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
	struct record record;
	struct err ignored;
	struct bytes raw;

	h->kept_pages = s->core.pages;
	if (h->flags & IMAGE_FREE_LEFT_OUT)
		h->free_pages = s->free.count;
	h->created = time(NULL);
	/* Also of a kernel whose structures cannot be read. A damaged record is none. */
	if (core_memory_record(s->memory, &record, &ignored) &&
	    elfcore_note(&s->memory->core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, &raw))
		memcpy(&h->record, raw.data, sizeof(h->record));
	if (getrandom(h->id, sizeof(h->id), 0) != sizeof(h->id))
		memcpy(h->id, &h->created, sizeof(h->created));
}

/* More than a disk can follow, and each of them takes some megabytes of a small machine. */
static unsigned default_threads(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > THREADS_DEFAULT_MAX ? THREADS_DEFAULT_MAX : cpus;
}

static unsigned thread_count(const struct save *s)
{
	/* A saved image is read through a cache of frames: not by several threads. */
	if (s->source.image.saved || s->r->memory)
		return 1;
	return s->r->threads ? s->r->threads : default_threads();
}

static bool add_pages(struct save *s, struct err *e)
{
	uint64_t own;

	if (!s->r->pages)
		return true;
	if (!base_leave_out(&s->base, &s->core, thread_count(s), &own, e))
		return false;
	if (s->r->base)
		say(s, "%" PRIu64 " of %" PRIu64 " pages are not as in %s", own, s->core.pages,
		    s->r->base);
	s->header.flags |= IMAGE_HAS_PAGES;
	return true;
}

/* A key that only this image has: nothing of it is ever written but the seal. */
static bool begin_seal(struct save *s, struct err *e)
{
	union key_file *f;

	if (!s->r->seal)
		return true;
	f = key_store_read_kind(s->r->seal, KEY_SEAL, e);
	if (!f)
		return false;
	s->key = secret_create(KEY_SIZE, e);
	if (s->key && image_seal_begin(&s->header, &f->seal, s->r->cipher, s->key, e))
		s->cipher = frame_cipher_create(&s->header, s->key, e);
	secret_destroy(f);
	frame_cipher_set_end(s->cipher, s->core.core_size);
	return s->cipher;
}

static void end_seal(struct save *s)
{
	frame_cipher_destroy(s->cipher);
	secret_destroy(s->key);
}

static bool write_header(struct save *s, uint32_t state, struct err *e)
{
	struct image_header page = s->header;

	if (s->key)
		image_seal_page(&s->header, s->key, &page);
	return target_header(&s->target, &page, state, e);
}

/* A saved image has its core already; others are given the headers that an image would have. */
static bool read_plain(struct save *s, uint64_t at, void *to, size_t size, struct err *e)
{
	return s->source.image.saved && !s->r->for_analysis
		       ? core_image_read(&s->source.image, at, to, size, e)
		       : core_writer_read(&s->core, at, to, size, e);
}

static bool write_plain(struct save *s, struct progress *progress, struct err *e)
{
	uint8_t *buffer = malloc(PLAIN_COPY_SIZE);
	bool ok = buffer || err_set(e, "no memory for a buffer");

	for (uint64_t at = 0; ok && at < progress->total;) {
		uint64_t left = progress->total - at;
		size_t size = left < PLAIN_COPY_SIZE ? left : PLAIN_COPY_SIZE;

		ok = read_plain(s, at, buffer, size, e) &&
		     target_write(&s->target, buffer, size, e);
		at += size;
		if (ok)
			progress_step(progress, at, s->target.written);
	}
	free(buffer);
	return ok && target_end(&s->target, e);
}

static bool append(void *opaque, const void *data, size_t size, struct err *e)
{
	return target_write(opaque, data, size, e);
}

static bool write_image(struct save *s, struct progress *progress, struct err *e)
{
	struct image_writer w = {
		.core = &s->core,
		.write = append,
		.write_opaque = &s->target,
		.threads = thread_count(s),
		.level = s->r->level,
		.cipher = s->cipher,
		.adapt = s->r->adapt,
		.progress = progress_step,
		.progress_opaque = progress,
	};
	struct image_result result;

	if (!write_header(s, s->target.stream ? IMAGE_STREAM : IMAGE_WRITING, e))
		return false;
	w.room = s->target.room - s->target.written;
	if (!image_writer_run(&w, &result, e) || !target_end(&s->target, e))
		return false;
	if (s->target.stream)
		return true;
	s->header.image_size = s->target.written;
	s->header.core_size = s->core.core_size;
	s->header.frame_count = result.frame_count;
	memcpy(s->header.tables, result.tables, sizeof(result.tables));
	return write_header(s, IMAGE_VALID, e);
}

/* A file that we made and did not finish helps nobody; a device must not look like an image. */
static void give_up(struct save *s)
{
	struct err ignored;

	if (s->target.created)
		unlink(s->target.path);
	else if (!s->target.stream && !s->r->plain && s->target.written)
		write_header(s, IMAGE_EMPTY, &ignored);
}

static bool write_target(struct save *s, struct err *e)
{
	bool as_it_is = s->r->plain && s->source.image.saved && !s->r->for_analysis;
	uint64_t size = as_it_is ? s->source.image.core_size : s->core.core_size;
	struct progress progress;
	char words[24], core_words[24];
	bool ok;

	progress_start(&progress, "saved", "written", size, s->r->report);
	ok = s->r->plain ? write_plain(s, &progress, e) : write_image(s, &progress, e);
	progress_end(&progress);
	if (ok)
		say(s, "%s of memory in %s", number_size_words(size, core_words),
		    number_size_words(s->target.written, words));
	return ok;
}

static bool plan_and_write(struct save *s, struct err *e)
{
	bool ok;

	if (!plan_core(s, e))
		return false;
	fill_header(s);
	ok = add_pages(s, e) && begin_seal(s, e) && write_target(s, e);
	core_writer_deinit(&s->core);
	return ok;
}

static bool save_to_target(struct save *s, struct err *e)
{
	struct err why;
	bool ok;

	if ((s->r->base && !base_open(&s->base, s->r->base, s->r->target, e)) ||
	    !target_open(&s->target, s->r->target, s->r->force, e))
		return false;
	if (s->base.path && target_is(&s->target, s->base.fd)) {
		target_close(&s->target);
		return err_set(e, "%s: is the base, too", s->r->target);
	}
	if (s->source.path && target_is(&s->target, s->source.fd)) {
		target_close(&s->target);
		return err_set(e, "%s: is the source, too", s->r->target);
	}
	s->has_kernel = peer_kernel_open(&s->kernel, s->memory, &why);
	if (!s->has_kernel)
		say(s, "%s: %s", s->r->source, why.text);
	ok = plan_and_write(s, e);
	if (!ok)
		give_up(s);
	end_seal(s);
	target_close(&s->target);
	free_pages_deinit(&s->free);
	if (s->has_kernel)
		peer_kernel_close(&s->kernel);
	return ok;
}

/* A copy of a used image that looks new would be restored again; a plain core has no state. */
static bool check_source(const struct save *s, struct err *e)
{
	const struct core_image *image = &s->source.image;

	if (!core_image_complete(image, e))
		return false;
	return s->r->plain || s->r->for_analysis || !image->saved ||
	       image->header.state != IMAGE_CONSUMED ||
	       err_set(e,
		       "was restored before; --for-analysis saves a copy that is only to be read");
}

static bool save_file(struct save *s, struct err *e)
{
	bool ok;

	if (!core_file_open_with(&s->source, s->r->source, s->r->keys, e))
		return false;
	s->memory = &s->source.image.memory;
	ok = check_source(s, e) ? save_to_target(s, e) : err_prefix(e, "%s", s->r->source);
	core_file_close(&s->source);
	return ok;
}

bool save_image(const struct save_request *r, struct err *e)
{
	struct save *s = calloc(1, sizeof(*s));
	bool ok;

	if (!s)
		return err_set(e, "no memory");
	s->r = r;
	s->memory = r->memory;
	ok = r->memory ? save_to_target(s, e) : save_file(s, e);
	core_file_close(&s->base);
	free(s);
	return ok;
}
