/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <stdlib.h>

#include "layout_core.h"
#include "plans.h"
#include "purgatory.h"
#include "saved.h"

#define PAGE	4096ull
#define NOWHERE ((struct range){ UINT64_MAX, UINT64_MAX })

/* ---- Joining ---- */

static struct range *pieces;
static size_t count;
static struct err e;

/* Ranges from a text of page numbers: "1-3 7-7". */
static struct ranges ranges_of(const char *text)
{
	struct ranges s = { 0 };
	int n;

	for (unsigned int from, to; sscanf(text, "%u-%u %n", &from, &to, &n) == 2; text += n)
		CHECK(ranges_add(&s, (struct range){ from * PAGE, (to + 1) * PAGE - 1 }));
	return s;
}

static bool join(const char *kept, const char *ram, struct range keep_out, size_t most)
{
	struct ranges k = ranges_of(kept), r = ranges_of(ram);
	bool ok;

	free(pieces);
	pieces = NULL;
	ok = layout_core_join(&k, &r, keep_out, most, &pieces, &count, &e);

	ranges_deinit(&k);
	ranges_deinit(&r);
	return ok;
}

static const char *result(void)
{
	static char text[256];
	size_t n = 0;

	*text = '\0';
	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u-%u", i ? " " : "",
				      (unsigned int)(pieces[i].start / PAGE),
				      (unsigned int)(pieces[i].last / PAGE));
	return text;
}

TEST(few_ranges_stay_as_they_are)
{
	CHECK(join("1-2 4-4 9-20", "0-100", NOWHERE, 3));
	CHECK_STR(result(), "1-2 4-4 9-20");
	CHECK(join("5-5", "0-100", NOWHERE, 1));
	CHECK_STR(result(), "5-5");
}

TEST(the_smallest_gaps_are_joined)
{
	CHECK(join("1-2 4-4 9-20 23-23 40-50", "0-100", NOWHERE, 3));
	CHECK_STR(result(), "1-4 9-23 40-50");
	CHECK(join("1-2 4-4 9-20 23-23 40-50", "0-100", NOWHERE, 1));
	CHECK_STR(result(), "1-50");
	/* Of equal gaps the first ones stay. */
	CHECK(join("1-1 3-3 5-5 7-7", "0-100", NOWHERE, 2));
	CHECK_STR(result(), "1-1 3-7");
}

TEST(what_is_not_ram_is_never_joined)
{
	CHECK_FAILS(join("1-2 4-4 9-20 60-61", "0-2 4-100", NOWHERE, 1), &e,
		    "*more pieces than the kernel takes");
	CHECK(join("1-2 4-4 9-20 60-61", "0-2 4-100", NOWHERE, 2));
	CHECK_STR(result(), "1-2 4-61");
	CHECK(join("1-2 4-4 9-20 60-61", "0-2 4-100", NOWHERE, 3));
	CHECK_STR(result(), "1-2 4-20 60-61");
	CHECK(join("1-2 4-4 9-20 60-61", "0-2 4-100", NOWHERE, 4));
	CHECK_STR(result(), "1-2 4-4 9-20 60-61");
}

TEST(the_gate_is_kept_out)
{
	struct range gate = { 3 * PAGE, 4 * PAGE - 1 };

	CHECK(join("1-2 4-4 9-20 30-31", "0-100", gate, 2));
	CHECK_STR(result(), "1-2 4-31");
	CHECK_FAILS(join("1-2 4-4 9-20 30-31", "0-100", gate, 1), &e, "*more pieces*");
	CHECK_FAILS(join("", "0-100", gate, 1), &e, "has no memory");
}

/* ---- Plans ---- */

static struct host host;
static struct request request;
static struct plan plan;
static struct input file = INPUT_NONE;
static struct image_core core;
static struct saved_memory saved;

static bool lay_out(const char *words)
{
	const char *path = saved_make("x86_64-512m", words);

	if (core.file.path)
		image_core_close(&core);
	input_close(&file);
	saved_memory_deinit(&saved);
	plan_deinit(&plan);
	begin_on(&plan, PLAN_LOAD_SAVED, &host);
	request.kernel = "IMAGE";
	if (!input_open(&file, path, &e))
		return false;
	switch (image_core_probe(&core, &file, &e)) {
	case PROBE_MINE:
		return layout_core(&saved, &plan, &core, &host, &request, &e);
	case PROBE_NOT_MINE:
		return err_set(&e, "not mine");
	default:
		return false;
	}
}

static bool open_host(void)
{
	request = (struct request){ .mem_max = UINT64_MAX };
	return CHECK(host_read(&host, host_root("x86_64-512m"), HOST_ALL, &e));
}

static void close_host(void)
{
	saved_memory_deinit(&saved);
	plan_deinit(&plan);
	if (core.file.path)
		image_core_close(&core);
	input_close(&file);
	host_deinit(&host);
}

static uint64_t first_word(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

TEST(a_plan_and_its_content)
{
	struct gate_params params;
	struct segment *s;
	bool lazy;

	if (!open_host() || !CHECK(lay_out("loads=0x100000-0x3ffffff,0x18000000-0x1ffdffff")))
		return;
	plan_sort(&plan);
	CHECK_EQ_U64(plan.segment_count, 4);
	CHECK_EQ_U64(plan.segments[0].paddr, MIB);
	CHECK_EQ_U64(plan.segments[0].memsz, 63 * MIB);
	CHECK_EQ_U64(plan.segments[1].paddr, core.record.lent.gate.start);
	CHECK_EQ_U64(plan.segments[3].paddr, 0x18000000);
	CHECK_EQ_U64(plan.entry, plan.gate + GATE_FIRST);
	CHECK(plan.gate > core.record.lent.window.start &&
	      plan.gate <= core.record.lent.window.last);
	CHECK(!(backend_load_flags(&plan) & 0xffff));

	CHECK(purgatory_seal(&plan, &request, &e));
	s = plan_find(&plan, "purgatory");
	memcpy(&params, s->owned + GATE_PARAMS, sizeof(params));
	CHECK_EQ_U64(params.target, GATE_TO_GATE);
	CHECK_EQ_U64(params.entry, core.record.entry);
	CHECK_EQ_U64(params.flags, GATE_STOP_CPUS);
	CHECK(plan_check(&plan, &e));

	if (!CHECK(lazy_memory_start(saved.lazy, UINT64_MAX, &lazy, &e)))
		return;
	CHECK_EQ_U64(first_word(plan.segments[0].data.data), MIB);
	CHECK_EQ_U64(first_word(plan.segments[0].data.data + 4096), 0);
	CHECK_EQ_U64(first_word(plan.segments[0].data.data + 63 * MIB - 4096), 0x3fff000);
	CHECK(!memcmp(plan.segments[1].data.data + GATE_PARAMS, GATE_MAGIC, 16));
	CHECK_EQ_U64(first_word(plan.segments[3].data.data), 0x18000000);
	CHECK_EQ_U64(first_word(plan.segments[3].data.data + 0x7fdf000), 0x1ffdf000);
	CHECK(lazy_memory_stop(saved.lazy, &e));
	close_host();
}

/* Every page of 40 pieces is where it was, what is between them is zero. */
TEST(many_pieces_are_joined)
{
	static char words[2048];
	size_t n = (size_t)snprintf(words, sizeof(words), "loads=");
	unsigned int found = 0;
	bool lazy;

	for (unsigned int i = 0; i < 40; i++) {
		uint64_t start = MIB * 2 + i * 0x100000 + (i % 7) * 0x10000;

		n += (size_t)snprintf(words + n, sizeof(words) - n, "%s0x%" PRIx64 "-0x%" PRIx64,
				      i ? "," : "", start, start + 0x7fff);
	}
	if (!open_host() || !CHECK(lay_out(words)) ||
	    !CHECK(lazy_memory_start(saved.lazy, UINT64_MAX, &lazy, &e)))
		return;
	CHECK_EQ_U64(plan.segment_count, plan.limits->segments);
	for (size_t i = 0; i < plan.segment_count; i++) {
		const struct segment *s = &plan.segments[i];

		for (uint64_t at = 0; at < s->data.size && strcmp(s->name, "memory") == 0;
		     at += PAGE) {
			uint64_t word = first_word(s->data.data + at);

			CHECK(!word || word == s->paddr + at);
			found += word != 0;
		}
	}
	CHECK_EQ_U64(found, 40 * 2); /* the gate's first word is 0 */
	CHECK(lazy_memory_stop(saved.lazy, &e));
	close_host();
}

TEST(refused)
{
	static const struct {
		const char *words, *error;
	} bad[] = {
		{ "", "takes 447 MiB, and the kernel lets an image have no more than half of RAM "
		      "(247.9 MiB of 495.7 MiB); free pages are among them: no VMCOREINFO note; "
		      "restore it with krestore, from a kernel loaded with --window-of=IMAGE" },
		{ "free_content=2", "*: the saved kernel may rely on the content of its free "
				    "pages*krestore*" },
		{ "loads=0x100000-0x1fffff gate=no", "does not have the saved kernel's gate at "
						     "0x13fe0000" },
		{ "loads=0x100000-0x11000fff", "has memory at 0x10000000 that the saved kernel had "
					       "lent" },
		{ "loads=0x1000-0x1fff", "has memory at 0x1000 that the saved kernel had lent" },
		{ "loads=0x100000-0x1ff7ff", "0x100000-0x1ff7ff is not whole pages" },
		{ "loads=0xc0000-0xfffff", "0xc0000-0xfffff is not RAM on this machine" },
		{ "loads=0x1ff00000-0x20000fff", "0x1ff00000-0x20000fff is not RAM on*" },
		{ "loads=0x100000-0x1fffff ram_bytes=0x10000000",
		  "saved on a machine with 256 MiB *" },
		{ "version=7", "the jump record is of version 7, 416 bytes; *" },
		{ "entry=0x13fe0044", "the jump record is damaged: its entry 0x13fe0044 *" },
		{ "state=valid", "*cut short*" },
	};

	if (!open_host())
		return;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_FAILS(lay_out(bad[i].words), &e, bad[i].error);
	close_host();
}

TEST(what_does_not_go_with_it)
{
	const char *words = "loads=0x100000-0x1fffff";

	if (!open_host())
		return;
	request.append = "quiet";
	CHECK_FAILS(lay_out(words), &e, "--append does not go with a saved kernel*");
	request.append = NULL;
	request.has_entry = true;
	request.entry = 0x1234;
	CHECK_FAILS(lay_out(words), &e,
		    "--entry=0x1234 is not the entry of this saved kernel, "
		    "which is 0x13fe0040");
	request.entry = 0x13fe0040;
	CHECK(lay_out(words));
	request.mem_max = 0x1fffffff;
	CHECK_FAILS(lay_out(words), &e, "--mem-min or --mem-max does not go with *");
	close_host();
}

static enum probe probe(const char *path)
{
	enum probe answer = PROBE_ERROR;

	if (CHECK(input_open(&file, path, &e)))
		answer = image_core_probe(&core, &file, &e);
	input_close(&file);
	return answer;
}

TEST(files_of_others)
{
	CHECK(probe("/dev/null") == PROBE_NOT_MINE);
	CHECK(probe("/proc/self/exe") == PROBE_NOT_MINE);
	CHECK(probe("/proc/self/status") == PROBE_NOT_MINE);
}

/* A pipe gives what it has once: an image that is read while it is loaded is no such thing. */
TEST(a_core_from_a_pipe)
{
	int ends[2], fd = open(saved_make("x86_64-512m", ""), O_RDONLY);
	uint8_t head[16384];
	char path[32];

	if (!CHECK(!pipe(ends) && read(fd, head, sizeof(head)) == sizeof(head)))
		return;
	CHECK(write(ends[1], head, sizeof(head)) == sizeof(head));
	close(ends[1]);
	close(fd);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	CHECK(probe(path) == PROBE_NOT_MINE);
	close(ends[0]);
	CHECK(!core.file.path);
}

TEST_MAIN
