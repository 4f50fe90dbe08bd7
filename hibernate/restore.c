/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <unistd.h>

#include "enter.h"
#include "header.h"
#include "hook.h"
#include "mark.h"
#include "run.h"
#include "say.h"
#include "stream.h"

/*
 * The memory of A, in place, if the image is still the one that the boot found. The way into it is
 * then in /run/kexec-jump.gate.
 */
static bool restore_memory(const struct hibernate *h, struct reach *r, const char *id,
			   struct err *e)
{
	if (target_name_is_stream(&h->target))
		return stream_up(h, e) &&
		       stream_restore(h, (const char *const[]){ "krestore", "--id", id, "-", NULL },
				      e);
	return reach_open(h, r, true, e) &&
	       run_kept((const char *const[]){ "krestore", "--id", id, r->image, NULL }, true, e);
}

static bool load_way(struct err *e)
{
	static const char *const argv[] = { "kexec", "--load-jump-back-helper", "--one-way",
					    "--vmcore=/run/kexec-jump.gate", NULL };

	return run_kept(argv, true, e);
}

static bool change(const struct reach *r, uint32_t from, uint32_t to, const char *id, struct err *e)
{
	uint8_t raw[16];

	return (image_id_parse(id, raw) || err_set(e, "kexec_hibernate_id=%s is no id", id)) &&
	       mark_state(r->image, from, to, 0, raw, e);
}

/* From here on no second restore may find the image: A's file systems move on. */
static bool mark_used(const struct hibernate *h, const struct reach *r, const char *id,
		      struct err *e)
{
	if (!target_name_is_stream(&h->target))
		return change(r, IMAGE_VALID, IMAGE_CONSUMED, id, e);
	if (!stream_discard(h))
		return err_set(e, "the other side of %s did not say that it discarded the image",
			       h->target.text);
	stream_down(h);
	return true;
}

/* Each step may fail but for the last, which does not return, and leaves the image as it was. */
static bool restore_all(const struct hibernate *h, const char *id, struct err *e)
{
	const bool stream = target_name_is_stream(&h->target);
	struct reach r;
	struct err why;

	if (!restore_memory(h, &r, id, e) || !load_way(e) || !mark_used(h, &r, id, e))
		return false;
	enter_restored(h, stream ? NULL : &r, id, true, e);
	/* What a stream's other side has removed is gone. */
	if (!stream && !change(&r, IMAGE_CONSUMED, IMAGE_VALID, id, &why))
		complain(&why);
	return false;
}

void restore(const struct hibernate *h)
{
	char *id = hibernate_boot_word(h, "kexec_hibernate_id");
	struct err e;

	if (!restore_all(h, id ? id : "", &e))
		loud(h->root, "the hibernated system on %s was not resumed: %s", h->target.text,
		     e.text);
	free(id);
}

int leave(const struct hibernate *h)
{
	const bool stream = h->target.text && target_name_is_stream(&h->target);

	if (*h->root)
		return EXIT_STAYED;
	if (stream)
		loud("", "switching off in 10 s; boot with kexec_hibernate=off to leave the image "
			 "alone");
	else
		loud("", "restarting in 10 s");
	sleep(10);
	machine_off(!stream, 60);
	return EXIT_FAILED;
}
