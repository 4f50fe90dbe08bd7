/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "number.h"
#include "peek.h"
#include "peer_symbols.h"
#include "print_text.h"
#include "printk_ring.h"
#include "x86.h"

#define READ_SIZE (64u << 10)

/* ---- what is meant ---- */

struct target {
	uint64_t address;
	struct peer_kernel *kernel; /* whose virtual address it is; NULL: a physical one */
};

static bool find_symbol(struct peek *p, const char *text, struct target *t, struct err *e)
{
	const char *plus = strchr(text, '+');
	size_t size = plus ? (size_t)(plus - text) : strlen(text);
	char name[256] = "";
	uint64_t offset = 0;

	if (size >= sizeof(name))
		return err_set(e, "%s: no symbol has so long a name", text);
	snprintf(name, size + 1, "%s", text);
	if (plus && !number_parse_size(plus + 1, &offset, e))
		return err_prefix(e, "%s", text);
	t->kernel = p->kernel(p->opaque, e);
	if (!t->kernel || !peer_symbol(t->kernel, name, &t->address, e))
		return false;
	t->address += offset;
	return true;
}

static bool find_target(struct peek *p, const char *text, struct target *t, struct err *e)
{
	if (*text < '0' || *text > '9')
		return find_symbol(p, text, t, e);
	return number_parse_size(text, &t->address, e) || err_prefix(e, "address %s", text);
}

/* The first bytes of what is left: where they are now, and how many are there in one piece. */
static bool next_piece(struct peek *p, const struct target *t, uint64_t done, uint64_t size,
		       bool write, uint64_t *now, size_t *part, struct err *e)
{
	uint64_t address = t->address + done, paddr = address, left = PAGE_SIZE, page;

	if (t->kernel && !page_table_walk(&t->kernel->page_table, address, &paddr, &left, e))
		return false;
	page = paddr & PAGE_MASK;
	if (!p->page(p->opaque, page, write, now, e))
		return false;
	*now += paddr - page;
	*part = PAGE_SIZE - (paddr - page);
	*part = size - done < *part ? size - done : *part;
	return true;
}

static bool check(struct peek *p, const struct target *t, uint64_t size, bool write, struct err *e)
{
	uint64_t now, last;
	size_t part;

	if (size && __builtin_add_overflow(t->address, size - 1, &last))
		return err_set(e, "%" PRIu64 " bytes from %#" PRIx64 " on go beyond all addresses",
			       size, t->address);
	for (uint64_t done = 0; done < size; done += part)
		if (!next_piece(p, t, done, size, write, &now, &part, e))
			return false;
	return true;
}

/* ---- the commands ---- */

static bool put_out(const void *data, size_t size, struct err *e)
{
	return fwrite(data, 1, size, stdout) == size || err_sys(e, errno, "standard output");
}

static bool read_out(struct peek *p, const struct target *t, uint64_t size, struct err *e)
{
	uint8_t page[PAGE_SIZE];
	uint64_t now;
	size_t part;

	for (uint64_t done = 0; done < size; done += part)
		if (!next_piece(p, t, done, size, false, &now, &part, e) ||
		    !p->read(p->opaque, now, page, part, e) || !put_out(page, part, e))
			return false;
	return true;
}

/* All of it, because nothing may be written before its size is known. */
static bool read_input(uint8_t **data, size_t *size, struct err *e)
{
	size_t room = 0;
	ssize_t n;

	*data = NULL;
	for (*size = 0;; *size += n) {
		if (*size == room) {
			uint8_t *more = realloc(*data, room + READ_SIZE);

			if (!more)
				return err_set(e, "no memory for what is to be written");
			*data = more;
			room += READ_SIZE;
		}
		n = read(STDIN_FILENO, *data + *size, room - *size);
		if (n < 0)
			return err_sys(e, errno, "standard input");
		if (!n)
			return true;
	}
}

static bool write_in(struct peek *p, const struct target *t, const uint8_t *data, size_t size,
		     struct err *e)
{
	uint64_t now;
	size_t part;

	for (uint64_t done = 0; done < size; done += part)
		if (!next_piece(p, t, done, size, true, &now, &part, e) ||
		    !p->write(p->opaque, now, data + done, part, e))
			return false;
	return true;
}

static bool do_read(struct peek *p, struct target *t, char **argv, struct err *e)
{
	uint64_t size;

	if (!number_parse_size(argv[1], &size, e))
		return err_prefix(e, "length %s", argv[1]);
	return find_target(p, argv[0], t, e) && check(p, t, size, false, e) &&
	       read_out(p, t, size, e);
}

static bool do_write(struct peek *p, struct target *t, char **argv, struct err *e)
{
	uint8_t *data = NULL;
	size_t size;
	bool ok;

	if (!find_target(p, argv[0], t, e))
		return false;
	ok = read_input(&data, &size, e) && check(p, t, size, true, e) &&
	     write_in(p, t, data, size, e) && (!p->end || p->end(p->opaque, e));
	free(data);
	return ok;
}

static bool do_dmesg(struct peek *p, struct target *t, char **argv, struct err *e)
{
	struct peer_kernel *kernel = p->kernel(p->opaque, e);

	(void)t;
	(void)argv;
	return kernel && printk_ring_read(kernel, print_log_line, stdout, e);
}

static const struct command {
	const char *name;
	int arguments;
	bool takes_address;
	bool (*run)(struct peek *p, struct target *t, char **argv, struct err *e);
} commands[] = {
	{ "read", 2, true, do_read },
	{ "write", 1, true, do_write },
	{ "dmesg", 0, false, do_dmesg },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

static int run_command(struct peek *p, const struct command *c, int argc, char **argv,
		       struct err *e)
{
	struct target t = { 0 };

	if (c->takes_address && argc && !strcmp(*argv, "--virtual")) {
		t.kernel = p->kernel(p->opaque, e);
		if (!t.kernel)
			return EXIT_FAILED;
		argc--;
		argv++;
	}
	if (argc != c->arguments) {
		err_set(e, "%s takes %d arguments; %s --help tells which", c->name, c->arguments,
			p->program);
		return EXIT_USAGE;
	}
	return c->run(p, &t, argv, e) ? EXIT_GOOD : EXIT_FAILED;
}

static int run(struct peek *p, int argc, char **argv, struct err *e)
{
	const struct command *c = find_command(argv[0]);

	if (c)
		return run_command(p, c, argc - 1, argv + 1, e);
	for (const struct peek_command *own = p->more; own->name; own++)
		if (!strcmp(own->name, argv[0]))
			return own->run(p->opaque, argc, argv, e);
	err_set(e, "%s: unknown command; %s --help lists them", argv[0], p->program);
	return EXIT_USAGE;
}

int peek_main(struct peek *p, int argc, char **argv)
{
	struct err e = { 0 };
	int code = EXIT_FAILED;

	/* A reader of our pipe that goes away is an error like any other. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		fputs(p->usage, stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(p->usage, stdout);
		return EXIT_GOOD;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-v")) {
		printf("%s (kexec-jump) " PACKAGE_VERSION "\n", p->program);
		return EXIT_GOOD;
	}
	if (p->open(p->opaque, &e)) {
		code = run(p, argc - 1, argv + 1, &e);
		p->close(p->opaque);
	}
	if (code != EXIT_GOOD)
		fprintf(stderr, "%s: %s\n", p->program, e.text);
	if (fflush(stdout) || ferror(stdout)) {
		err_sys(&e, errno, "standard output");
		fprintf(stderr, "%s: %s\n", p->program, e.text);
		return EXIT_FAILED;
	}
	return code;
}
