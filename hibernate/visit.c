/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmdline.h"
#include "device.h"
#include "header_page.h"
#include "hook.h"
#include "mailbox_io.h"
#include "mark.h"
#include "path.h"
#include "reach.h"
#include "run.h"
#include "say.h"
#include "stream.h"

struct request {
	char *then; /* poweroff, reboot or return */
	char *size; /* of the device in A; "": not told */
};

/* What is told of the image that was saved. */
struct saved {
	char id[33];
	uint64_t size;	 /* 0: a stream */
	unsigned number; /* of a snapshot in a folder; 0: it is in none */
};

/* ---- the target ---- */

/* It must be what setup or a save has put there: a device may have another name here. */
static bool check_ours(const struct hibernate *h, const struct reach *r, const char *asked,
		       struct err *e)
{
	const bool is_file = h->target.kind == TARGET_FILE;
	struct image_header header;
	char size[24];

	if (!(is_file && !path_exists(r->image)) && !header_page_read(r->image, &header, e)) {
		struct err why = *e;

		return err_set(e,
			       "%s holds no header page of an image (%s): is it still the device "
			       "that kexec-hibernate setup was run for?",
			       h->target.text, why.text);
	}
	if (is_file || !*asked)
		return true;
	snprintf(size, sizeof(size), "%" PRIu64, device_size(h->root, r->device));
	return !strcmp(size, asked) ||
	       err_set(e, "%s has %s bytes here, but %s in the other kernel", r->device, size,
		       asked);
}

/* ---- saving ---- */

typedef bool run_fn(const struct hibernate *h, const char *const *argv, struct err *e);

/* @r: NULL for a stream. */
static bool run_save(const struct hibernate *h, const struct request *q, const struct reach *r,
		     run_fn *run, struct err *e)
{
	struct words w = { .at = { "kdump", "save", "--force", "--level=auto" }, .count = 4 };
	bool ok;

	words_split(&w, hibernate_value(h, CONF_SAVE_OPTIONS));
	if (r && *r->base)
		words_format(&w, "--base=%s", r->base);
	else if (r && *r->folder)
		words_add(&w, "--pages");
	else if (!strcmp(q->then, "return"))
		words_add(&w, "--for-analysis");
	words_add(&w, "-o");
	words_add(&w, r ? r->image : "-");
	ok = words_check(&w, e) && run(h, w.at, e);
	words_deinit(&w);
	return ok;
}

static bool save_here(const struct hibernate *h, const char *const *argv, struct err *e)
{
	(void)h;
	return run_kept(argv, true, e);
}

static void read_saved(const struct reach *r, struct saved *s)
{
	struct image_header header;
	struct err ignored;

	if (!header_page_read(r->image, &header, &ignored))
		return;
	s->number = *r->folder ? r->there.last + 1 : 0;
	for (size_t i = 0; i < sizeof(header.id); i++)
		snprintf(s->id + 2 * i, 3, "%02x", header.id[i]);
	s->size = header.image_size;
}

/* In a folder nothing is overwritten, and nothing is resumed. */
static bool begin_snapshot(struct reach *r, const struct request *q, struct err *e)
{
	if (!*r->folder)
		return true;
	if (strcmp(q->then, "return"))
		return err_set(e, "a folder takes snapshots only");
	return path_make_folder(r->folder, e) && reach_next(r, e);
}

static bool save_file(const struct hibernate *h, const struct request *q, struct saved *s,
		      struct err *e)
{
	struct reach r;
	struct err ignored;
	bool ok = reach_open(h, &r, true, e) && begin_snapshot(&r, q, e) &&
		  check_ours(h, &r, q->size, e) && run_save(h, q, &r, save_here, e);

	if (ok)
		read_saved(&r, s);
	return reach_close(&r, ok ? e : &ignored) && ok;
}

static bool save(const struct hibernate *h, const struct request *q, struct saved *s, struct err *e)
{
	if (target_name_is_stream(&h->target))
		return stream_up(h, e) && run_save(h, q, NULL, stream_save, e);
	return save_file(h, q, s, e);
}

/* The image must not be resumed: the system in it goes on. */
static bool take_back(const struct hibernate *h)
{
	struct reach r;
	struct err e;
	bool ok;

	if (target_name_is_stream(&h->target))
		return stream_discard(h);
	ok = reach_open(h, &r, true, &e) && mark_discard(r.image, false, &e);
	if (!ok)
		complain(&e);
	return reach_close(&r, &e) && ok;
}

/* ---- the messages ---- */

static void answer(const struct hibernate *h, const char *text)
{
	char message[MAILBOX_TEXT];
	struct err e;

	/* What is too long loses its end. */
	snprintf(message, sizeof(message), "%s", text);
	say("%s", message);
	if (!mailbox_write(h->root, message, &e)) {
		complain(&e);
		sleep(5);
	}
}

static void answer_failed(const struct hibernate *h, struct err *e)
{
	err_prefix(e, "failed");
	answer(h, e->text);
}

static void answer_saved(const struct hibernate *h, const struct saved *s)
{
	char text[128], size[24] = "", file[24] = "";

	if (s->size)
		snprintf(size, sizeof(size), "%" PRIu64, s->size);
	if (s->number)
		snprintf(file, sizeof(file), " file=%u", s->number);
	snprintf(text, sizeof(text), "saved id=%s size=%s%s", s->id, size, file);
	answer(h, text);
}

static void answer_still_on(const struct hibernate *h, const char *then)
{
	struct err e;

	if (take_back(h))
		err_set(&e,
			"the image was saved, but the machine could not be switched off (%s); it "
			"is discarded",
			then);
	else
		err_set(&e,
			"the machine could not be switched off (%s), and the image cannot be "
			"discarded: do it by hand (kexec-hibernate discard)",
			then);
	answer_failed(h, &e);
}

static int obey(const struct hibernate *h, const struct request *q)
{
	struct saved s = { 0 };
	struct err e;

	if (!save(h, q, &s, &e)) {
		answer_failed(h, &e);
		return EXIT_GOOD;
	}
	answer_saved(h, &s);
	if (!strcmp(q->then, "return"))
		return EXIT_GOOD;
	/* Machines that are made of files stay on. */
	if (*h->root)
		return EXIT_STAYED;
	machine_off(!strcmp(q->then, "reboot"), 10);
	answer_still_on(h, q->then);
	return EXIT_GOOD;
}

static char *word_of(const char *text, const char *key)
{
	char *word = cmdline_value(text, key);

	return word ? word : strdup("");
}

int visit(const struct hibernate *h)
{
	struct request q;
	char text[MAILBOX_TEXT];
	struct err e;
	int code = EXIT_FAILED;

	if (!mailbox_read(h->root, text, &e) || strncmp(text, "save ", 5))
		return EXIT_GOOD;
	q = (struct request){ word_of(text, "then"), word_of(text, "size") };
	if (q.then && q.size)
		code = obey(h, &q);
	free(q.then);
	free(q.size);
	return code;
}
