/* SPDX-License-Identifier: GPL-2.0-only */
/* oldmem: in kernel B, the memory of the kernel A that jumped here. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "facts.h"
#include "old_memory.h"
#include "peek.h"

enum { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_FAILED = 255 };

static const char usage[] =
	"usage: oldmem info [--json]                       which kernel jumped here\n" PEEK_USAGE(
		"oldmem") PEEK_ADDRESS;

static struct peer_kernel *kernel_of(void *opaque, struct err *e)
{
	struct old_memory *o = opaque;

	(void)e;
	return &o->kernel;
}

static bool page_of(void *opaque, uint64_t page, bool write, uint64_t *now, struct err *e)
{
	return old_memory_page(opaque, page, write, now, e);
}

static bool read_of(void *opaque, uint64_t now, void *to, size_t size, struct err *e)
{
	return old_memory_read(opaque, now, to, size, e);
}

static bool write_of(void *opaque, uint64_t now, const void *from, size_t size, struct err *e)
{
	return old_memory_write(opaque, now, from, size, e);
}

static int do_info(struct old_memory *o, int argc, char **argv, struct err *e)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	struct facts f;

	if (argc > 1 + json)
		return err_set(e, "info takes --json, and no more"), EXIT_USAGE;
	facts_begin(&f, stdout, json);
	fact_record(&f, &o->record);
	if (*o->kernel.pages_why.text)
		fact_text(&f, "lent pages", "%s", o->kernel.pages_why.text);
	facts_end(&f);
	return EXIT_GOOD;
}

static int run(struct old_memory *o, int argc, char **argv, struct err *e)
{
	struct peek peek = {
		.program = "oldmem",
		.kernel = kernel_of,
		.page = page_of,
		.read = read_of,
		.write = write_of,
		.opaque = o,
	};

	if (!strcmp(argv[0], "info"))
		return do_info(o, argc, argv, e);
	switch (peek_run(&peek, argc, argv, e)) {
	case PEEK_GOOD:
		return EXIT_GOOD;
	case PEEK_FAILED:
		return EXIT_FAILED;
	case PEEK_UNKNOWN:
		err_set(e, "%s: unknown command; oldmem --help lists them", argv[0]);
		break;
	case PEEK_MISUSED:
		break;
	}
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static struct old_memory o;
	struct err e = { 0 };
	int code;

	/* A reader of our pipe that goes away is an error like any other. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(usage, stdout);
		return EXIT_GOOD;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-v")) {
		puts("oldmem (kexec-jump) " PACKAGE_VERSION);
		return EXIT_GOOD;
	}
	if (old_memory_open(&o, &e)) {
		code = run(&o, argc - 1, argv + 1, &e);
		old_memory_close(&o);
	} else {
		code = EXIT_FAILED;
	}
	if (code != EXIT_GOOD)
		fprintf(stderr, "oldmem: %s\n", e.text);
	if (fflush(stdout) || ferror(stdout)) {
		perror("oldmem: standard output");
		return EXIT_FAILED;
	}
	return code;
}
