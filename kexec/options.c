/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "options.h"

enum kind {
	IGNORED, /* known, without effect here */
	VERB,	 /* one more verb in the set */
	FLAG,	 /* bool */
	CHOICE,	 /* an enum of the size of int gets the row's value */
	TEXT,
	LIST,	/* const char **, its size_t count is the row's value as an offset */
	SIZE,	/* number, with K, M, G, T or without */
	ENTRY,	/* number, noted as given */
	HELPER, /* VERB, with an optional ENTRY */
	PORT,
	BAUD,
};

struct option_row {
	const char *name;
	char letter;
	enum kind kind;
	size_t field;
	size_t value;
};

#define F(field) offsetof(struct request, field)

static const struct option_row table[] = {
	{ "help", 'h', VERB, 0, VERB_HELP },
	{ "version", 'v', VERB, 0, VERB_VERSION },
	{ "load", 'l', VERB, 0, VERB_LOAD },
	{ "load-panic", 'p', VERB, 0, VERB_LOAD_PANIC },
	{ "load-preserve-context", 0, VERB, 0, VERB_LOAD_JUMP },
	{ "load-jump-back", 0, VERB, 0, VERB_LOAD_JUMP },
	{ "load-jump-back-helper", 0, HELPER, 0, VERB_LOAD_HELPER },
	{ "exec", 'e', VERB, 0, VERB_EXEC },
	{ NULL, 'j', VERB, 0, VERB_EXEC },
	{ NULL, 'b', VERB, 0, VERB_EXEC },
	{ "force", 'f', VERB, 0, VERB_FORCE },
	{ "unload", 'u', VERB, 0, VERB_UNLOAD },
	{ "status", 'S', VERB, 0, VERB_STATUS },
	{ "print-ckr-size", 0, VERB, 0, VERB_CRASH_SIZE },
	{ "kexec-file-syscall", 's', CHOICE, F(call), CALL_FILE },
	{ "kexec-syscall", 'c', CHOICE, F(call), CALL_LOAD },
	{ "kexec-syscall-auto", 'a', CHOICE, F(call), CALL_AUTO },
	{ "initrd", 0, LIST, F(initrds), F(initrd_count) },
	{ "ramdisk", 0, LIST, F(initrds), F(initrd_count) },
	{ "append", 0, TEXT, F(append), 0 },
	{ "command-line", 0, TEXT, F(append), 0 },
	{ "reuse-cmdline", 0, FLAG, F(reuse_cmdline), 0 },
	{ "type", 't', TEXT, F(type), 0 },
	{ "no-checks", 'i', FLAG, F(no_checks), 0 },
	{ "no-ifdown", 'x', FLAG, F(no_ifdown), 0 },
	{ "no-sync", 'y', FLAG, F(no_sync), 0 },
	{ "debug", 'd', FLAG, F(debug), 0 },
	{ "dry-run", 0, FLAG, F(dry_run), 0 },
	{ "map", 0, FLAG, F(map), 0 },
	{ "json", 0, FLAG, F(json), 0 },
	{ "host-root", 0, TEXT, F(host_root), 0 },
	{ "mem-min", 0, SIZE, F(mem_min), 0 },
	{ "mem-max", 0, SIZE, F(mem_max), 0 },
	{ "entry", 0, ENTRY, F(entry), 0 },
	{ "window-size", 0, SIZE, F(window_size), 0 },
	{ "window-of", 0, TEXT, F(window_of), 0 },
	{ "one-way", 0, FLAG, F(one_way), 0 },
	{ "vmcore", 0, TEXT, F(vmcore), 0 },
	{ "entry-32bit", 0, FLAG, F(entry_32bit), 0 },
	{ "real-mode", 0, FLAG, F(real_mode), 0 },
	{ "args-none", 0, FLAG, F(args_none), 0 },
	{ "args-linux", 0, FLAG, F(args_linux), 0 },
	{ "args-elf", 0, FLAG, F(args_elf), 0 },
	{ "elf32-core-headers", 0, CHOICE, F(core_headers), CORE_ELF32 },
	{ "elf64-core-headers", 0, CHOICE, F(core_headers), CORE_ELF64 },
	{ "pass-memmap-cmdline", 0, FLAG, F(pass_memmap_cmdline), 0 },
	{ "noefi", 0, FLAG, F(noefi), 0 },
	{ "reuse-video-type", 0, FLAG, F(reuse_video_type), 0 },
	{ "console-vga", 0, FLAG, F(console_vga), 0 },
	{ "console-serial", 0, FLAG, F(console_serial), 0 },
	{ "reset-vga", 0, FLAG, F(reset_vga), 0 },
	{ "serial", 0, PORT, F(serial_port), 0 },
	{ "serial-baud", 0, BAUD, F(serial_baud), 0 },
	{ "dtb", 0, TEXT, F(dtb), 0 },
	{ "module", 0, LIST, F(modules), F(module_count) },
	{ "hotplug", 0, IGNORED, 0, 0 },
	{ "reuseinitrd", 0, FLAG, F(reuse_initrd), 0 },
	{ "no-cma", 0, IGNORED, 0, 0 },
	{ "force-dtb", 0, IGNORED, 0, 0 },
};

#define ROWS (sizeof(table) / sizeof(table[0]))
#define HINT "(kexec --help lists the options)"

/* What is known while the words of the command line are read. */
struct parse {
	struct request *r;
	unsigned verbs; /* bit set of enum verb */
	struct err *e;
};

static bool takes_value(const struct option_row *row)
{
	return row->kind >= TEXT && row->kind != HELPER;
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
		return err_set(e, "another entry was given before");
	r->entry = entry;
	r->has_entry = true;
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
		return err_set(e, "not an I/O port nor ttyS0 to ttyS3");
	*port = (uint32_t)number;
	return true;
}

static bool set_baud(uint32_t *baud, const char *value, struct err *e)
{
	uint64_t number;

	if (!number_parse(value, &number, e))
		return false;
	if (!number || number > 115200 || 115200 % number)
		return err_set(e, "not a speed of a PC's serial port: 115200 or a part of it");
	*baud = (uint32_t)number;
	return true;
}

static bool set(struct parse *p, const struct option_row *row, const char *value)
{
	char *base = (char *)p->r;
	void *field = base + row->field;

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
		*(int *)field = (int)row->value;
		return true;
	case TEXT:
		*(const char **)field = value;
		return true;
	case LIST:
		return list_add(field, (size_t *)(base + row->value), value, p->e);
	case SIZE:
		return number_parse_size(value, field, p->e);
	case HELPER:
		p->verbs |= 1u << row->value;
		return !value || set_entry(p->r, value, p->e);
	case ENTRY:
		return set_entry(p->r, value, p->e);
	case PORT:
		return set_port(field, value, p->e);
	case BAUD:
		return set_baud(field, value, p->e);
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
	unsigned least = 3;

	for (size_t i = 0; i < ROWS; i++) {
		unsigned d = table[i].name ? distance(name, table[i].name) : least;

		if (d < least) {
			least = d;
			near = table[i].name;
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

	for (size_t i = 0; i < ROWS; i++) {
		if (table[i].name && !strcmp(table[i].name, name))
			return &table[i];
	}
	for (size_t i = 0; length && i < ROWS; i++) {
		if (!table[i].name || strncmp(table[i].name, name, length))
			continue;
		if (found) {
			err_set(e, "option --%s is ambiguous: --%s or --%s " HINT, name,
				found->name, table[i].name);
			return NULL;
		}
		found = &table[i];
	}
	if (!found)
		unknown(name, e);
	return found;
}

static const struct option_row *find_letter(char letter)
{
	if (letter == '?')
		letter = 'h';
	for (size_t i = 0; letter && i < ROWS; i++) {
		if (table[i].letter == letter)
			return &table[i];
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
	if (!takes_value(row) && row->kind != HELPER && value)
		return err_set(p->e, "--%s takes no value, but was given \"%s\"", row->name, value);
	if (takes_value(row) && !value) {
		if (*i + 1 >= argc)
			return err_set(p->e, "--%s needs a value", row->name);
		value = argv[++*i];
	}
	return set(p, row, value) || err_prefix(p->e, "--%s=%s", row->name, value);
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
		return err_set(p->e, "one kernel only, but there are \"%s\" and \"%s\"",
			       p->r->kernel, word);
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
	  "-u unloads: it goes with no load (a load replaces the image by itself)" },
	{ BIT(VERB_UNLOAD), RUNS, "-u unloads: then there is nothing left for -e or -f to run" },
	{ BIT(VERB_LOAD_PANIC), RUNS,
	  "-p loads the kernel for a crash, which -e and -f do not run" },
	{ BIT(VERB_LOAD_PANIC), BIT(VERB_LOAD_JUMP) | BIT(VERB_LOAD_HELPER),
	  "-p does not go with a jump: a crashed kernel cannot be jumped back to" },
	{ BIT(VERB_LOAD_JUMP), BIT(VERB_LOAD_HELPER),
	  "--load-preserve-context is for the first kernel, --load-jump-back-helper for the "
	  "second: give one" },
	{ BIT(VERB_LOAD_JUMP) | BIT(VERB_LOAD_HELPER), RUNS,
	  "a jump is two commands: load it first, then run kexec -e" },
};

static bool choose_verb(struct request *r, unsigned verbs, struct err *e)
{
	static const enum verb alone[] = {
		VERB_HELP,
		VERB_VERSION,
		VERB_CRASH_SIZE,
		VERB_STATUS,
	};
	static const enum verb by_weight[] = {
		VERB_UNLOAD, VERB_LOAD_PANIC, VERB_LOAD_JUMP, VERB_LOAD_HELPER,
		VERB_FORCE,  VERB_LOAD,	      VERB_EXEC,
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

static bool is_load(const struct request *r)
{
	return r->verb <= VERB_LOAD_HELPER || (r->verb == VERB_FORCE && r->kernel);
}

static bool check_kernel(const struct request *r, struct err *e)
{
	switch (r->verb) {
	case VERB_LOAD:
	case VERB_LOAD_PANIC:
	case VERB_LOAD_JUMP:
		return r->kernel || err_set(e, "no kernel to load was named");
	case VERB_FORCE:
		return r->kernel || !r->load_named || err_set(e, "no kernel to load was named");
	case VERB_EXEC:
		return !r->kernel || err_set(e,
					     "-e runs what is loaded: to load \"%s\" first, "
					     "add -l",
					     r->kernel);
	case VERB_UNLOAD:
		return !r->kernel || err_set(e, "-u takes no kernel (\"%s\")", r->kernel);
	case VERB_LOAD_HELPER:
		return !r->kernel ||
		       err_set(e, "--load-jump-back-helper takes no kernel (\"%s\")", r->kernel);
	default:
		return true;
	}
}

/* What belongs to the restoring of saved kernels. */
static bool check_restore(const struct request *r, struct err *e)
{
	if ((r->one_way || r->vmcore) && r->verb != VERB_LOAD_HELPER)
		return err_set(e, "--one-way and --vmcore go with --load-jump-back-helper only");
	if (!r->window_of)
		return true;
	if (!is_load(r) || r->verb == VERB_LOAD_PANIC || r->verb == VERB_LOAD_JUMP ||
	    r->verb == VERB_LOAD_HELPER)
		return err_set(e, "--window-of goes with -l KERNEL only");
	if (r->call == CALL_FILE)
		return err_set(e, "-s cannot confine a kernel to a window: kexec_file_load(2) "
				  "gives it all memory; use -c");
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
	if (r->window_size && r->verb != VERB_LOAD_JUMP)
		return err_set(e, "--window-size goes with --load-preserve-context only");
	if (r->has_entry && r->verb == VERB_LOAD_JUMP)
		return err_set(e, "--entry does not go with --load-preserve-context: the kernel "
				  "has its own");
	if (!check_restore(r, e))
		return false;
	if (r->json && r->verb != VERB_STATUS)
		return err_set(e, "--json goes with -S only");
	if ((r->dry_run || r->map) && !is_load(r))
		return err_set(e, "--dry-run and --map show what would be loaded: they go with a "
				  "load");
	return true;
}

bool options_parse(struct request *r, int argc, char **argv, struct err *e)
{
	struct parse p = { .r = r, .e = e };

	*r = (struct request){ .host_root = "", .mem_max = UINT64_MAX };
	return parse_words(&p, argc, argv) && choose_verb(r, p.verbs, e) &&
	       (r->verb == VERB_HELP || r->verb == VERB_VERSION || check_request(r, e));
}

static const char help[] =
	"Usage: kexec [OPTION]... [KERNEL]\n"
	"Load another kernel and run it without the firmware, or jump into it and back.\n"
	"\n"
	"What to do (with a KERNEL alone: load it, then shutdown -r now):\n"
	"  -l, --load                  load KERNEL\n"
	"  -e, --exec                  run what is loaded (also -j, -b); -l -e: load and run\n"
	"  -f, --force                 load KERNEL, if one is named, and run it at once\n"
	"  -p, --load-panic            load KERNEL for a crash of this one\n"
	"  -u, --unload                unload; with -p the crash image\n"
	"  -S, --status                crash image (-l: image) loaded? exit 1 yes, 0 no; --json\n"
	"      --load-preserve-context load KERNEL to jump into with -e and to come back from\n"
	"      --load-jump-back-helper[=ENTRY]  in that kernel: load the way back, for -e;\n"
	"                              --one-way: for good; --vmcore=F: instead of /proc/vmcore\n"
	"      --dry-run, --map        print the plan, draw the memory; --dry-run loads nothing\n"
	"      --print-ckr-size        print the bytes reserved for a crash kernel\n"
	"  -h, --help; -v, --version\n"
	"\n"
	"What to load:\n"
	"      --initrd=F              initial RAM disk (--ramdisk); several are joined\n"
	"      --append=S              the kernel's command line (--command-line)\n"
	"      --reuse-cmdline         start it with this kernel's own\n"
	"  -t, --type=T                type of KERNEL instead of probing: bzImage, bzImage64,\n"
	"                              elf-core (the saved image of a kernel's memory)\n"
	"      --entry=N, --entry-32bit, --real-mode, --args-none, --args-linux, --args-elf,\n"
	"      --module=\"F ARGS\", --dtb=F, --reuseinitrd, --noefi, --reuse-video-type\n"
	"\n"
	"How to load (sizes and addresses may end in K, M, G):\n"
	"  -a, -s, -c                  choose the system call; kexec_file_load; kexec_load\n"
	"      --mem-min=N, --mem-max=N  use memory from N to N only\n"
	"      --window-size=N         memory of the kernel that is jumped to\n"
	"      --window-of=IMAGE       use only the memory that the kernel in IMAGE lent\n"
	"      --elf32-core-headers, --elf64-core-headers, --pass-memmap-cmdline, --hotplug\n"
	"  -i, --no-checks             no digest\n"
	"  -x, --no-ifdown             leave network interfaces up before -e\n"
	"  -y, --no-sync               no sync before -e\n"
	"      --console-vga, --console-serial, --serial=PORT, --serial-baud=N, --reset-vga\n"
	"                              where the code between the kernels may print\n"
	"  -d, --debug                 print the plan to standard error\n"
	"      --host-root=DIR         read /proc and /sys below DIR (with --dry-run or -S)\n"
	"\n"
	"Exit status: 0 good, 1 wrong usage, 255 failure, 253 no kexec_file_load (-s); see -S.\n";

const char *options_help(void)
{
	return help;
}

void request_deinit(struct request *r)
{
	free(r->initrds);
	free(r->modules);
	*r = (struct request){ 0 };
}
