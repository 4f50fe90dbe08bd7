/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "check_target.h"
#include "device.h"
#include "found.h"
#include "meminfo.h"
#include "path.h"
#include "reach.h"

const char *mib(uint64_t bytes, char words[24])
{
	snprintf(words, 24, "%" PRIu64 " MiB", bytes / (1 << 20) + !!(bytes % (1 << 20)));
	return words;
}

bool check_device(const struct hibernate *h, bool wait, char device[PATH_MAX], struct err *e)
{
	const char *name = h->target.device;

	if (!device_wait(h->root, name, wait ? h->conf.target_wait : 0, device))
		return err_set(e, "%s is not there, or is not a block device", name);
	return device_free(h->root, device, e);
}

/* An image may need as much as is in use, if nothing of it can be compressed. */
static bool check_room(const struct hibernate *h, const struct found *f, uint64_t room,
		       struct err *e)
{
	struct meminfo m = { 0 };
	char there[24], needed[24];

	if (!meminfo_read(&m, h->root, e))
		return false;
	/* How much has changed since the last snapshot is not known. */
	if (h->force || (h->target.folder && f->state == FOUND_VALID) || room >= m.total - m.free)
		return true;
	return err_set(e,
		       "%s has room for %s, but an image of this system may need %s; free memory "
		       "(stop programs, or: echo 3 >/proc/sys/vm/drop_caches), take a bigger "
		       "target, or use --force",
		       h->target.text, mib(room, there), mib(m.total - m.free, needed));
}

static bool check_state(const struct hibernate *h, const struct found *f, struct err *e)
{
	const char *target = h->target.text;

	if (h->force || h->target.folder)
		return true;
	switch (f->state) {
	case FOUND_DAMAGED:
		return err_set(e, "%s: %s; \"kexec-hibernate discard\" makes it usable again",
			       target, f->why.text);
	case FOUND_VALID:
		if (!f->for_analysis)
			return err_set(e,
				       "%s holds a hibernated system that was not resumed (image "
				       "%s); discard it (kexec-hibernate discard) or use --force",
				       target, f->id);
		return err_set(e,
			       "%s holds a snapshot; copy it (kdump convert), discard it "
			       "(kexec-hibernate discard) or use --force",
			       target);
	case FOUND_NONE:
		return err_set(e, "%s: %s; run kexec-hibernate setup --image %s first", target,
			       f->why.text, target);
	default:
		return true;
	}
}

/* Bytes that the file system has for an image there, the one that is there now given up. */
static bool file_room(const struct reach *r, uint64_t *room, struct err *e)
{
	struct statvfs fs;
	struct stat st;

	if (statvfs(r->mount_point, &fs))
		return err_set(e, "%s: the free space is not known", r->mount_point);
	*room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (!stat(r->image, &st))
		*room += (uint64_t)st.st_blocks * 512;
	return true;
}

/* Leaves it as it was. */
static bool look(const struct hibernate *h, struct found *f, uint64_t *room, struct err *e)
{
	struct reach r;
	bool ok = true;

	if (!reach_open(h, &r, false, e))
		return err_prefix(e, "%s cannot be read", h->target.text);
	found_read(f, r.image, false);
	if (h->target.kind == TARGET_FILE) {
		ok = file_room(&r, room, e);
		if (!path_exists(r.image))
			f->state = FOUND_EMPTY;
	} else {
		*room = device_size(h->root, r.device);
	}
	return reach_close(&r, e) && ok;
}

bool check_target(const struct hibernate *h, struct err *e)
{
	char device[PATH_MAX];
	struct found f;
	uint64_t room = 0;

	/* A system that was resumed just now has yet to find its USB disks again. */
	return target_name_is_stream(&h->target) ||
	       (check_device(h, true, device, e) && look(h, &f, &room, e) &&
		check_state(h, &f, e) && check_room(h, &f, room, e));
}
