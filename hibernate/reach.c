/* SPDX-License-Identifier: GPL-2.0-only */
#include "device.h"
#include "path.h"
#include "reach.h"
#include "run.h"

static bool mount_device(const struct hibernate *h, struct reach *r, bool write, struct err *e)
{
	const char *const argv[] = { "mount",  "-o",	       write ? "rw" : "ro",
				     r->image, r->mount_point, NULL };

	if (!path_make_folder(r->mount_point, e))
		return false;
	r->mounted = run_kept(argv, false, e);
	if (!r->mounted)
		return err_prefix(e, "%s cannot be mounted", r->device);
	return path_set(r->image, e, "%s%s", r->mount_point, h->target.path);
}

static bool find_newest(struct reach *r, struct err *e)
{
	const struct folder *f = &r->there;

	return path_set(r->folder, e, "%s", r->image) && folder_read(&r->there, r->folder, e) &&
	       path_set(r->image, e, "%s/%u", r->folder, f->whole ? f->whole : f->last + 1);
}

bool reach_next(struct reach *r, struct err *e)
{
	return path_set(r->base, e, "%s", r->there.whole ? r->image : "") &&
	       path_set(r->image, e, "%s/%u", r->folder, r->there.last + 1);
}

bool reach_open(const struct hibernate *h, struct reach *r, bool write, struct err *e)
{
	const struct target_name *t = &h->target;

	r->mounted = false;
	*r->folder = *r->base = '\0';
	if (!device_wait(h->root, t->device, h->conf.target_wait, r->device))
		return err_set(e, "%s is not there", t->device);
	return path_set(r->image, e, "%s%s", h->root, r->device) &&
	       path_set(r->mount_point, e, "%s/mnt", h->run) &&
	       (t->kind != TARGET_FILE || mount_device(h, r, write, e)) &&
	       (!t->folder || find_newest(r, e));
}

bool reach_close(struct reach *r, struct err *e)
{
	const char *const argv[] = { "umount", r->mount_point, NULL };

	if (!r->mounted)
		return true;
	r->mounted = !run_kept(argv, false, e);
	return !r->mounted || err_prefix(e, "%s cannot be unmounted", r->mount_point);
}

bool reach_freeze(const struct reach *r, bool frozen, bool shown, struct err *e)
{
	const char *const argv[] = { "mount", "-o", frozen ? "remount,ro" : "remount,rw",
				     r->mount_point, NULL };

	return !r->mounted || run_kept(argv, shown, e);
}
