/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jump_message.h"
#include "number.h"
#include "option_use.h"
#include "options.h"

#define LIMIT_MAX 1000000 /* seconds */

#define WATCHDOG_SECONDS 120
#define HINT		 "(kexec --help lists the options)"

/* What is known while the words of the command line are read. */
struct parse {
	struct request *r;
	unsigned verbs;			/* bit set of enum verb */
	const char *given[OPTIONS_MAX]; /* the value, "" where there is none; NULL: not given */
	struct err *e;
};

static bool may_take_value(const struct option_row *row)
{
	return row->kind == HELPER || row->kind == STATUS || row->kind == WATCHDOG;
}

static bool takes_value(const struct option_row *row)
{
	return row->kind >= TEXT && !may_take_value(row);
}

static bool list_add(const char ***list, size_t *count, const char *value, struct err *e)
{
	const char **grown = reallocarray(*list, *count + 1, sizeof(**list));

	if (!grown)
		return err_set(e, "out of memory");
	*list = grown;
	grown[(*count)++] = value;
	return true;
}

static bool set_entry(struct request *r, const char *value, struct err *e)
{
	uint64_t entry;

	if (!number_parse(value, &entry, e))
		return false;
	if (r->has_entry && r->entry != entry)
		return err_set(e, "a different entry was given before");
	r->entry = entry;
	r->has_entry = true;
	return true;
}

static bool set_seconds(uint64_t *field, const char *value, struct err *e)
{
	if (!number_parse(value, field, e) || !*field || *field > LIMIT_MAX)
		return err_set(e, "not a number from 1 to %d", LIMIT_MAX);
	return true;
}

static bool set_status(struct request *r, const char *value, struct err *e)
{
	if (!number_parse(value, &r->status, e) || r->status > JUMP_STATUS_MAX)
		return err_set(e, "not a number from 0 to %d", JUMP_STATUS_MAX);
	r->has_status = true;
	return true;
}

static bool set_port(uint32_t *port, const char *value, struct err *e)
{
	static const uint32_t standard[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
	uint64_t number;

	if (!strncmp(value, "ttyS", 4) && value[4] >= '0' && value[4] <= '3' && !value[5]) {
		*port = standard[value[4] - '0'];
		return true;
	}
	if (!number_parse(value, &number, e) || !number || number > 0xfff8)
		return err_set(e, "neither an I/O port nor ttyS0 to ttyS3");
	*port = (uint32_t)number;
	return true;
}

static bool set_baud(uint32_t *baud, const char *value, struct err *e)
{
	uint64_t number;

	if (!number_parse(value, &number, e))
		return false;
	if (!number || number > 115200 || 115200 % number)
		return err_set(e, "not a speed of a PC's serial port: it must divide 115200");
	*baud = (uint32_t)number;
	return true;
}

static bool set_via(enum jump_via *via, const char *value, struct err *e)
{
	if (!strcmp(value, "kernel"))
		*via = VIA_KERNEL;
	else if (!strcmp(value, "module"))
		*via = VIA_MODULE;
	else
		return err_set(e, "neither kernel nor module");
	return true;
}

/* "-a" leaves the choice, and so gives way to the others. */
static bool chooses(const struct option_row *row)
{
	return row->kind == CHOICE &&
	       (row->field != offsetof(struct request, call) || row->value != CALL_AUTO);
}

/* Of two that would set one field each way, none is dropped. */
static bool check_other_choice(const struct parse *p, const struct option_row *row)
{
	for (size_t i = 0; chooses(row) && i < option_count; i++) {
		if (p->given[i] && &option_table[i] != row && chooses(&option_table[i]) &&
		    option_table[i].field == row->field && option_table[i].value != row->value)
			return err_set(p->e, "--%s was given before: give one of them",
				       option_table[i].name);
	}
	return true;
}

static bool set_text(const char **field, const char *value, struct err *e)
{
	if (*field && strcmp(*field, value))
		return err_set(e, "\"%s\" was given before: give one of them", *field);
	*field = value;
	return true;
}

static bool set(struct parse *p, const struct option_row *row, const char *value)
{
	const char *before = p->given[row - option_table], *now = value ? value : "";
	char *base = (char *)p->r;
	void *field = base + row->field;

	if (before && row->kind != LIST && strcmp(before, now) &&
	    (row->kind == WATCHDOG || (*before && value)))
		return err_set(p->e, "\"%s\" was given before: give one of them", before);
	p->given[row - option_table] = now;
	switch (row->kind) {
	case IGNORED:
		return true;
	case VERB:
		p->verbs |= 1u << row->value;
		return true;
	case FLAG:
		*(bool *)field = true;
		return true;
	case CHOICE:
		if (chooses(row))
			*(int *)field = (int)row->value;
		return check_other_choice(p, row);
	case TEXT:
		return set_text(field, now, p->e);
	case LIST:
		return list_add(field, (size_t *)(base + row->value), value, p->e);
	case SIZE:
		return number_parse_size(value, field, p->e);
	case HELPER:
		p->verbs |= 1u << row->value;
		return !value || set_entry(p->r, value, p->e);
	case STATUS:
		p->verbs |= 1u << row->value;
		return !value || set_status(p->r, value, p->e);
	case WATCHDOG:
		*(uint64_t *)field = WATCHDOG_SECONDS;
		return !value || set_seconds(field, value, p->e);
	case SECONDS:
		return set_seconds(field, value, p->e);
	case ENTRY:
		return set_entry(p->r, value, p->e);
	case PORT:
		return set_port(field, now, p->e);
	case BAUD:
		return set_baud(field, now, p->e);
	case VIA:
		return set_via(field, now, p->e);
	}
	return false;
}

/* Levenshtein's distance; words longer than a row are far. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[64];
	size_t width = strlen(b);

	if (width >= sizeof(row) / sizeof(row[0]))
		return 64;
	for (unsigned i = 0; i <= width; i++)
		row[i] = i;
	for (; *a; a++) {
		unsigned diagonal = row[0]++;

		for (size_t i = 1; i <= width; i++) {
			unsigned best = diagonal + (*a != b[i - 1]);

			diagonal = row[i];
			if (row[i] + 1 < best)
				best = row[i] + 1;
			if (row[i - 1] + 1 < best)
				best = row[i - 1] + 1;
			row[i] = best;
		}
	}
	return row[width];
}

static bool unknown(const char *name, struct err *e)
{
	const char *near = NULL;
	unsigned least = strlen(name) < 3 ? (unsigned)strlen(name)
					  : 3; /* a letter or two are like all */

	for (size_t i = 0; i < option_count; i++) {
		unsigned d = option_table[i].name ? distance(name, option_table[i].name) : least;

		if (d < least) {
			least = d;
			near = option_table[i].name;
		}
	}
	if (near)
		return err_set(e, "unknown option --%s: did you mean --%s? " HINT, name, near);
	return err_set(e, "unknown option --%s " HINT, name);
}

/* The option of this name, or the only one that starts with it, as getopt_long() has it. */
static const struct option_row *find_long(const char *name, struct err *e)
{
	const struct option_row *found = NULL;
	size_t length = strlen(name);

	for (size_t i = 0; i < option_count; i++) {
		if (option_table[i].name && !strcmp(option_table[i].name, name))
			return &option_table[i];
	}
	for (size_t i = 0; length && i < option_count; i++) {
		if (!option_table[i].name || strncmp(option_table[i].name, name, length))
			continue;
		if (found) {
			err_set(e, "option --%s is ambiguous: --%s or --%s " HINT, name,
				found->name, option_table[i].name);
			return NULL;
		}
		found = &option_table[i];
	}
	if (!found)
		unknown(name, e);
	return found;
}

static const struct option_row *find_letter(char letter)
{
	if (letter == '?')
		letter = 'h';
	for (size_t i = 0; letter && i < option_count; i++) {
		if (option_table[i].letter == letter)
			return &option_table[i];
	}
	return NULL;
}

/* "--name", "--name=value" or "--name value"; *@i is moved past what was used. */
static bool parse_long(struct parse *p, int argc, char **argv, int *i)
{
	const char *word = argv[*i] + 2, *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const char *value = equals ? equals + 1 : NULL;
	const struct option_row *row;
	char name[64];

	if (length >= sizeof(name))
		return err_set(p->e, "unknown option --%.60s... " HINT, word);
	memcpy(name, word, length);
	name[length] = '\0';
	row = find_long(name, p->e);
	if (!row)
		return false;
	if (!takes_value(row) && !may_take_value(row) && value)
		return err_set(p->e, "--%s takes no value, but was given \"%s\"", row->name, value);
	if (takes_value(row) && !value) {
		if (*i + 1 >= argc)
			return err_set(p->e, "--%s needs a value", row->name);
		value = argv[++*i];
	}
	return set(p, row, value) ||
	       err_prefix(p->e, "--%s%s%s", row->name, value ? "=" : "", value ? value : "");
}

/* "-abc", where the last letter may take the rest of the word or the next one as its value. */
static bool parse_letters(struct parse *p, int argc, char **argv, int *i)
{
	for (const char *letter = argv[*i] + 1; *letter; letter++) {
		const struct option_row *row = find_letter(*letter);
		const char *value = NULL;

		if (!row)
			return err_set(p->e, "unknown option -%c " HINT, *letter);
		if (takes_value(row)) {
			if (letter[1])
				value = letter + 1;
			else if (*i + 1 < argc)
				value = argv[++*i];
			else
				return err_set(p->e, "-%c needs a value", *letter);
		}
		if (!set(p, row, value))
			return err_prefix(p->e, "-%c", *letter);
		if (value)
			break;
	}
	return true;
}

static bool parse_kernel(struct parse *p, const char *word)
{
	if (p->r->kernel)
		return err_set(p->e, "name one kernel, not two: \"%s\" and \"%s\"", p->r->kernel,
			       word);
	p->r->kernel = word;
	return true;
}

static bool parse_words(struct parse *p, int argc, char **argv)
{
	bool options = true;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		bool ok;

		if (options && !strcmp(word, "--")) {
			options = false;
			continue;
		}
		if (!options || word[0] != '-' || !word[1])
			ok = parse_kernel(p, word);
		else if (word[1] == '-')
			ok = parse_long(p, argc, argv, &i);
		else
			ok = parse_letters(p, argc, argv, &i);
		if (!ok)
			return false;
	}
	return true;
}

#define BIT(verb) (1u << (verb))

#define RUNS  (BIT(VERB_EXEC) | BIT(VERB_FORCE))
#define LOADS (BIT(VERB_LOAD) | BIT(VERB_LOAD_PANIC) | BIT(VERB_LOAD_JUMP) | BIT(VERB_LOAD_HELPER))

/* Verbs that exclude each other, with the reason. */
static const struct {
	unsigned one, other;
	const char *why;
} contradictions[] = {
	{ BIT(VERB_UNLOAD), LOADS & ~BIT(VERB_LOAD_PANIC),
	  "-u does not go with a load, which replaces the image by itself" },
	{ BIT(VERB_UNLOAD), RUNS, "-u leaves nothing for -e or -f to run" },
	{ BIT(VERB_LOAD_PANIC), RUNS,
	  "-p loads the kernel for a crash, which -e and -f do not run" },
	{ BIT(VERB_LOAD_PANIC), BIT(VERB_LOAD_JUMP),
	  "-p does not go with --load-preserve-context: a crashed kernel cannot be jumped back "
	  "to" },
	{ BIT(VERB_LOAD_JUMP), BIT(VERB_LOAD_HELPER),
	  "--load-preserve-context is for the first kernel, --load-jump-back-helper for the "
	  "second: give one" },
	{ BIT(VERB_LOAD_AND_REBOOT), ~(BIT(VERB_LOAD_AND_REBOOT) | BIT(VERB_LOAD)),
	  "--reboot goes with -l alone" },
	{ BIT(VERB_LOAD_JUMP) | BIT(VERB_LOAD_HELPER), RUNS,
	  "a jump is two commands: load it first, then run kexec -e" },
};

/* "-e --status N", where N may be a word of its own: no question about what is loaded. */
static bool take_status(struct request *r, unsigned *verbs, struct err *e)
{
	if (!(*verbs & BIT(VERB_STATUS)))
		return true;
	if (!(*verbs & BIT(VERB_EXEC)))
		return !r->has_status ||
		       err_set(e, "--status=%" PRIu64 " goes with -e only", r->status);
	if (!r->has_status && !r->kernel)
		return err_set(e, "--status with -e takes a number from 0 to %d", JUMP_STATUS_MAX);
	if (!r->has_status) {
		if (!set_status(r, r->kernel, e))
			return err_prefix(e, "--status %s", r->kernel);
		r->kernel = NULL;
	}
	*verbs &= ~BIT(VERB_STATUS);
	return true;
}

static bool pick_verb(struct request *r, unsigned verbs, struct err *e)
{
	static const enum verb alone[] = {
		VERB_HELP,     VERB_VERSION, VERB_CRASH_SIZE, VERB_STATUS,
		VERB_RECEIVED, VERB_CALL,    VERB_LIST,
	};
	static const enum verb by_weight[] = {
		VERB_UNLOAD, VERB_LOAD_HELPER, VERB_LOAD_PANIC, VERB_LOAD_JUMP,
		VERB_FORCE,  VERB_LOAD,	       VERB_EXEC,
	};

	r->panic = verbs & BIT(VERB_LOAD_PANIC);
	r->load_named = verbs & BIT(VERB_LOAD);
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
		if (verbs & BIT(alone[i])) {
			r->verb = alone[i];
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(contradictions) / sizeof(contradictions[0]); i++) {
		if ((verbs & contradictions[i].one) && (verbs & contradictions[i].other))
			return err_set(e, "%s", contradictions[i].why);
	}
	if (verbs & BIT(VERB_LOAD_AND_REBOOT)) {
		r->verb = VERB_LOAD_AND_REBOOT;
		r->by_systemd = true;
		return true;
	}
	if ((verbs & BIT(VERB_LOAD)) && (verbs & BIT(VERB_EXEC)))
		verbs |= BIT(VERB_FORCE);
	for (size_t i = 0; i < sizeof(by_weight) / sizeof(by_weight[0]); i++) {
		if (verbs & BIT(by_weight[i])) {
			r->verb = by_weight[i];
			return true;
		}
	}
	if (!r->kernel)
		return err_set(e, "nothing to do: name a kernel to load, or see kexec --help");
	r->verb = VERB_LOAD_AND_REBOOT;
	return true;
}

static bool choose_verb(struct request *r, unsigned verbs, struct err *e)
{
	return take_status(r, &verbs, e) && pick_verb(r, verbs, e) &&
	       option_use_check_verbs(r->verb, verbs, e);
}

static bool check_kernel(const struct request *r, struct err *e)
{
	switch (r->verb) {
	case VERB_CALL:
		return r->kernel || err_set(e, "no program to call was named");
	case VERB_LIST:
		return !r->kernel || err_set(e, "--list takes no kernel (\"%s\")", r->kernel);
	case VERB_CRASH_SIZE:
		return !r->kernel ||
		       err_set(e, "--print-ckr-size takes no kernel (\"%s\")", r->kernel);
	case VERB_STATUS:
		if (r->panic && r->load_named)
			return err_set(e, "-S -p or -S -l: one image at a time");
		return !r->kernel || err_set(e, "-S takes no kernel (\"%s\")", r->kernel);
	case VERB_LOAD_PANIC:
	case VERB_LOAD_JUMP:
		return r->kernel || err_set(e, "no kernel to load was named");
	case VERB_EXEC:
		return !r->kernel || err_set(e,
					     "-e runs what is loaded: to load \"%s\" first, "
					     "add -l",
					     r->kernel);
	case VERB_UNLOAD:
		return !r->kernel || err_set(e, "-u takes no kernel (\"%s\")", r->kernel);
	case VERB_RECEIVED:
		return !r->kernel || err_set(e, "--received takes no kernel (\"%s\")", r->kernel);
	case VERB_LOAD_HELPER:
		return !r->kernel ||
		       err_set(e, "--load-jump-back-helper takes no kernel (\"%s\")", r->kernel);
	default:
		return true;
	}
}

/* Options that are not verbs themselves, each with the verb that was chosen. */
static bool check_uses(const struct parse *p)
{
	for (size_t i = 0; i < option_count; i++) {
		enum option_kind kind = option_table[i].kind;

		if (p->given[i] && kind != VERB && kind != HELPER && kind != STATUS &&
		    !option_use_check(&option_table[i], p->r, p->e))
			return false;
	}
	return true;
}

static bool check_request(const struct request *r, struct err *e)
{
	bool jump = r->verb == VERB_LOAD_JUMP || r->verb == VERB_LOAD_HELPER;

	if (!check_kernel(r, e))
		return false;
	if (r->call == CALL_FILE && jump)
		return err_set(e, "-s cannot load a jump: kexec_file_load(2) has no such flag; "
				  "use -c");
	if (r->mem_min > r->mem_max)
		return err_set(e, "--mem-min is above --mem-max");
	if (r->panic && r->verb == VERB_LOAD_HELPER && r->one_way)
		return err_set(e, "-p is one way by itself: leave out --one-way");
	if (r->jump_via != VIA_AUTO && (r->one_way || r->panic))
		return err_set(e, "--jump-via goes with a jump that comes back only");
	if (r->window_of && r->call == CALL_FILE)
		return err_set(e, "-s cannot confine a kernel to a window: kexec_file_load(2) "
				  "gives it all memory; use -c");
	if (r->key && !r->window_of)
		return err_set(e, "--key is for the image that --window-of names");
	if (r->entry_of && r->kernel)
		return err_set(e, "--entry-of=%s or a kernel, \"%s\": one of them", r->entry_of,
			       r->kernel);
	return true;
}

bool options_parse(struct request *r, int argc, char **argv, struct err *e)
{
	struct parse p = { .r = r, .e = e };

	*r = (struct request){ .mem_max = UINT64_MAX };
	if (!parse_words(&p, argc, argv))
		return false;
	r->host_root = r->host_root ? r->host_root : "";
	return choose_verb(r, p.verbs, e) && (r->verb == VERB_HELP || r->verb == VERB_VERSION ||
					      (check_uses(&p) && check_request(r, e)));
}

/* ---- The text of --help ---- */

#define HELP_COLUMN 30
#define HELP_WIDTH  90

struct text {
	char at[8192];
	size_t used, column;
};

static void put(struct text *t, const char *words)
{
	size_t size = strlen(words), room = sizeof(t->at) - 1 - t->used;
	const char *line = strrchr(words, '\n');

	memcpy(t->at + t->used, words, size < room ? size : room);
	t->used += size < room ? size : room;
	t->column = line ? strlen(line + 1) : t->column + size;
}

static void put_to_column(struct text *t, size_t column)
{
	do
		put(t, " ");
	while (t->column < column);
}

static void put_row(struct text *t, const struct option_row *row)
{
	const char letter[] = { '-', row->letter, ',', '\0' };

	put(t, "  ");
	if (row->letter)
		put(t, letter);
	put_to_column(t, 6);
	put(t, "--");
	put(t, row->name);
	put(t, row->argument ? row->argument : "");
	put_to_column(t, HELP_COLUMN);
	for (const char *p = row->help; *p; p++) {
		const char one[] = { *p, '\0' };

		put(t, one);
		if (*p == '\n')
			put_to_column(t, HELP_COLUMN);
	}
	put(t, "\n");
}

static bool is_listed(const struct option_row *row, enum option_kind kind, const char *text)
{
	return row->name && (text ? row->help == text : row->kind == kind);
}

/* The names alone, of the rows of one kind or of one text. */
static void put_list(struct text *t, const char *title, enum option_kind kind, const char *text)
{
	const char *before = " --";

	put(t, title);
	for (size_t i = 0; i < option_count; i++) {
		if (!is_listed(&option_table[i], kind, text))
			continue;
		if (t->column + strlen(option_table[i].name) + 5 > HELP_WIDTH)
			before = *before == ',' ? ",\n  --" : before;
		put(t, before);
		put(t, option_table[i].name);
		before = ", --";
	}
	put(t, "\n");
}

const char *options_help(void)
{
	static struct text t;

	t = (struct text){};
	put(&t, "Usage: kexec [OPTION]... [KERNEL]\n"
		"Load another kernel and run it without the firmware, or jump into it and back.\n");
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];

		if (row->section) {
			put(&t, "\n");
			put(&t, row->section);
			put(&t, "\n");
		}
		if (row->help && row->help != option_refused)
			put_row(&t, row);
	}
	put_list(&t, "\nNot supported, and refused:", IGNORED, option_refused);
	put_list(&t, "Accepted, without effect here:", IGNORED, NULL);
	put(&t, "\nExit status: 0 good, 1 wrong usage, 255 failure, 253 no kexec_file_load (-s); "
		"see -S.\n");
	return t.at;
}

void request_deinit(struct request *r)
{
	free(r->initrds);
	free(r->modules);
	*r = (struct request){ 0 };
}
