/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "found.h"
#include "mark.h"
#include "print_text.h"
#include "reach.h"
#include "say.h"
#include "second.h"
#include "verbs.h"

/* ---- JSON ---- */

static void json_text(const char *name, const char *text)
{
	printf("\"%s\": \"", name);
	print_text(stdout, text, strlen(text), TEXT_JSON);
	putchar('"');
}

static const char *json_bool(bool value)
{
	return value ? "true" : "false";
}

static void status_json(const struct hibernate *h, const struct found *f)
{
	fputs("{\n  ", stdout);
	json_text("target", h->target.text);
	printf(",\n  \"state\": \"%s\",\n  \"waits\": %s,\n  \"warm\": %s,\n  \"kept\": %s",
	       found_state_name(f->state), json_bool(found_waits(f)), json_bool(second_is_warm(h)),
	       json_bool(second_is_kept(h)));
	if (*f->id) {
		fputs(",\n  ", stdout);
		json_text("id", f->id);
		printf(",\n  \"attempts\": %u,\n  ", f->attempts);
		json_text("kernel", f->release);
		fputs(",\n  ", stdout);
		json_text("created", f->created);
	}
	puts("\n}");
}

/* ---- words ---- */

/* Nothing of what an image or the configuration says may steer a terminal. */
static void put(const char *text)
{
	print_text(stdout, text, strlen(text), TEXT_LINE);
}

static void status_image(const struct hibernate *h, const struct found *f)
{
	switch (f->state) {
	case FOUND_VALID:
		fputs(f->for_analysis ? "a snapshot (Linux " : "a hibernated system (Linux ",
		      stdout);
		put(f->release);
		printf(", saved %s)%s", f->created, f->for_analysis ? "" : " waits to be resumed");
		break;
	case FOUND_EMPTY:
		fputs("none", stdout);
		break;
	case FOUND_WRITING:
		fputs("incomplete: a save began and did not end", stdout);
		break;
	case FOUND_CONSUMED:
		fputs("was resumed, or given up", stdout);
		break;
	case FOUND_STREAM:
		fputs("a hibernated system is offered", stdout);
		break;
	case FOUND_MISSING:
		fputs("not known: ", stdout);
		put(h->target.text);
		fputs(" is not there", stdout);
		break;
	case FOUND_UNREACHABLE:
		fputs("none is offered", stdout);
		break;
	case FOUND_DAMAGED:
		fputs("damaged: ", stdout);
		put(f->why.text);
		break;
	case FOUND_NONE:
		fputs("none, and not prepared: ", stdout);
		put(f->why.text);
		break;
	}
}

static void status_words(const struct hibernate *h, const struct found *f)
{
	fputs("target   ", stdout);
	put(h->target.text);
	fputs("\nimage    ", stdout);
	status_image(h, f);
	fputs("\nkernel   ", stdout);
	put(hibernate_value(h, CONF_KERNEL));
	if (second_is_warm(h)) {
		fputs(", running already (warm)", stdout);
	} else if (second_is_kept(h)) {
		fputs(", not loaded, kept in ", stdout);
		put(hibernate_value(h, CONF_KEEP));
	} else {
		fputs(", not loaded", stdout);
	}
	putchar('\n');
}

/* ---- what a boot tells ---- */

static void mark_stale(const struct hibernate *h)
{
	struct reach r;
	struct err e;

	if (!reach_open(h, &r, true, &e) ||
	    !mark_state(r.image, IMAGE_VALID, IMAGE_CONSUMED, 0, NULL, &e))
		loud(h->root, "but it cannot be marked: discard it before the next boot (%s)",
		     e.text);
	reach_close(&r, &e);
}

/* Once this boot has mounted the file systems, the image is stale. */
static void status_boot(const struct hibernate *h, const struct found *f)
{
	const char *target = h->target.text;

	if (found_waits(f)) {
		loud(h->root,
		     "a hibernated system was waiting on %s, and this boot did not resume it.",
		     target);
		loud(h->root, "Its file systems are in use now, so it can never be resumed. It can "
			      "still be read (kdump);");
		loud(h->root, "\"kexec-hibernate discard\" throws it away.");
		mark_stale(h);
	} else if (f->state == FOUND_WRITING) {
		loud(h->root,
		     "the last hibernation to %s was not completed: what was in memory then "
		     "is lost.",
		     target);
		loud(h->root, "\"kexec-hibernate discard\" ends this message.");
	} else if (f->state == FOUND_DAMAGED) {
		loud(h->root,
		     "the image on %s is damaged (%s); \"kexec-hibernate discard\" throws it "
		     "away.",
		     target, f->why.text);
	} else if (f->state == FOUND_NONE) {
		loud(h->root, "%s is no longer a target: %s. Run kexec-hibernate setup.", target,
		     f->why.text);
	}
}

typedef void status_fn(const struct hibernate *h, const struct found *f);

static bool status(struct hibernate *h, status_fn *tell, struct err *e)
{
	struct found f;

	if (!need_root(h, e) || !hibernate_read(h, e))
		return false;
	/* A boot that could reach a stream has done what is to be done; snapshots do not wait. */
	if (tell == status_boot && (target_name_is_stream(&h->target) || h->target.folder))
		return true;
	if (!found_read_target(h, &f, e))
		return false;
	tell(h, &f);
	return true;
}

int do_status(struct hibernate *h, char **argv, struct err *e)
{
	status_fn *tell = status_words;

	for (char **word = argv + 1; *word; word++) {
		if (!strcmp(*word, "--json"))
			tell = status_json;
		else if (!strcmp(*word, "--boot"))
			tell = status_boot;
		else
			return misused(e, "status: %s is not known", *word);
	}
	return exit_code(status(h, tell, e));
}
