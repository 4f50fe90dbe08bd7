/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "option_use.h"

#define BIT(verb) (1u << (verb))

#define LOAD   BIT(VERB_LOAD)
#define REBOOT BIT(VERB_LOAD_AND_REBOOT)
#define PANIC  BIT(VERB_LOAD_PANIC)
#define JUMP   BIT(VERB_LOAD_JUMP)
#define HELPER BIT(VERB_LOAD_HELPER)
#define EXEC   BIT(VERB_EXEC)
#define FORCE  BIT(VERB_FORCE)
#define UNLOAD BIT(VERB_UNLOAD)
#define STATUS BIT(VERB_STATUS)
#define CALL   BIT(VERB_CALL)
#define LIST   BIT(VERB_LIST)
#define ANY    (~0u)

#define NORMAL (LOAD | REBOOT | FORCE)
#define KERNEL (NORMAL | PANIC | JUMP)
#define PLANS  (KERNEL | HELPER | CALL)

static const struct {
	const char *name;
	unsigned verbs;
} uses[] = {
	{ "send", EXEC },
	{ "entry-of", NORMAL },
	{ "hotplug", PANIC },
	{ "pass-memmap-cmdline", PANIC },
	{ "json", STATUS | LIST },
	{ "return-on-panic", JUMP },
	{ "monitor", JUMP },
	{ "limit", EXEC },
	{ "one-way", HELPER },
	{ "vmcore", HELPER },
	{ "in", CALL },
	{ "out", CALL },
	{ "real-mode", KERNEL | CALL },
	{ "dry-run", PLANS },
	{ "map", PLANS },
	{ "initrd", KERNEL },
	{ "ramdisk", KERNEL },
	{ "module", KERNEL },
	{ "append", KERNEL },
	{ "command-line", KERNEL },
	{ "reuse-cmdline", KERNEL },
	{ "type", KERNEL },
	{ "uki-profile", KERNEL },
	{ "args-linux", KERNEL },
	{ "args-elf", KERNEL },
	{ "args-none", KERNEL },
	{ "entry", NORMAL | HELPER },
	{ "entry-32bit", KERNEL },
	{ "noefi", KERNEL },
	{ "dtb", KERNEL },
	{ "force-dtb", KERNEL },
	/* Whatever loaded it, it is unloaded: scripts have these in a variable. */
	{ "kexec-syscall-auto", PLANS | UNLOAD },
	{ "kexec-syscall", PLANS | UNLOAD },
	{ "kexec-file-syscall", KERNEL | UNLOAD },
	{ "no-cma", KERNEL },
	{ "mem-min", KERNEL | HELPER },
	{ "mem-max", KERNEL | HELPER },
	{ "window-size", JUMP },
	{ "window-of", NORMAL },
	{ "jump-via", JUMP | HELPER | CALL },
	{ "elf64-core-headers", JUMP | PANIC },
	{ "elf32-core-headers", JUMP | PANIC },
	/* What it skips is settled at the load; ZFSBootMenu says it again. */
	{ "no-checks", PLANS | EXEC },
	{ "no-ifdown", EXEC | FORCE },
	{ "no-sync", EXEC | FORCE },
	{ "console-vga", PLANS },
	{ "console-fb", PLANS },
	{ "reset-vga", PLANS },
	{ "console-serial", PLANS },
	{ "serial", PLANS },
	{ "serial-baud", PLANS },
	{ "watchdog", NORMAL | PANIC },
	{ "debug", PLANS | EXEC | UNLOAD },
	{ "host-root", ANY },
	{ "reuseinitrd", KERNEL },
	{ "reuse-video-type", KERNEL },
};

/* In the order in which they are told. */
static const struct {
	enum verb verb;
	const char *name;
	unsigned with; /* other verbs that may stand beside it, as "-l" that says what it is */
} verbs_of[] = {
	{ VERB_LOAD, "-l", 0 },
	{ VERB_LOAD_AND_REBOOT, "--reboot", LOAD },
	{ VERB_LOAD_PANIC, "-p", LOAD },
	{ VERB_LOAD_JUMP, "--load-preserve-context", LOAD },
	{ VERB_LOAD_HELPER, "--load-jump-back-helper", LOAD | PANIC },
	{ VERB_CALL, "--call", 0 },
	{ VERB_EXEC, "-e", 0 },
	{ VERB_FORCE, "-f", LOAD | EXEC },
	{ VERB_UNLOAD, "-u", PANIC },
	{ VERB_STATUS, "-S", LOAD | PANIC },
	{ VERB_LIST, "--list", 0 },
	{ VERB_RECEIVED, "--received", 0 },
	{ VERB_CRASH_SIZE, "--print-ckr-size", 0 },
};

#define USES  (sizeof(uses) / sizeof(uses[0]))
#define VERBS (sizeof(verbs_of) / sizeof(verbs_of[0]))

static const char *name_of(enum verb verb)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (verbs_of[i].verb == verb)
			return verbs_of[i].name;
	}
	return "";
}

static void append_verbs(struct err *e, unsigned verbs)
{
	const char *before = "";

	for (size_t i = 0; i < VERBS; i++) {
		if (!(verbs & BIT(verbs_of[i].verb)))
			continue;
		err_append(e, "%s%s", before, verbs_of[i].name);
		before = ", ";
	}
}

bool option_use_check(const char *name, const struct request *r, struct err *e)
{
	bool loads = r->kernel || r->load_named;
	enum verb verb = r->verb == VERB_FORCE && !loads ? VERB_EXEC : r->verb;
	unsigned verbs = 0;

	for (size_t i = 0; i < USES; i++) {
		if (!strcmp(uses[i].name, name))
			verbs = uses[i].verbs;
	}
	if (verbs & BIT(verb))
		return true;
	err_set(e, "--%s does not go with %s, but with ", name, name_of(r->verb));
	append_verbs(e, verbs);
	return false;
}

bool option_use_check_verbs(enum verb verb, unsigned verbs, struct err *e)
{
	unsigned others = verbs & ~BIT(verb);

	if (verb == VERB_HELP || verb == VERB_VERSION)
		return true;
	for (size_t i = 0; i < VERBS; i++) {
		if (verbs_of[i].verb == verb)
			others &= ~verbs_of[i].with;
	}
	for (size_t i = 0; i < VERBS; i++) {
		if (others & BIT(verbs_of[i].verb))
			return err_set(e, "%s and %s: give one of them", name_of(verb),
				       verbs_of[i].name);
	}
	return true;
}
