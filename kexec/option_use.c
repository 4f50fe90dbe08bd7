/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "option_use.h"

#define BIT(verb) (1u << (verb))

#define LOAD  BIT(VERB_LOAD)
#define PANIC BIT(VERB_LOAD_PANIC)
#define EXEC  BIT(VERB_EXEC)

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

bool option_use_check(const struct option_row *row, const struct request *r, struct err *e)
{
	bool loads = r->kernel || r->load_named;
	enum verb verb = r->verb == VERB_FORCE && !loads ? VERB_EXEC : r->verb;

	if (row->verbs & BIT(verb))
		return true;
	err_set(e, "--%s does not go with %s, but with ", row->name, name_of(r->verb));
	append_verbs(e, row->verbs);
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
