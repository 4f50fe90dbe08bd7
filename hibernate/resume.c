/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enter.h"
#include "found.h"
#include "header.h"
#include "host_file.h"
#include "mark.h"
#include "path.h"
#include "run.h"
#include "say.h"
#include "stream.h"
#include "verbs.h"

/* What is offered, and how it is reached. */
struct offer {
	struct found found;
	struct reach reach; /* of a stream: its header page, image alone */
	bool stream;
};

/* Only a boot that has no file system mounted yet may resume. */
static bool is_off(const struct hibernate *h)
{
	char *own = hibernate_boot_word(h, "kexec_hibernate");
	char *any = hibernate_boot_word(h, "noresume");
	bool off = (own && !strcmp(own, "off")) || any;

	free(own);
	free(any);
	return off;
}

static void last_chance(const struct hibernate *h)
{
	loud(h->root,
	     "This boot goes on in %s s and will use its file systems; then it can never be "
	     "resumed.",
	     hibernate_value(h, CONF_PAUSE));
	loud(h->root, "Switch the machine off now to keep it.");
	sleep(h->conf.pause);
}

/* This boot will use the file systems of the system that waits: there is no second chance. */
static void not_resumed(const struct hibernate *h, const struct err *why)
{
	loud(h->root, "the hibernated system on %s is not resumed: %s", h->target.text, why->text);
	last_chance(h);
	if (target_name_is_stream(&h->target) && !stream_discard(h))
		loud(h->root, "the other side of %s still offers it: remove it there",
		     h->target.text);
}

/* ---- whether ---- */

static bool same_kernel(const struct hibernate *h, const struct found *f, struct err *e)
{
	char release[72], build[136];

	if (!host_line(h->root, "/proc/sys/kernel/osrelease", release, sizeof(release), e) ||
	    !host_line(h->root, "/proc/sys/kernel/version", build, sizeof(build), e))
		return false;
	return (!strcmp(f->release, release) && !strcmp(f->build, build)) ||
	       err_set(e, "its kernel is %s (%s), this boot's is %s (%s)", f->release, f->build,
		       release, build);
}

/* False: it is not to be resumed, and why was said where there is something to say. */
static bool check_resume(const struct hibernate *h, const struct found *f)
{
	struct err e;

	switch (f->state) {
	case FOUND_VALID:
	case FOUND_STREAM:
		if (f->for_analysis)
			return false;
		if (f->attempts >= 2)
			err_set(&e, "resuming it failed %u times", f->attempts);
		else if (same_kernel(h, f, &e))
			return true;
		not_resumed(h, &e);
		return false;
	case FOUND_DAMAGED:
		not_resumed(h, &f->why);
		return false;
	case FOUND_NONE:
		loud(h->root, "%s holds no image: %s", h->target.text, f->why.text);
		return false;
	case FOUND_WRITING:
		loud(h->root, "hibernation to %s was not completed; that session is lost",
		     h->target.text);
		return false;
	default:
		return false;
	}
}

/* ---- how ---- */

/* Whoever looks at the target because it was written to must not meet a disk that is shut down. */
static void settle(const struct hibernate *h)
{
	static const char *const argv[] = { "udevadm", "settle", "--timeout=5", NULL };
	char path[PATH_MAX];
	struct err ignored;
	struct stat st;

	if (path_set(path, &ignored, "%s/run/udev/control", h->root) && !stat(path, &st) &&
	    S_ISSOCK(st.st_mode))
		run_silent(argv);
}

static bool has_module(const struct hibernate *h)
{
	char path[PATH_MAX];
	struct err ignored;

	return path_set(path, &ignored, "%s/sys/class/misc/kexec_jump", h->root) &&
	       path_exists(path);
}

static bool change(const struct offer *o, uint32_t from, uint32_t to, unsigned attempts,
		   struct err *e)
{
	uint8_t id[16];

	return (image_id_parse(o->found.id, id) || err_set(e, "%s is no id", o->found.id)) &&
	       mark_state(o->reach.image, from, to, attempts, id, e);
}

/*
 * Without C, where the module is there: the saved memory takes the place of this boot's. Returns
 * only if that fails, as it does when both do not fit into RAM; @why is "" where it was not tried.
 */
static void start_here(const struct hibernate *h, const struct offer *o, struct err *why)
{
	struct err ignored;

	*why->text = '\0';
	if (o->stream)
		return;
	if (!has_module(h))
		run_silent((const char *const[]){ "modprobe", "-q", "kexec_jump", NULL });
	if (!has_module(h) ||
	    !run_kept((const char *const[]){ "kexec", "-l", o->reach.image, NULL }, false, why) ||
	    !change(o, IMAGE_VALID, IMAGE_CONSUMED, 0, why))
		return;
	settle(h);
	enter_restored(h, &o->reach, o->found.id, false, why);
	if (!change(o, IMAGE_CONSUMED, IMAGE_VALID, 0, &ignored))
		complain(&ignored);
	run_silent((const char *const[]){ "kexec", "-u", NULL });
}

static bool load_third(const struct hibernate *h, const struct offer *o, struct err *e)
{
	char initrd[PATH_MAX], window[PATH_MAX], *append;
	const char *words = hibernate_value(h, CONF_APPEND);
	bool ok;

	if (!path_set(initrd, e, "--initrd=%s", hibernate_value(h, CONF_INITRD)) ||
	    !path_set(window, e, "--window-of=%s", o->reach.image))
		return false;
	if (asprintf(&append, "--append=%s panic=10 kexec_jump=restore kexec_hibernate_id=%s",
		     words, o->found.id) < 0)
		return err_set(e, "out of memory");
	ok = run_kept((const char *const[]){ "kexec", "-l", hibernate_value(h, CONF_KERNEL),
					     "--no-checks", initrd, window, append, NULL },
		      false, e);
	free(append);
	return ok;
}

/* Starts C in the memory that B had. Returns only if that fails. */
static void start_third(const struct hibernate *h, struct offer *o, struct err *e)
{
	static const char *const jump[] = { "kexec", "-e", "-x", "-y", NULL };

	if (!load_third(h, o, e))
		return;
	if (o->stream)
		stream_down(h);
	else if (!change(o, IMAGE_VALID, IMAGE_VALID, 1, e) || !reach_close(&o->reach, e))
		return;
	settle(h);
	if (run_kept(jump, false, e))
		err_set(e, "the kernel that was to restore it came back at once");
}

static void start(const struct hibernate *h, struct offer *o)
{
	struct err why;

	say("resuming the system that was hibernated to %s%s%s", h->target.text,
	    *o->found.created ? " at " : "", o->found.created);
	start_here(h, o, &why);
	if (*why.text)
		say("by a third kernel: %s", why.text);
	start_third(h, o, &why);
	not_resumed(h, &why);
}

/* False: there is nothing, which was said where it matters. */
static bool find_offer(const struct hibernate *h, struct offer *o)
{
	struct err e;

	*o = (struct offer){ .stream = target_name_is_stream(&h->target) };
	if (o->stream)
		return stream_up(h, &e) && found_read_stream(h, &o->found, o->reach.image);
	if (!reach_open(h, &o->reach, true, &e)) {
		loud(h->root, "%s", e.text);
		loud(h->root, "if a system is hibernated on %s, it cannot be resumed now",
		     h->target.text);
		last_chance(h);
		return false;
	}
	found_read(&o->found, o->reach.image, false);
	return true;
}

static bool resume(struct hibernate *h, struct err *e)
{
	struct err ignored;
	struct offer o;

	if (!need_root(h, e) || !hibernate_conf(h, e))
		return false;
	if (is_off(h)) {
		say("resuming is switched off by the kernel command line");
		return true;
	}
	if (!hibernate_target(h, e))
		return false;
	/* Snapshots are never resumed. */
	if (h->target.folder)
		return true;
	if (find_offer(h, &o) && check_resume(h, &o.found))
		start(h, &o);
	reach_close(&o.reach, &ignored);
	return true;
}

int do_resume(struct hibernate *h, char **argv, struct err *e)
{
	int code = no_arguments(argv, e);

	return code ? code : exit_code(resume(h, e));
}
