/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state.h"
#include "test.h"

#define TEMPLATE   "/tmp/kexec-state-XXXXXX"
#define BOOT	   "01234567-89ab-cdef-0123-456789abcdef"
#define OTHER_BOOT "01234567-89ab-cdef-0123-456789abcdee"

static struct err e;
static char root[sizeof(TEMPLATE)];

static void in_root(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && %s", root, command);
	CHECK(system(line) == 0);
}

static void boot(const char *id)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "mkdir -p proc/sys/kernel/random && echo %s >proc/sys/kernel/random/boot_id", id);
	in_root(line);
}

static bool open_root(void)
{
	strcpy(root, TEMPLATE);
	if (!CHECK(mkdtemp(root) != NULL))
		return false;
	boot(BOOT);
	return true;
}

static bool comes_back(const struct state *s)
{
	struct state now = { 0 };

	return CHECK(state_write(root, s, &e)) && CHECK(state_read(root, &now)) &&
	       CHECK_EQ_U64(now.verb, s->verb) && CHECK_EQ_U64(now.monitored, s->monitored) &&
	       CHECK_EQ_U64(now.crashed, s->crashed) && CHECK_EQ_U64(now.entry, s->entry) &&
	       CHECK_STR(now.release, s->release);
}

TEST(what_was_loaded)
{
	struct state s = { .entry = 0xfedcba9876543000, .release = "6.12.117-lab" };

	if (!open_root())
		return;
	CHECK(!state_read(root, &s));
	for (int verb = PLAN_LOAD; verb <= PLAN_LOAD_SAVED; verb++) {
		s.verb = (enum plan_verb)verb;
		CHECK(comes_back(&s));
	}
	state_remove(root);
	CHECK(!state_read(root, &s));
	in_root("rm -r $PWD");
}

/* A crash is what counts, also of a kernel that ran with a monitor. */
TEST(monitored_and_crashed)
{
	struct state s = { .verb = PLAN_LOAD_JUMP, .monitored = true, .release = "7.3" }, now;

	if (!open_root())
		return;
	CHECK(comes_back(&s));
	in_root("grep -qx 'verb monitored' run/kexec-jump/loaded");
	s.crashed = true;
	CHECK(state_write(root, &s, &e) && state_read(root, &now));
	CHECK(now.crashed && !now.monitored && now.verb == PLAN_LOAD_JUMP);
	s.monitored = false;
	CHECK(comes_back(&s));
	in_root("rm -r $PWD");
}

TEST(not_of_this_boot_or_damaged)
{
	struct state s = { .verb = PLAN_LOAD_JUMP, .release = "7.3" };

	if (!open_root())
		return;
	CHECK(state_write(root, &s, &e));
	boot(OTHER_BOOT);
	CHECK(!state_read(root, &s));
	boot(BOOT);
	CHECK(state_read(root, &s));
	in_root("sed -i s/^verb.*/verb\\ something/ run/kexec-jump/loaded");
	CHECK(!state_read(root, &s));
	in_root("head -c 60 run/kexec-jump/loaded >cut && mv cut run/kexec-jump/loaded");
	CHECK(!state_read(root, &s));
	in_root("rm proc/sys/kernel/random/boot_id");
	CHECK_FAILS(state_write(root, &s, &e), &e, "*boot_id: cannot be read");
	in_root("rm -r $PWD");
}

TEST_MAIN
