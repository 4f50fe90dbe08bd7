/* SPDX-License-Identifier: GPL-2.0-only */
/* oldmem: in kernel B, the memory of the kernel A that jumped here. */
#include <stdio.h>
#include <string.h>

#include "facts.h"
#include "old_memory.h"
#include "peek.h"

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

static bool open_it(void *opaque, struct err *e)
{
	return old_memory_open(opaque, e);
}

static void close_it(void *opaque)
{
	old_memory_close(opaque);
}

static int do_info(void *opaque, int argc, char **argv, struct err *e)
{
	struct old_memory *o = opaque;
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

int main(int argc, char **argv)
{
	static const struct peek_command more[] = {
		{ "info", do_info },
		{ 0 },
	};
	static struct old_memory o;
	struct peek peek = {
		.program = "oldmem",
		.usage = usage,
		.more = more,
		.open = open_it,
		.close = close_it,
		.kernel = kernel_of,
		.page = page_of,
		.read = read_of,
		.write = write_of,
		.opaque = &o,
	};

	return peek_main(&peek, argc, argv);
}
