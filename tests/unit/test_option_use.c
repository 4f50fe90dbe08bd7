/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks the whole table of options, with each verb. */
#include <string.h>

#include "option_use.h"
#include "test.h"

static const struct {
	const char *words[3]; /* NULL: no more */
} verbs[] = {
	{ { "-l", "K" } },
	{ { "K" } },
	{ { "--reboot", "K" } },
	{ { "-p", "K" } },
	{ { "--load-preserve-context", "K" } },
	{ { "--load-jump-back-helper" } },
	{ { "-p", "--load-jump-back-helper" } },
	{ { "-e" } },
	{ { "-f" } },
	{ { "-f", "K" } },
	{ { "-l", "-e", "K" } },
	{ { "-u" } },
	{ { "-p", "-u" } },
	{ { "-S" } },
	{ { "-S", "-l" } },
	{ { "--received" } },
	{ { "--call", "K" } },
	{ { "--list" } },
	{ { "--print-ckr-size" } },
};

#define LINES (sizeof(verbs) / sizeof(verbs[0]))

static const char *value_for(const struct option_row *row)
{
	switch (row->kind) {
	case TEXT:
	case LIST:
		return "text";
	case SIZE:
	case ENTRY:
	case SECONDS:
	case WATCHDOG:
		return "2";
	case PORT:
		return "ttyS1";
	case BAUD:
		return "9600";
	case VIA:
		return "module";
	default:
		return NULL;
	}
}

/* The words of a verb, with @count times "--name[=value]" before or after them. */
static bool parse_line(struct request *r, size_t verb, const char *option, unsigned count,
		       bool before, struct err *e)
{
	char *argv[8] = { (char *)"kexec" };
	int argc = 1;

	for (unsigned i = 0; before && i < count; i++)
		argv[argc++] = (char *)option;
	for (size_t i = 0; i < 3 && verbs[verb].words[i]; i++)
		argv[argc++] = (char *)verbs[verb].words[i];
	for (unsigned i = 0; !before && i < count; i++)
		argv[argc++] = (char *)option;
	return options_parse(r, argc, argv, e);
}

static bool same(const struct request *a, const struct request *b)
{
	struct request x = *a, y = *b;

	if (x.initrd_count != y.initrd_count || x.module_count != y.module_count)
		return false;
	x.initrds = y.initrds = NULL;
	x.modules = y.modules = NULL;
	return !memcmp(&x, &y, sizeof(x));
}

static const char *line_of(size_t verb, const char *option)
{
	static char line[128];
	size_t used = 0;

	for (size_t i = 0; i < 3 && verbs[verb].words[i]; i++)
		used += snprintf(line + used, sizeof(line) - used, "%s ", verbs[verb].words[i]);
	snprintf(line + used, sizeof(line) - used, "%s", option);
	return line;
}

static bool is_option(const struct option_row *row)
{
	return row->name && row->kind != VERB && row->kind != HELPER && row->kind != STATUS;
}

/* It changes what is done, wherever and however often it stands, or is refused by name. */
static void check_pair(size_t verb, const struct option_row *row)
{
	const char *value = value_for(row);
	struct request plain, r, other;
	struct err e, ignored;
	char option[64];
	bool ok;

	snprintf(option, sizeof(option), "--%s%s%s", row->name, value ? "=" : "",
		 value ? value : "");
	parse_line(&plain, verb, option, 0, false, &e);
	ok = parse_line(&r, verb, option, 1, false, &e);
	if (!ok && !strstr(e.text, row->name) && !strstr(e.text, "-s cannot "))
		test_fail(__FILE__, __LINE__, "%s: refused, but not by name: %s",
			  line_of(verb, option), e.text);
	/* "-a" is what is done anyway. */
	if (ok && row->kind != IGNORED && strcmp(row->name, "host-root") &&
	    strcmp(row->name, "kexec-syscall-auto") && same(&plain, &r))
		test_fail(__FILE__, __LINE__, "%s: accepted, and nothing is changed",
			  line_of(verb, option));
	CHECK(parse_line(&other, verb, option, 1, true, &ignored) == ok);
	CHECK(!ok || same(&r, &other));
	request_deinit(&other);
	CHECK(parse_line(&other, verb, option, 2, true, &ignored) == ok);
	CHECK(!ok || row->kind == LIST || same(&r, &other));
	request_deinit(&other);
	request_deinit(&r);
	request_deinit(&plain);
}

TEST(every_option_acts_or_is_refused_with_every_verb)
{
	size_t pairs = 0;

	for (size_t verb = 0; verb < LINES; verb++) {
		for (size_t i = 0; i < option_count; i++) {
			if (!is_option(&option_table[i]))
				continue;
			check_pair(verb, &option_table[i]);
			pairs++;
		}
	}
	CHECK(pairs > 800);
}

/* What acts with a load is refused where nothing is loaded. */
TEST(every_option_has_its_verbs)
{
	for (size_t i = 0; i < option_count; i++) {
		struct request r = { .verb = VERB_HELP };
		struct err e;

		if (!is_option(&option_table[i]) || !strcmp(option_table[i].name, "host-root"))
			continue;
		CHECK(!option_use_check(&option_table[i], &r, &e));
		CHECK_MATCH(e.text, "*, but with -*");
	}
}

static bool parse_two(struct request *r, const char *one, const char *two, struct err *e)
{
	char *argv[] = { (char *)"kexec", (char *)one, (char *)two, NULL };

	return options_parse(r, 3, argv, e);
}

/* Two verbs are one (a load and what kind of load), or the second is refused in words. */
TEST(every_two_verbs)
{
	for (size_t i = 0; i < option_count; i++) {
		for (size_t j = 0; j < option_count; j++) {
			char one[64], two[64];
			struct request r, other;
			struct err e = { "" };
			bool ok;

			if (option_table[i].kind != VERB || option_table[j].kind != VERB ||
			    !option_table[i].name || !option_table[j].name)
				continue;
			snprintf(one, sizeof(one), "--%s", option_table[i].name);
			snprintf(two, sizeof(two), "--%s", option_table[j].name);
			ok = parse_two(&r, one, two, &e);
			CHECK(*e.text || ok);
			CHECK(parse_two(&other, two, one, &e) == ok);
			CHECK(!ok || same(&r, &other));
			if (ok && option_table[i].value == VERB_RECEIVED)
				CHECK(option_table[j].value == VERB_RECEIVED ||
				      option_table[j].value == VERB_HELP ||
				      option_table[j].value == VERB_VERSION);
			request_deinit(&r);
			request_deinit(&other);
		}
	}
}

TEST(given_twice)
{
	static const struct {
		const char *one, *two, *error;
	} pairs[] = {
		{ "--append=a", "--append=b", "--append=b: \"a\" was given before*" },
		{ "--append=a", "--command-line=b", "--command-line=b: \"a\" was given before*" },
		{ "--append=a", "--command-line=a", NULL },
		{ "--mem-min=1M", "--mem-min=2M", "--mem-min=2M: \"1M\" was given before*" },
		{ "-s", "-c", "-c: --kexec-file-syscall was given before: give one of them" },
		{ "-c", "-s", "-s: --kexec-syscall was given before: give one of them" },
		{ "-a", "-s", NULL },
		{ "-s", "-a", NULL },
		{ "--args-elf", "--args-none", "--args-none: --args-elf was given before*" },
		{ "--type=uki", "-tbzImage", "-t: \"uki\" was given before*" },
		{ "--initrd=a", "--initrd=b", NULL },
		{ "--serial=ttyS0", "--serial=ttyS1", "--serial=ttyS1: \"ttyS0\" was *" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char *argv[] = { (char *)"kexec",      (char *)"-l",	     (char *)"K",
				 (char *)pairs[i].one, (char *)pairs[i].two, NULL };
		struct request r;
		struct err e = { "" };
		bool ok = options_parse(&r, 5, argv, &e);

		CHECK(ok == !pairs[i].error);
		if (!ok && pairs[i].error)
			CHECK_MATCH(e.text, pairs[i].error);
		if (ok && pairs[i].one[1] == 's')
			CHECK(r.call == CALL_FILE);
		request_deinit(&r);
	}
}

TEST_MAIN
