/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * krestore: brings a saved kernel back, from a kernel that is confined to the window that the
 * saved one had lent.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core_file.h"
#include "mark.h"
#include "number.h"
#include "restore.h"

#define GATE_CORE "/run/kexec-jump.gate"

enum { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_FAILED = 255 };

struct options {
	const char *image; /* file, device, "-" */
	const char *kexec; /* the program */
	unsigned threads;
	bool check, no_enter;
};

static const char usage[] =
	"usage: krestore [--check] [--no-enter] [--threads N] [--kexec PROGRAM] IMAGE|DEVICE|-\n"
	"  --check     read all of it, say whether it could be restored here, change nothing\n"
	"  --no-enter  restore the memory, do not enter the kernel in it\n";

static void report(const char *line)
{
	fprintf(stderr, "krestore: %s\n", line);
}

static bool parse(struct options *o, int argc, char **argv, struct err *e)
{
	static const struct option known[] = {
		{ "check", no_argument, NULL, 'c' },
		{ "no-enter", no_argument, NULL, 'n' },
		{ "threads", required_argument, NULL, 't' },
		{ "kexec", required_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t number;
	int option;

	*o = (struct options){ .kexec = "kexec" };
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'c':
			o->check = true;
			break;
		case 'n':
			o->no_enter = true;
			break;
		case 'k':
			o->kexec = optarg;
			break;
		case 't':
			if (!number_parse(optarg, &number, e) || !number || number > 256)
				return err_set(e, "--threads=%s: a number from 1 to 256", optarg);
			o->threads = number;
			break;
		default:
			return err_set(
				e, "unknown option or missing value; krestore --help lists them");
		}
	}
	if (argc - optind != 1)
		return err_set(
			e, "one image is needed: a file, a block device, or - for standard input");
	o->image = argv[optind];
	return true;
}

/* Runs kexec with these arguments and waits; its own words are on standard error already. */
static bool run_kexec(const char *const *argv, struct err *e)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		return err_sys(e, errno, "fork");
	if (!child) {
		execvp(argv[0], (char *const *)argv);
		perror(argv[0]);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, errno, "waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(e, "%s failed", argv[0]);
	return true;
}

/*
 * The image counts as used before its kernel runs: if anything goes wrong from here on, it must not
 * be restored a second time over file systems that have moved on.
 */
static bool enter(const struct options *o, const struct restore *r, const struct devmem *m,
		  struct err *e)
{
	const struct image_header *h = &r->image->header;
	bool marks = r->image->saved && h->state == IMAGE_VALID;
	char helper[64];
	const char *load[] = { o->kexec, helper, "--one-way", "--vmcore=" GATE_CORE, NULL };
	const char *jump[] = { o->kexec, "-e", "-x", "-y", NULL };

	snprintf(helper, sizeof(helper), "--load-jump-back-helper=%#llx",
		 (unsigned long long)r->record.entry);
	if (!restore_write_gate(r, m, GATE_CORE, e) || !run_kexec(load, e))
		return false;
	if (marks && !mark_state(o->image, IMAGE_VALID, IMAGE_CONSUMED, 0, h->id, e))
		return false;
	if (run_kexec(jump, e))
		err_set(e, "the restored kernel came back at once");
	/* Still here, so the saved kernel never ran: the image is as good as before. */
	if (marks) {
		struct err ignored;

		mark_state(o->image, IMAGE_CONSUMED, IMAGE_VALID, 0, h->id, &ignored);
	}
	return false;
}

static bool restore(const struct options *o, const struct core_image *image,
		    struct image_stream *stream, struct err *e)
{
	struct devmem m;
	struct restore r;
	char words[24];
	bool ok;

	/* What is wrong with the image is told first, wherever we are. */
	if (!restore_plan(&r, image, stream, NULL, e))
		return false;
	ok = !o->check || restore_memory(&r, NULL, o->threads, report, e);
	restore_deinit(&r);
	if (!ok || !devmem_open(&m, "", !o->check, e))
		return false;
	ok = restore_plan(&r, image, stream, &m, e);
	if (ok) {
		fprintf(stderr, "krestore: %s: %s of Linux %s\n", o->image,
			number_size_words(r.bytes, words), r.record.release);
		ok = o->check || (restore_memory(&r, &m, o->threads, report, e) &&
				  (o->no_enter || enter(o, &r, &m, e)));
		restore_deinit(&r);
	}
	devmem_close(&m);
	return ok;
}

static bool restore_file(const struct options *o, struct err *e)
{
	struct core_file f;
	bool ok;

	if (!core_file_open(&f, o->image, e))
		return false;
	core_image_drop_cache(&f.image);
	core_file_go_direct(&f);
	ok = restore(o, &f.image, NULL, e) || err_prefix(e, "%s", o->image);
	core_file_close(&f);
	return ok;
}

static bool restore_stream(const struct options *o, struct err *e)
{
	struct core_image image;
	struct image_stream stream;
	bool ok;

	if (!image_stream_open(&stream, STDIN_FILENO, &image, e))
		return err_prefix(e, "standard input");
	ok = restore(o, &image, &stream, e) || err_prefix(e, "standard input");
	core_image_close(&image);
	return ok;
}

int main(int argc, char **argv)
{
	struct options o;
	struct err e;

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_GOOD;
	}
	if (argc == 2 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-v"))) {
		puts("krestore (kexec-jump) " PACKAGE_VERSION);
		return EXIT_GOOD;
	}
	if (!parse(&o, argc, argv, &e)) {
		fprintf(stderr, "krestore: %s\n", e.text);
		return EXIT_USAGE;
	}
	if (strcmp(o.image, "-") ? restore_file(&o, &e) : restore_stream(&o, &e))
		return EXIT_GOOD;
	fprintf(stderr, "krestore: %s\n", e.text);
	return EXIT_FAILED;
}
