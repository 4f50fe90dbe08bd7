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
	const char *name;
	enum verb verb;
	unsigned with; /* other verbs that may stand beside it, as "-l" that says what it is */
} verbs_of[] = {
	{ "-l", VERB_LOAD, 0 },
	{ "--reboot", VERB_LOAD_AND_REBOOT, LOAD },
	{ "-p", VERB_LOAD_PANIC, LOAD },
	{ "--load-preserve-context", VERB_LOAD_JUMP, LOAD },
	{ "--load-jump-back-helper", VERB_LOAD_HELPER, LOAD | PANIC },
	{ "--call", VERB_CALL, 0 },
	{ "-e", VERB_EXEC, 0 },
	{ "-f", VERB_FORCE, LOAD | EXEC },
	{ "-u", VERB_UNLOAD, PANIC },
	{ "-S", VERB_STATUS, LOAD | PANIC },
	{ "--list", VERB_LIST, 0 },
	{ "--received", VERB_RECEIVED, 0 },
	{ "--print-ckr-size", VERB_CRASH_SIZE, 0 },
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
