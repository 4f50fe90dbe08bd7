/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "load_by.h"
#include "load_memory.h"
#include "load_notes.h"
#include "load_plan.h"
#include "print_plan.h"
#include "state.h"

static bool show(const struct load *l, const struct backend *way, struct err *e)
{
	if (l->to->debug)
		print_plan(l->to->debug, &l->plan, way);
	if (l->to->plan)
		print_plan(l->to->plan, &l->plan, way);
	return !l->to->map || print_map(l->to->map, &l->plan, e);
}

/* What is kept beside what kexec -e runs. */
static bool is_for_crash(enum plan_verb verb)
{
	return verb == PLAN_LOAD_CRASH || verb == PLAN_LOAD_CRASH_BACK;
}

void load_remember(const struct load *l, enum plan_verb verb)
{
	struct state s = {
		.verb = verb,
		.monitored = l->plan.gate_wants.flags & GATE_MONITOR,
		.entry = l->plan.entry,
	};
	struct err e;

	memcpy(s.release, l->host->release, sizeof(s.release));
	if (!is_for_crash(verb) && !state_write(l->host->root, &s, &e)) {
		err_append(&e, " (loaded; if it is a jump, run it with kexec -e -x)");
		loading_warn(l, &e);
	}
}

/* A saved kernel's memory is read while the kernel copies it. */
static bool load_segments(struct load *l, const struct backend *way, struct err *e)
{
	struct lazy_memory *memory = l->saved.lazy;
	uint64_t bytes = plan_bytes(&l->plan), available = l->host->mem.available;
	struct err why;
	bool lazy, ok;

	if (!memory)
		return way->load(&l->plan, NULL, l->host, &l->result, e);
	if (!lazy_memory_start(memory, available > bytes ? available - bytes : 0, &lazy, e))
		return false;
	if (!lazy) {
		err_set(&why, "without userfaultfd(2) the image is in memory twice while it is "
			      "loaded");
		loading_warn(l, &why);
	}
	ok = way->load(&l->plan, NULL, l->host, &l->result, e);
	return lazy_memory_stop(memory, &why) ? ok : err_set(e, "%s", why.text);
}

/* The last steps for every plan of ours. */
bool load_by_plan(struct load *l, const struct backend *way, struct err *e)
{
	if (!load_finish_plan(l, e))
		return false;
	load_tell_of_firmware(l);
	load_tell_of_pci(l);
	if (!show(l, way, e))
		return false;
	if (l->r->dry_run)
		return true;
	/* What is for a crash is written to its place at once. */
	if ((!is_for_crash(l->plan.verb) &&
	     !load_check_memory(l, l->plan.limits, plan_bytes(&l->plan), e)) ||
	    !load_segments(l, way, e))
		return false;
	loading_tell_result(l, way);
	load_remember(l, l->plan.verb);
	return is_for_crash(l->plan.verb) || backend_forget_others(way, l->host, e);
}
