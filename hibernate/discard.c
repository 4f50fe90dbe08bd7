/* SPDX-License-Identifier: GPL-2.0-only */
#include "check_target.h"
#include "mark.h"
#include "reach.h"
#include "say.h"
#include "stream.h"
#include "verbs.h"

static bool discard_file(const struct hibernate *h, struct err *e)
{
	char device[PATH_MAX];
	struct err ignored;
	struct reach r;
	bool ok;

	if (!check_device(h, false, device, e))
		return false;
	ok = reach_open(h, &r, true, e) || err_prefix(e, "%s cannot be reached", h->target.text);
	ok = ok && (h->target.folder ? folder_empty(r.folder, e) : mark_discard(r.image, true, e));
	return reach_close(&r, ok ? e : &ignored) && ok;
}

static bool discard(struct hibernate *h, struct err *e)
{
	if (!need_root(h, e) || !hibernate_read(h, e))
		return false;
	if (!target_name_is_stream(&h->target)) {
		if (!discard_file(h, e))
			return false;
	} else if (!stream_discard(h)) {
		return err_set(e, "the other side of %s did not say that it discarded the image",
			       h->target.text);
	}
	say("%s no longer holds an image", h->target.text);
	return true;
}

int do_discard(struct hibernate *h, char **argv, struct err *e)
{
	int code = no_arguments(argv, e);

	return code ? code : exit_code(discard(h, e));
}
