/* SPDX-License-Identifier: GPL-2.0-only */
/* kdump: save, look into, check and convert images of a kernel's memory. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core_file.h"
#include "reader.h"
#include "info.h"
#include "key.h"
#include "mailbox_io.h"
#include "mark.h"
#include "number.h"
#include "print_text.h"
#include "printk_ring.h"
#include "progress.h"
#include "save.h"
#include "unlock.h"

#define DEFAULT_SOURCE "/proc/vmcore"

/* As kdump(8) has them. */
enum {
	EXIT_GOOD = 0,
	EXIT_USAGE = 1,
	EXIT_NONE = 2, /* no image, no message */
	EXIT_EMPTY = 3,
	EXIT_WRITING = 4,
	EXIT_CONSUMED = 5,
	EXIT_DAMAGED = 6,
	EXIT_FAILED = 255
};

struct options {
	const char *command;
	const char *files[2];
	int file_count;
	struct save_request save;
	struct unlock unlock;
	const char *id;
	const char *host_root; /* of the mailbox */
	bool json, state, header;
};

static const char usage[] =
	"usage: kdump save [-o FILE|DEVICE|-] [--keep free|all] [--threads N] [--level L]\n"
	"                  [--for-analysis] [--force] [--seal FILE [--cipher aes|xchacha]]\n"
	"                  [SOURCE]\n"
	"       kdump save --pages | --base=IMAGE   for analysis: others can be based on it, or\n"
	"                                           only what has changed since IMAGE\n"
	"       kdump info [--json] [--header] [FILE]  which kernel's memory it is\n"
	"       kdump info --state FILE             the state of an image, and no more\n"
	"       kdump verify FILE|-                 read all of it and check every checksum\n"
	"       kdump convert [--for-analysis] IMAGE -o FILE|-  a plain ELF core\n"
	"       kdump mount [--for-analysis] [--foreground] IMAGE FOLDER\n"
	"                                           shows that core there, without writing it\n"
	"       kdump dmesg [FILE]                  the log of the kernel in it\n"
	"       kdump mark TARGET empty [--force]   make it ready for an image\n"
	"       kdump mark TARGET discard [--force] throw away its image\n"
	"       kdump mark TARGET consumed [--id ID] before it is entered: never restore it again\n"
	"       kdump mark TARGET valid --id ID     take that back: it was not entered\n"
	"       kdump mark TARGET attempt --id ID   count an attempt to resume it\n"
	"       kdump key new|add|remove|image|list ...  of encrypted images; kdump key --help\n"
	"       kdump mailbox [--host-root DIR] read | write TEXT\n"
	"                                           a message between the kernels of a jump\n"
	"SOURCE and FILE are " DEFAULT_SOURCE " if they are not named. Of what is encrypted:\n"
	"  --key FILE [--passphrase-fd N | --slot-file FILE]\n";

static void report(const char *line)
{
	fprintf(stderr, "kdump: %s\n", line);
}

static int failed(const struct err *e)
{
	fprintf(stderr, "kdump: %s\n", e->text);
	return EXIT_FAILED;
}

static int misused(const struct options *o, const char *why)
{
	fprintf(stderr, "kdump: %s: %s\n", o->command, why);
	return EXIT_USAGE;
}

struct command {
	const char *name;
	int (*run)(struct options *o);
	const char *options; /* that it takes, by their letters */
	int files;	     /* that it may be given */
};

static const struct option known[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "keep", required_argument, NULL, 'k' },
	{ "threads", required_argument, NULL, 't' },
	{ "level", required_argument, NULL, 'l' },
	{ "for-analysis", no_argument, NULL, 'a' },
	{ "pages", no_argument, NULL, 'p' },
	{ "base", required_argument, NULL, 'b' },
	{ "force", no_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "state", no_argument, NULL, 's' },
	{ "header", no_argument, NULL, 'h' },
	{ "id", required_argument, NULL, 'i' },
	{ "host-root", required_argument, NULL, 'r' },
	{ "seal", required_argument, NULL, 'e' },
	{ "cipher", required_argument, NULL, 'c' },
	UNLOCK_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

static bool check_option(const struct command *c, int letter, struct err *e)
{
	const struct option *o = known;

	while (o->name && o->val != letter)
		o++;
	if (!o->name)
		return err_set(e, "unknown option or missing value; kdump --help lists them");
	return strchr(c->options, letter) ||
	       err_set(e, "takes no --%s; kdump --help tells what goes with what", o->name);
}

static bool take_option(struct options *o, int option, const char *value, struct err *e)
{
	int number;

	switch (option) {
	case 'o':
		o->save.target = value;
		return true;
	case 'k':
		o->save.keep = !strcmp(value, "all") ? KEEP_ALL : KEEP_USED;
		if (o->save.keep == KEEP_ALL || !strcmp(value, "free"))
			return true;
		return err_set(e,
			       "--keep=%s: all keeps free pages too, free leaves out what is free",
			       value);
	case 't':
		if (!number_parse_int(value, 1, 256, &number))
			return err_set(e, "--threads=%s: a number from 1 to 256", value);
		o->save.threads = number;
		return true;
	case 'l':
		o->save.adapt = !strcmp(value, "auto");
		if (!o->save.adapt && !number_parse_int(value, -100, 19, &o->save.level))
			return err_set(
				e, "--level=%s: auto, or a number from -100 (fast) to 19 (small)",
				value);
		return true;
	case 'a':
		o->save.for_analysis = true;
		return true;
	case 'b':
		o->save.base = value;
		/* fall through */
	case 'p':
		o->save.pages = o->save.for_analysis = true;
		return true;
	case 'f':
		o->save.force = true;
		return true;
	case 'j':
		o->json = true;
		return true;
	case 's':
		o->state = true;
		return true;
	case 'h':
		o->header = true;
		return true;
	case 'i':
		o->id = value;
		return true;
	case 'r':
		o->host_root = value;
		return true;
	case 'e':
		o->save.seal = value;
		return true;
	case 'c':
		o->save.cipher = !strcmp(value, "aes") ? IMAGE_AES_256_GCM
						       : IMAGE_XCHACHA20_POLY1305;
		return !strcmp(value, "aes") || !strcmp(value, "xchacha") ||
		       err_set(e, "--cipher=%s: aes or xchacha", value);
	default:
		return unlock_option(&o->unlock, option, value, e);
	}
}

static bool parse(struct options *o, const struct command *c, int argc, char **argv, struct err *e)
{
	int option;

	*o = (struct options){ .host_root = "", .save = { .level = 1, .report = report } };
	o->command = argv[0];
	unlock_init(&o->unlock);
	opterr = 0;
	while ((option = getopt_long(argc, argv, "o:", known, NULL)) != -1)
		if (!check_option(c, option, e) || !take_option(o, option, optarg, e))
			return false;
	for (; optind < argc; optind++) {
		if (o->file_count == c->files)
			return err_set(e, "%s: one word too many", argv[optind]);
		o->files[o->file_count++] = argv[optind];
	}
	if (o->save.cipher && !o->save.seal)
		return err_set(e, "--cipher is for an image that is encrypted: --seal=FILE");
	if (o->save.seal && (o->save.pages || o->save.base))
		return err_set(e, "--seal does not go with --pages or --base yet");
	o->save.keys = unlock_keys(&o->unlock);
	return unlock_check(&o->unlock, e);
}

static const char *source(const struct options *o)
{
	return o->file_count ? o->files[0] : DEFAULT_SOURCE;
}

static int do_save(struct options *o)
{
	struct err e;

	o->save.source = source(o);
	if (!o->save.target)
		return misused(o, "no target: -o FILE, -o DEVICE, or -o - for standard output");
	if (o->save.pages && !strcmp(o->save.target, "-"))
		return misused(o, "--pages and --base are for images in files");
	return save_image(&o->save, &e) ? EXIT_GOOD : failed(&e);
}

static int do_convert(struct options *o)
{
	o->save.plain = true;
	return do_save(o);
}

static int info_code(enum info_state state)
{
	switch (state) {
	case INFO_GOOD:
		return EXIT_GOOD;
	case INFO_NONE:
		return EXIT_NONE;
	case INFO_EMPTY:
		return EXIT_EMPTY;
	case INFO_WRITING:
		return EXIT_WRITING;
	case INFO_CONSUMED:
		return EXIT_CONSUMED;
	case INFO_DAMAGED:
		return EXIT_DAMAGED;
	case INFO_UNREADABLE:
		break;
	}
	return EXIT_FAILED;
}

static int do_info(struct options *o)
{
	struct info info;
	int code;

	info_look(&info, source(o), o->save.keys, o->state || o->header);
	code = info_code(info.state);
	if (!o->state)
		info_print(&info, o->json, stdout);
	else if (*info_state_name(&info))
		puts(info_state_name(&info));
	if (*info.why.text)
		fprintf(stderr, "kdump: %s: %s\n", source(o), info.why.text);
	info_close(&info);
	return code;
}

static bool verify(const struct options *o, struct core_image *image, struct image_stream *stream,
		   const char *name, struct err *e)
{
	struct progress progress;
	bool ok;

	if (!stream && !core_image_complete(image, e))
		return false;
	progress_start(&progress, "verified", "read", image->core_size, report);
	ok = image_reader_run(&(struct image_reader){ .image = image,
						      .stream = stream,
						      .threads = o->save.threads,
						      .progress = stream ? NULL : progress_step,
						      .progress_opaque = &progress },
			      NULL, e);
	progress_end(&progress);
	if (ok)
		printf("%s: good%s\n", name,
		       image->saved ? "" : ", as far as a core without checksums can tell");
	return ok;
}

static bool verify_file(const struct options *o, struct err *e)
{
	struct core_file f;
	bool ok;

	if (!core_file_open_with(&f, source(o), o->save.keys, e))
		return false;
	core_image_drop_cache(&f.image);
	ok = verify(o, &f.image, NULL, f.path, e) || err_prefix(e, "%s", f.path);
	core_file_close(&f);
	return ok;
}

static bool verify_stream(const struct options *o, struct err *e)
{
	static const char name[] = "standard input";
	struct image_stream stream;
	struct core_image image;
	bool ok;

	if (!image_stream_open(&stream, STDIN_FILENO, o->save.keys, &image, e))
		return err_prefix(e, name);
	ok = verify(o, &image, &stream, name, e) || err_prefix(e, name);
	core_image_close(&image);
	return ok;
}

static int do_verify(struct options *o)
{
	struct err e;

	return (strcmp(source(o), "-") ? verify_file(o, &e) : verify_stream(o, &e)) ? EXIT_GOOD
										    : failed(&e);
}

/* Changes that are made to one image: to whichever is there, or to that with --id. */
static const struct change {
	const char *name;
	uint32_t from, to;
	unsigned attempts;
	bool needs_id;
} changes[] = {
	{ "consumed", IMAGE_VALID, IMAGE_CONSUMED, 0, false },
	{ "valid", IMAGE_CONSUMED, IMAGE_VALID, 0, true },
	{ "attempt", IMAGE_VALID, IMAGE_VALID, 1, true },
};

static int mark_image(const struct options *o, const struct change *c)
{
	uint8_t id[16];
	struct err e;

	if ((o->id || c->needs_id) && !(o->id && image_id_parse(o->id, id)))
		return misused(o, "--id takes the 32 hex digits that kdump info tells");
	return mark_state(o->files[0], c->from, c->to, c->attempts, o->id ? id : NULL, &e)
		       ? EXIT_GOOD
		       : failed(&e);
}

static int do_mark(struct options *o)
{
	const char *path = o->files[0], *what = o->file_count == 2 ? o->files[1] : "";
	struct err e;

	if (!strcmp(what, "empty"))
		return mark_empty(path, o->save.force, &e) ? EXIT_GOOD : failed(&e);
	if (!strcmp(what, "discard"))
		return mark_discard(path, o->save.force, &e) ? EXIT_GOOD : failed(&e);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (!strcmp(what, changes[i].name))
			return mark_image(o, &changes[i]);
	return misused(o, "TARGET and one of empty, discard, consumed, valid, attempt are needed");
}

static int do_mailbox(struct options *o)
{
	char text[MAILBOX_TEXT];
	struct err e;

	if (o->file_count == 1 && !strcmp(o->files[0], "read")) {
		if (!mailbox_read(o->host_root, text, &e))
			return failed(&e);
		if (!*text) {
			report("the other kernel left no message");
			return EXIT_NONE;
		}
		print_text(stdout, text, strlen(text), TEXT_LINES);
		putchar('\n');
		return EXIT_GOOD;
	}
	if (o->file_count == 2 && !strcmp(o->files[0], "write"))
		return mailbox_write(o->host_root, o->files[1], &e) ? EXIT_GOOD : failed(&e);
	return misused(o, "read, or write and a text");
}

static int do_dmesg(struct options *o)
{
	struct core_file f;
	struct peer_kernel k;
	struct err e;
	bool ok;

	if (!core_file_open_with(&f, source(o), o->save.keys, &e))
		return failed(&e);
	ok = peer_kernel_open(&k, &f.image.memory, &e);
	if (ok) {
		ok = printk_ring_read(&k, print_log_line, stdout, &e);
		peer_kernel_close(&k);
	}
	if (!ok)
		err_prefix(&e, "%s", f.path);
	core_file_close(&f);
	return ok ? EXIT_GOOD : failed(&e);
}

static const struct command commands[] = {
	{ "save", do_save, "oktlafpbec" UNLOCK_LETTERS, 1 },
	{ "info", do_info, "jsh" UNLOCK_LETTERS, 1 },
	{ "verify", do_verify, "t" UNLOCK_LETTERS, 1 },
	{ "convert", do_convert, "oaf" UNLOCK_LETTERS, 1 },
	{ "dmesg", do_dmesg, UNLOCK_LETTERS, 1 },
	{ "mark", do_mark, "fi", 2 },
	{ "mailbox", do_mailbox, "r", 2 },
};

/* Its program stands beside ours, where there was libfuse to build it with. */
static int run_mount(char **argv)
{
	static const char name[] = "kdump-mount";
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));
	char *folder_end;

	if (size > 0) {
		path[size] = 0;
		folder_end = strrchr(path, '/');
		memcpy(folder_end ? folder_end + 1 : path, name, sizeof(name));
		execv(path, argv);
	}
	fprintf(stderr,
		"kdump: mount: %s: %s; kdumps built with libfuse3 have it; see kdump convert\n",
		size > 0 ? path : "/proc/self/exe", strerror(errno));
	return EXIT_FAILED;
}

static int run(const char *name, int argc, char **argv)
{
	struct options o;
	struct err e;
	int code;

	if (!strcmp(name, "mount"))
		return run_mount(argv);
	if (!strcmp(name, "key"))
		return key_command(argc, argv);

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name))
			continue;
		if (!parse(&o, &commands[i], argc, argv, &e)) {
			fprintf(stderr, "kdump: %s: %s\n", name, e.text);
			return EXIT_USAGE;
		}
		code = commands[i].run(&o);
		unlock_deinit(&o.unlock);
		return code;
	}
	fprintf(stderr, "kdump: %s: unknown command; kdump --help lists them\n", name);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *self = argc ? strrchr(argv[0], '/') : NULL;
	int code;

	/* A reader of our pipe that goes away is an error like any other. */
	signal(SIGPIPE, SIG_IGN);
	self = self ? self + 1 : argc ? argv[0] : "kdump";
	if (!strcmp(self, "vmcore-dmesg")) {
		code = run("dmesg", argc, argv);
	} else if (argc < 2) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	} else if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(usage, stdout);
		code = EXIT_GOOD;
	} else if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-v")) {
		puts("kdump (kexec-jump) " PACKAGE_VERSION);
		code = EXIT_GOOD;
	} else {
		code = run(argv[1], argc - 1, argv + 1);
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("kdump: standard output");
		return EXIT_FAILED;
	}
	return code;
}
