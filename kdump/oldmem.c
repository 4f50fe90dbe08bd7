/* SPDX-License-Identifier: GPL-2.0-only */
/* oldmem: in kernel B, the memory of the kernel A that jumped here. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core_file.h"
#include "devmem.h"
#include "facts.h"
#include "peek.h"
#include "x86.h"

enum { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_FAILED = 255 };

#define VMCORE "/proc/vmcore"

static const char usage[] =
	"usage: oldmem info [--json]                       which kernel jumped here\n" PEEK_USAGE(
		"oldmem") PEEK_ADDRESS;

/* The other kernel's memory, open. */
struct old {
	struct core_file core;
	struct record record;
	struct peer_kernel kernel;
	struct devmem devmem;
};

static struct peer_kernel *kernel_of(void *opaque, struct err *e)
{
	struct old *o = opaque;

	(void)e;
	return &o->kernel;
}

static bool page_of(void *opaque, uint64_t page, bool write, uint64_t *now, struct err *e)
{
	struct old *o = opaque;
	bool lent = lent_has(&o->record.lent, page);

	if (!lent && !extents_find(&o->core.image.memory.extents, page))
		return err_set(e, "%#" PRIx64 " was not RAM of the kernel that jumped here", page);
	if (!peer_kernel_page(&o->kernel, page, now, e))
		return false;
	if (write && lent && *now == page)
		return err_set(e,
			       "page %#" PRIx64
			       " was free when it was lent: it has no content that "
			       "could be changed",
			       page);
	if (ranges_overlap(&o->devmem.iomem.own, range_of(*now, PAGE_SIZE)) &&
	    !(lent && *now == page))
		return err_set(e, "%#" PRIx64 " is this kernel's own memory", page);
	return true;
}

static bool read_of(void *opaque, uint64_t now, void *to, size_t size, struct err *e)
{
	struct old *o = opaque;

	/* Whatever is lent now is where page_of() found nothing of that kernel's. */
	if (lent_has(&o->record.lent, now)) {
		memset(to, 0, size);
		return true;
	}
	return core_memory_read_phys(&o->core.image.memory, now, to, size, e);
}

static bool write_of(void *opaque, uint64_t now, const void *from, size_t size, struct err *e)
{
	struct old *o = opaque;

	return devmem_write(&o->devmem, now, from, size, range_of(now & PAGE_MASK, PAGE_SIZE), e);
}

static bool open_kernel(struct old *o, struct err *e)
{
	const struct core_memory *memory = &o->core.image.memory;

	if (!core_memory_record(memory, &o->record, e) || !peer_kernel_open(&o->kernel, memory, e))
		return err_prefix(e, VMCORE);
	if (!devmem_open(&o->devmem, "", true, e)) {
		peer_kernel_close(&o->kernel);
		return false;
	}
	return true;
}

static bool open_old(struct old *o, struct err *e)
{
	if (!core_file_open(&o->core, VMCORE, e))
		return err_append(e, "; oldmem is for a kernel that was jumped to");
	if (open_kernel(o, e))
		return true;
	core_file_close(&o->core);
	return false;
}

static void close_old(struct old *o)
{
	devmem_close(&o->devmem);
	peer_kernel_close(&o->kernel);
	core_file_close(&o->core);
}

static int do_info(struct old *o, int argc, char **argv, struct err *e)
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

static int run(struct old *o, int argc, char **argv, struct err *e)
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
	static struct old o;
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
	if (open_old(&o, &e)) {
		code = run(&o, argc - 1, argv + 1, &e);
		close_old(&o);
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
