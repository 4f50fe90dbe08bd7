/* SPDX-License-Identifier: GPL-2.0-only */
/* kdump: save, look into, check and convert images of a kernel's memory. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core_file.h"
#include "frame_reader.h"
#include "info.h"
#include "kernel_log.h"
#include "number.h"
#include "progress.h"
#include "save.h"

#define DEFAULT_SOURCE "/proc/vmcore"

enum { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_FAILED = 255 };

struct options {
	const char *command;
	const char *files[2];
	int file_count;
	struct save_request save;
	bool json;
};

static const char usage[] =
	"usage: kdump save [-o FILE|DEVICE|-] [--keep free|all] [--threads N] [--level L]\n"
	"                  [--for-analysis] [--force] [SOURCE]\n"
	"       kdump info [--json] [FILE]      what a core or an image is of\n"
	"       kdump verify FILE               read all of it, check every checksum\n"
	"       kdump convert IMAGE -o FILE|-   a plain ELF core; --for-analysis puts lent pages back\n"
	"       kdump dmesg [FILE]              the log of the kernel in it\n"
	"SOURCE and FILE are " DEFAULT_SOURCE " where they are not named.\n";

static void report(const char *line)
{
	fprintf(stderr, "kdump: %s\n", line);
}

static int failed(const struct err *e)
{
	fprintf(stderr, "kdump: %s\n", e->text);
	return EXIT_FAILED;
}

static bool small_number(const char *text, long low, long high, int *out)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < low || value > high)
		return false;
	*out = value;
	return true;
}

static bool take_option(struct options *o, int option, const char *value, struct err *e)
{
	int number;

	switch (option) {
	case 'o':
		o->save.target = value;
		return true;
	case 'k':
		o->save.keep_free = !strcmp(value, "all");
		if (o->save.keep_free || !strcmp(value, "free"))
			return true;
		return err_set(e, "--keep=%s: all keeps free pages too, free leaves out what is free", value);
	case 't':
		if (!small_number(value, 1, 256, &number))
			return err_set(e, "--threads=%s: a number from 1 to 256", value);
		o->save.threads = number;
		return true;
	case 'l':
		if (!small_number(value, -100, 19, &o->save.level))
			return err_set(e, "--level=%s: a number from -100 (fast) to 19 (small)", value);
		return true;
	case 'a':
		o->save.for_analysis = true;
		return true;
	case 'f':
		o->save.force = true;
		return true;
	case 'j':
		o->json = true;
		return true;
	}
	return err_set(e, "unknown option or missing value; kdump --help lists them");
}

static bool parse(struct options *o, int argc, char **argv, struct err *e)
{
	static const struct option known[] = {
		{ "output", required_argument, NULL, 'o' }, { "keep", required_argument, NULL, 'k' },
		{ "threads", required_argument, NULL, 't' }, { "level", required_argument, NULL, 'l' },
		{ "for-analysis", no_argument, NULL, 'a' }, { "force", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	int option;

	*o = (struct options){ .save = { .level = 1, .report = report } };
	o->command = argv[0];
	opterr = 0;
	while ((option = getopt_long(argc, argv, "o:", known, NULL)) != -1)
		if (!take_option(o, option, optarg, e))
			return false;
	for (; optind < argc; optind++) {
		if (o->file_count == 2)
			return err_set(e, "%s: too many file names", argv[optind]);
		o->files[o->file_count++] = argv[optind];
	}
	if (o->file_count == 2 && o->save.target)
		return err_set(e, "%s: too many file names", o->files[1]);
	return true;
}

static const char *source(const struct options *o)
{
	return o->file_count ? o->files[0] : DEFAULT_SOURCE;
}

static int do_save(struct options *o)
{
	struct err e;

	o->save.source = source(o);
	if (!o->save.target) {
		fputs("kdump: save: where to? -o FILE, DEVICE or - for standard output\n", stderr);
		return EXIT_USAGE;
	}
	return save_image(&o->save, &e) ? EXIT_GOOD : failed(&e);
}

static int do_convert(struct options *o)
{
	if (!o->save.target && o->file_count == 2)
		o->save.target = o->files[1];
	o->save.plain = true;
	o->save.keep_free = true;
	return do_save(o);
}

static int do_info(struct options *o)
{
	struct core_file f;
	struct err e;

	if (!core_file_open(&f, source(o), &e))
		return failed(&e);
	info_print(&f, o->json, stdout);
	core_file_close(&f);
	return EXIT_GOOD;
}

static int do_verify(struct options *o)
{
	struct progress progress;
	struct core_file f;
	struct err e;
	bool ok;

	if (!core_file_open(&f, source(o), &e))
		return failed(&e);
	if (f.image.saved && !f.image.frame_count) {
		fprintf(stderr, "kdump: %s: state %s: holds no complete image\n", f.path,
			image_state_name(f.image.header.state));
		core_file_close(&f);
		return EXIT_FAILED;
	}
	progress_start(&progress, "verified", f.image.core_size, report);
	ok = frame_reader_run(&(struct frame_reader){
		.image = &f.image, .threads = o->save.threads,
		.progress = progress_step, .progress_opaque = &progress }, &e);
	progress_end(&progress);
	if (ok)
		printf("%s: good: %zu frames, %" PRIu64 " bytes of core%s\n", f.path, f.image.frame_count,
		       f.image.core_size, f.image.saved ? "" : " (a plain core has no checksums)");
	else
		err_prefix(&e, "%s", f.path);
	core_file_close(&f);
	return ok ? EXIT_GOOD : failed(&e);
}

/* One line of the log as dmesg prints it; bytes that a terminal might obey are shown in hex. */
static void print_line(void *opaque, uint64_t ns, const char *text, size_t size)
{
	FILE *out = opaque;

	fprintf(out, "[%5" PRIu64 ".%06" PRIu64 "] ", ns / 1000000000, ns / 1000 % 1000000);
	for (size_t i = 0; i < size; i++) {
		unsigned char c = text[i];

		if (isprint(c) || c == '\n' || c == '\t' || c >= 0x80)
			putc(c, out);
		else
			fprintf(out, "\\x%02x", c);
	}
	putc('\n', out);
}

static int do_dmesg(struct options *o)
{
	struct core_file f;
	struct peer_kernel k;
	struct err e;
	bool ok;

	if (!core_file_open(&f, source(o), &e))
		return failed(&e);
	ok = peer_kernel_open(&k, &f.image, &e);
	if (ok) {
		ok = kernel_log_read(&k, print_line, stdout, &e);
		peer_kernel_close(&k);
	}
	if (!ok)
		err_prefix(&e, "%s", f.path);
	core_file_close(&f);
	return ok ? EXIT_GOOD : failed(&e);
}

static const struct command {
	const char *name;
	int (*run)(struct options *o);
} commands[] = {
	{ "save", do_save }, { "info", do_info }, { "verify", do_verify },
	{ "convert", do_convert }, { "dmesg", do_dmesg },
};

static int run(const char *name, int argc, char **argv)
{
	struct options o;
	struct err e;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name))
			continue;
		if (!parse(&o, argc, argv, &e)) {
			fprintf(stderr, "kdump: %s: %s\n", name, e.text);
			return EXIT_USAGE;
		}
		return commands[i].run(&o);
	}
	fprintf(stderr, "kdump: %s: unknown command; kdump --help lists them\n", name);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *self = argc ? strrchr(argv[0], '/') : NULL;
	int code;

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
