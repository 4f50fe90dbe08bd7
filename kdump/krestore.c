/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * krestore: puts a saved kernel's memory back in place, from a kernel that is confined to the
 * window that the saved one had lent. It enters nothing and marks nothing: kexec and kdump do.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core_file.h"
#include "number.h"
#include "print_text.h"
#include "restore.h"
#include "unlock.h"

#define GATE_CORE "/run/kexec-jump.gate"

enum { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_FAILED = 255 };

struct options {
	const char *image; /* file, device, "-" */
	unsigned threads;
	bool check;
	bool has_id;
	uint8_t id[16]; /* of the image that it must be */
	struct unlock unlock;
};

static const char usage[] =
	"usage: krestore [--check] [--id ID] [--threads N] IMAGE|DEVICE|-\n"
	"  --check     read all of it, say whether it could be restored here, change nothing\n"
	"  --id ID     only if it is still this image\n"
	"  --key FILE  only if it is encrypted for this key, opened by a passphrase, or by\n"
	"              --passphrase-fd N or --slot-file FILE\n"
	"After it, kexec --load-jump-back-helper --one-way --vmcore=" GATE_CORE "\n"
	"loads the way into the restored kernel.\n";

static void report(const char *line)
{
	fprintf(stderr, "krestore: %s\n", line);
}

static bool parse(struct options *o, int argc, char **argv, struct err *e)
{
	static const struct option known[] = {
		{ "check", no_argument, NULL, 'c' },
		{ "id", required_argument, NULL, 'i' },
		{ "threads", required_argument, NULL, 't' },
		UNLOCK_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	int option, threads;

	*o = (struct options){ 0 };
	unlock_init(&o->unlock);
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'c':
			o->check = true;
			break;
		case 'i':
			o->has_id = image_id_parse(optarg, o->id);
			if (!o->has_id)
				return err_set(e, "--id=%s: not the 32 hex digits of an id",
					       optarg);
			break;
		case 't':
			if (!number_parse_int(optarg, 1, 256, &threads))
				return err_set(e, "--threads=%s: a number from 1 to 256", optarg);
			o->threads = (unsigned)threads;
			break;
		case 'K':
		case 'P':
		case 'S':
			if (!unlock_option(&o->unlock, option, optarg, e))
				return false;
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
	return unlock_check(&o->unlock, e);
}

/* A kernel that was not jumped to has no other one's memory. */
static bool check_peer(struct err *e)
{
	struct core_file vmcore;
	struct err ignored;
	bool ok;

	if (!core_file_open(&vmcore, "/proc/vmcore", &ignored))
		return true;
	ok = restore_check_peer(&vmcore.image.memory, e);
	core_file_close(&vmcore);
	return ok;
}

static bool restore(const struct options *o, struct core_image *image, struct image_stream *stream,
		    struct err *e)
{
	struct devmem m;
	struct restore r;
	char words[24];
	bool ok;

	/* What is wrong with the image is told first, wherever we are. */
	if (!restore_plan(&r, image, stream, NULL, e))
		return false;
	if (o->has_id && memcmp(o->id, image->header.id, sizeof(o->id)))
		ok = err_set(e, "holds a different image from the one with this id");
	else
		ok = !o->check || restore_memory(&r, NULL, o->threads, report, e);
	restore_deinit(&r);
	if (!ok || !check_peer(e) || !devmem_open(&m, "", !o->check, e))
		return false;
	ok = restore_plan(&r, image, stream, &m, e);
	if (ok) {
		fprintf(stderr, "krestore: %s: %s of Linux ", o->image,
			number_size_words(r.bytes, words));
		print_text(stderr, r.record.release, strlen(r.record.release), TEXT_LINE);
		putc('\n', stderr);
		ok = o->check || (restore_memory(&r, &m, o->threads, report, e) &&
				  restore_write_gate(&r, &m, GATE_CORE, e));
		restore_deinit(&r);
	}
	devmem_close(&m);
	return ok;
}

static bool restore_file(struct options *o, struct err *e)
{
	struct core_file f;
	bool ok;

	if (!core_file_open_with(&f, o->image, unlock_keys(&o->unlock), e))
		return false;
	core_image_drop_cache(&f.image);
	core_file_go_direct(&f);
	ok = restore(o, &f.image, NULL, e) || err_prefix(e, "%s", o->image);
	core_file_close(&f);
	return ok;
}

static bool restore_stream(struct options *o, struct err *e)
{
	struct core_image image;
	struct image_stream stream;
	bool ok;

	if (!image_stream_open(&stream, STDIN_FILENO, unlock_keys(&o->unlock), &image, e))
		return err_prefix(e, "standard input");
	ok = restore(o, &image, &stream, e) || err_prefix(e, "standard input");
	core_image_close(&image);
	return ok;
}

int main(int argc, char **argv)
{
	struct options o;
	struct err e;
	bool ok;

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
	ok = strcmp(o.image, "-") ? restore_file(&o, &e) : restore_stream(&o, &e);
	unlock_deinit(&o.unlock);
	if (ok)
		return EXIT_GOOD;
	fprintf(stderr, "krestore: %s\n", e.text);
	return EXIT_FAILED;
}
