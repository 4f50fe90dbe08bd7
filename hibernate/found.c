/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "device.h"
#include "found.h"
#include "info.h"
#include "reach.h"
#include "record.h"
#include "stream.h"

static const char *const names[] = {
	[FOUND_NONE] = "none",
	[FOUND_EMPTY] = "empty",
	[FOUND_WRITING] = "writing",
	[FOUND_VALID] = "valid",
	[FOUND_CONSUMED] = "consumed",
	[FOUND_STREAM] = "stream",
	[FOUND_DAMAGED] = "damaged",
	[FOUND_MISSING] = "missing",
	[FOUND_UNREACHABLE] = "unreachable",
};

const char *found_state_name(enum found_state state)
{
	return names[state];
}

static enum found_state state_of(const struct info *i)
{
	switch (i->state) {
	case INFO_GOOD:
		if (!i->has_header)
			return FOUND_NONE;
		return i->header.state == IMAGE_STREAM ? FOUND_STREAM : FOUND_VALID;
	case INFO_EMPTY:
		return FOUND_EMPTY;
	case INFO_WRITING:
		return FOUND_WRITING;
	case INFO_CONSUMED:
		return FOUND_CONSUMED;
	case INFO_NONE:
		return FOUND_NONE;
	case INFO_DAMAGED:
	case INFO_UNREADABLE:
		break;
	}
	return FOUND_DAMAGED;
}

static void take_header(struct found *f, const struct image_header *h)
{
	time_t at = (time_t)h->created;
	struct tm tm;

	for (size_t i = 0; i < sizeof(h->id); i++)
		snprintf(f->id + 2 * i, 3, "%02x", h->id[i]);
	f->attempts = h->resume_attempts;
	f->for_analysis = h->flags & IMAGE_FOR_ANALYSIS;
	if (!gmtime_r(&at, &tm) ||
	    !strftime(f->created, sizeof(f->created), "%Y-%m-%dT%H:%M:%SZ", &tm))
		*f->created = '\0';
}

/* The core's record, or, where that was not looked at, the header page's. */
static void take_record(struct found *f, const struct info *i)
{
	const struct bytes raw = { (const uint8_t *)&i->header.record, sizeof(i->header.record) };
	struct record record;
	struct err ignored;

	if (i->has_core ? !core_memory_record(&i->file.image.memory, &record, &ignored)
			: !record_parse(&record, raw, &ignored))
		return;
	snprintf(f->release, sizeof(f->release), "%s", record.release);
	snprintf(f->build, sizeof(f->build), "%s", record.build);
}

void found_read(struct found *f, const char *path, bool header_only)
{
	struct info i;

	*f = (struct found){ 0 };
	info_look(&i, path, NULL, header_only);
	f->state = state_of(&i);
	f->why = i.why;
	if (i.state == INFO_GOOD && !i.has_header)
		err_set(&f->why, "an ELF core, not a saved image");
	if (i.has_header && i.state != INFO_EMPTY) {
		take_header(f, &i.header);
		take_record(f, &i);
	}
	info_close(&i);
}

bool found_read_stream(const struct hibernate *h, struct found *f, char path[PATH_MAX])
{
	if (!stream_header(h, path))
		return false;
	found_read(f, path, true);
	/* Also a file that was saved as one can be sent. */
	if (f->state == FOUND_VALID)
		f->state = FOUND_STREAM;
	return f->state == FOUND_STREAM || f->state == FOUND_DAMAGED;
}

bool found_read_target(const struct hibernate *h, struct found *f, struct err *e)
{
	char path[PATH_MAX];
	struct reach r;

	*f = (struct found){ 0 };
	if (target_name_is_stream(&h->target)) {
		if (!found_read_stream(h, f, path))
			f->state = FOUND_UNREACHABLE;
		return true;
	}
	if (!device_find(h->root, h->target.device, path)) {
		f->state = FOUND_MISSING;
		return true;
	}
	if (!reach_open(h, &r, false, e))
		return err_prefix(e, "%s cannot be read", h->target.text);
	if (h->target.folder && !r.there.whole)
		f->state = FOUND_EMPTY;
	else
		found_read(f, r.image, false);
	return reach_close(&r, e);
}

bool found_waits(const struct found *f)
{
	return f->state == FOUND_VALID && !f->for_analysis;
}
