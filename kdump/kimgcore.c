/* SPDX-License-Identifier: GPL-2.0-only */
/* kimgcore: in kernel A, the memory of the kernel B that is loaded to be jumped to. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "facts.h"
#include "grow.h"
#include "lent_memory.h"
#include "load.h"
#include "loaded_image.h"
#include "peek.h"
#include "save.h"
#include "vmcoreinfo.h"
#include "x86.h"

#define STATE_FILE "/run/kexec-jump/loaded" /* made when it was loaded */

static const char usage[] =
	"usage: kimgcore info [--json]                     which kernel is loaded, and how it is\n"
	"       kimgcore save [--compress] FILE|-          its memory, as an ELF core\n" PEEK_USAGE(
		"kimgcore") PEEK_ADDRESS;

struct change {
	uint64_t paddr;
	size_t size;
	const uint8_t *data; /* borrowed until the end of the command */
};

/* The loaded kernel, open. */
struct loaded {
	struct host host;
	struct kernel_memory kernel; /* the running one */
	struct loaded_image image;
	struct lent_source source;
	struct core_memory memory; /* as a core; not there before it is needed */
	struct peer_kernel peer;
	bool has_memory, has_peer;
	bool wrote;		/* in place */
	bool again;		/* changes cannot be made so ... */
	struct err why_not;	/* ... for this reason ... */
	struct change *changes; /* ... and are these */
	size_t change_count, change_room;
};

static void report(const char *line)
{
	fprintf(stderr, "kimgcore: %s\n", line);
}

/* To find B's structures in it takes a while. */
static bool describe(struct loaded *l, struct err *e)
{
	l->source = (struct lent_source){
		.raw = &l->image.raw_record,
		.record = &l->image.record,
		.peer = l->image.gate.peer,
		.peer_bits = l->image.gate.peer_bits,
		.read = loaded_image_read,
		.opaque = &l->image,
	};
	if (!l->has_memory)
		l->has_memory = lent_memory_describe(&l->memory, &l->source, e);
	return l->has_memory;
}

/*
 * A's gate is not B's. Where B's gate stands while B is away, B has other memory, which its kernel
 * keeps elsewhere (kernel/kexec_core.c: a destination page is swapped with its source).
 */
static bool is_gate(const struct loaded *l, uint64_t page, bool write)
{
	uint64_t peer = l->image.gate.peer;

	return (peer &&
		range_contains(range_of(peer & PAGE_MASK, GATE_SIZE), range_of(page, PAGE_SIZE))) ||
	       (write && range_contains(l->image.record.lent.gate, range_of(page, PAGE_SIZE)));
}

static bool page_of(void *opaque, uint64_t page, bool write, uint64_t *now, struct err *e)
{
	struct loaded *l = opaque;

	*now = page;
	if (!lent_has(&l->image.record.lent, page))
		return err_set(e, "%#" PRIx64 " is not memory of the loaded kernel", page);
	if (is_gate(l, page, write))
		return err_set(e, "%#" PRIx64 " is in a gate now, on the way between the kernels",
			       page);
	l->again = l->again || (write && !loaded_image_may_write(&l->image, page, &l->why_not));
	return true;
}

static bool read_of(void *opaque, uint64_t now, void *to, size_t size, struct err *e)
{
	struct loaded *l = opaque;

	return loaded_image_read(&l->image, now, to, size, e);
}

/* In place, or, where nobody may write to one of the pages, kept for write_end(). */
static bool write_of(void *opaque, uint64_t now, const void *from, size_t size, struct err *e)
{
	struct loaded *l = opaque;

	if (!l->again) {
		l->wrote = true;
		return loaded_image_write(&l->image, now, from, size, e);
	}
	if (!grow_array(&l->changes, &l->change_room, l->change_count + 1, sizeof(*l->changes)))
		return err_set(e, "no memory for what is to be written");
	l->changes[l->change_count++] = (struct change){ now, size, from };
	return true;
}

/* B's memory with the changes in it. */
static bool read_changed(void *opaque, uint64_t paddr, void *to, size_t size, struct err *e)
{
	const struct loaded *l = opaque;

	if (!loaded_image_read((void *)&l->image, paddr, to, size, e))
		return false;
	for (size_t i = 0; i < l->change_count; i++) {
		const struct change *c = &l->changes[i];
		struct range both;

		if (range_intersect(range_of(paddr, size), range_of(c->paddr, c->size), &both))
			memcpy((uint8_t *)to + (both.start - paddr),
			       c->data + (both.start - c->paddr), range_size(both));
	}
	return true;
}

/* Loads the image anew with the changes, for B to go on from where it is: B does not notice. */
static bool write_end(void *opaque, struct err *e)
{
	const struct request r = {
		.verb = VERB_LOAD_JUMP,
		.kernel = "the loaded kernel",
		.host_root = "",
		.mem_max = UINT64_MAX,
		.jump_via = VIA_KERNEL,
	};
	const struct load_output to = { .notes = stderr, .advice = stderr };
	struct loaded *l = opaque;
	struct core_memory changed;
	const struct lent_image from = {
		.memory = &changed,
		.record = &l->image.record,
		.entry = l->image.gate.peer,
	};

	if (l->wrote)
		report(l->image.way == LOADED_BY_MODULE
			       ? "the change was made by the module kexec_jump"
			       : "the change was made in place");
	if (!l->change_count)
		return true;
	if (!describe(l, e))
		return false;
	changed = l->memory;
	changed.read = read_changed;
	changed.opaque = l;
	if (!load_again(&r, &l->host, &to, &from, e))
		return err_append(e,
				  "; the image has to be loaded again to be changed, because of %s",
				  l->why_not.text);
	report("the change was made by loading the image again");
	return true;
}

static struct peer_kernel *kernel_of(void *opaque, struct err *e)
{
	struct loaded *l = opaque;

	if (l->has_peer)
		return &l->peer;
	if (!describe(l, e))
		return NULL;
	l->has_peer = peer_kernel_open(&l->peer, &l->memory, e);
	if (l->has_peer)
		return &l->peer;
	err_prefix(e, "the loaded kernel%s",
		   l->image.gate.passes_out ? "" : ", which has not run yet");
	return NULL;
}

static bool open_loaded(void *opaque, struct err *e)
{
	struct loaded *l = opaque;

	if (!host_read(&l->host, "", HOST_ALL, e))
		return false;
	if (!kernel_memory_open(&l->kernel, &l->host, e)) {
		host_deinit(&l->host);
		return false;
	}
	if (loaded_image_open(&l->image, &l->kernel, e))
		return true;
	kernel_memory_close(&l->kernel);
	host_deinit(&l->host);
	return false;
}

static void close_loaded(void *opaque)
{
	struct loaded *l = opaque;

	if (l->has_peer)
		peer_kernel_close(&l->peer);
	if (l->has_memory)
		core_memory_deinit(&l->memory);
	free(l->changes);
	loaded_image_close(&l->image);
	kernel_memory_close(&l->kernel);
	host_deinit(&l->host);
}

static int do_info(void *opaque, int argc, char **argv, struct err *e)
{
	struct loaded *l = opaque;
	const struct gate_params *gate = &l->image.gate;
	const struct lent *lent = &l->image.record.lent;
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	char release[72];
	struct facts f;
	struct stat st;

	if (argc > 1 + json)
		return err_set(e, "info takes --json, and no more"), EXIT_USAGE;
	facts_begin(&f, stdout, json);
	if (kernel_of(l, e) &&
	    vmcoreinfo_text(l->peer.vmcoreinfo, "OSRELEASE", release, sizeof(release)))
		fact_text(&f, "kernel", "%s", release);
	else
		fact_text(&f, "kernel", "not known: %s", e->text);
	fact_text(&f, "loaded by", "%s",
		  l->image.way == LOADED_BY_MODULE ? "the module kexec_jump" : "the kernel");
	if (!stat(STATE_FILE, &st))
		fact_time(&f, "loaded", st.st_mtime);
	fact_number(&f, "jumps", gate->passes_out);
	fact_number(&f, "returns", gate->passes_in);
	fact_text(&f, "entry", "%#" PRIx64, l->image.entry);
	if (gate->peer)
		fact_text(&f, "way back", "%#" PRIx64, gate->peer);
	fact_range(&f, "gate", lent->gate);
	fact_range(&f, "window", lent->window);
	fact_range(&f, "low RAM", lent->low);
	facts_end(&f);
	return EXIT_GOOD;
}

static int do_save(void *opaque, int argc, char **argv, struct err *e)
{
	struct loaded *l = opaque;
	bool compress = argc == 3 && !strcmp(argv[1], "--compress");
	const struct save_request r = {
		.memory = &l->memory,
		.source = "the loaded kernel",
		.target = argv[argc - 1],
		.keep = KEEP_ALL,
		.plain = !compress,
		.level = 1,
		.report = report,
	};

	if (argc != 2 + compress)
		return err_set(e, "save takes one file, or - for standard output"), EXIT_USAGE;
	if (!describe(l, e))
		return EXIT_FAILED;
	return save_image(&r, e) ? EXIT_GOOD : EXIT_FAILED;
}

int main(int argc, char **argv)
{
	static const struct peek_command more[] = {
		{ "info", do_info },
		{ "save", do_save },
		{ 0 },
	};
	static struct loaded l;
	struct peek peek = {
		.program = "kimgcore",
		.usage = usage,
		.more = more,
		.open = open_loaded,
		.close = close_loaded,
		.kernel = kernel_of,
		.page = page_of,
		.read = read_of,
		.write = write_of,
		.end = write_end,
		.opaque = &l,
	};

	return peek_main(&peek, argc, argv);
}
