/* SPDX-License-Identifier: GPL-2.0-only */
#include <limits.h>
#include <stdlib.h>

#include "run.h"
#include "test.h"

static struct err e;

#define SHELL(script) ((const char *const[]){ "sh", "-c", script, NULL })

TEST(reasons)
{
	CHECK(run_kept(SHELL("echo it works"), false, &e));
	CHECK_FAILS(run_kept(SHELL("echo first >&2; echo 'kdump: the last' >&2; echo; exit 3"),
			     false, &e),
		    &e, "the last");
	CHECK_FAILS(run_kept(SHELL("echo 'cat: x'; exit 1"), false, &e), &e, "cat: x");
	CHECK_FAILS(run_kept(SHELL("exit 3"), false, &e), &e, "sh: exit status 3");
	CHECK_FAILS(run_kept(SHELL("kill -9 $$"), false, &e), &e, "sh: exit status 137");
	CHECK_FAILS(run_kept((const char *const[]){ "/does/not/exist", NULL }, false, &e), &e,
		    "/does/not/exist: No such file or directory");
}

/* What was told already is not told again. */
TEST(told)
{
	err_set(&e, "untouched");
	CHECK(!run_told(SHELL("echo hidden; exit 1"), &e));
	CHECK_STR(e.text, "");
	CHECK(!run_silent(SHELL("echo hidden >&2; exit 1")));
	CHECK(run_silent(SHELL("read x; test -z \"$x\"")));
}

TEST(pipes)
{
	struct run runs[2];
	int fds[2];

	CHECK(run_pipe(fds, &e));
	runs[0] = (struct run){ SHELL("echo a word"), RUN_NULL, fds[1], RUN_LOG };
	runs[1] = (struct run){ SHELL("read x y; echo \"it says $y\" >&2; exit 1"), fds[0],
				RUN_NULL, RUN_LOG };
	CHECK_FAILS(run_all(runs, 2, false, &e), &e, "it says word");
	/* Whose reader is not there must not wait for it. */
	CHECK(run_pipe(fds, &e));
	runs[0] = (struct run){ SHELL("exec cat /dev/zero"), RUN_NULL, fds[1], RUN_NULL };
	runs[1] = (struct run){ (const char *const[]){ "/does/not/exist", NULL }, fds[0], RUN_NULL,
				RUN_NULL };
	CHECK_FAILS(run_all(runs, 2, false, &e), &e, "/does/not/exist: *");
}

static bool count_lines(void *opaque, char *text)
{
	unsigned *count = opaque;

	return strcmp(text, "stop") && ++*count;
}

TEST(lines)
{
	unsigned count = 0;
	int status = -1;

	CHECK(run_lines(SHELL("echo a; echo b; printf c; exit 5"), count_lines, &count, &status,
			&e));
	CHECK(count == 3 && status == 5);
	count = 0;
	CHECK(run_lines(SHELL("echo a; echo stop; echo c"), count_lines, &count, NULL, &e));
	CHECK(count == 1);
	CHECK(!run_lines((const char *const[]){ "/does/not/exist", NULL }, count_lines, &count,
			 NULL, &e));
}

TEST(find)
{
	char path[PATH_MAX];

	CHECK(!setenv("PATH", "/does/not/exist:/bin", 1));
	CHECK(run_find("sh", path, sizeof(path)));
	CHECK_STR(path, "/bin/sh");
	CHECK(run_find("/bin/sh", path, sizeof(path)));
	CHECK(!run_find("/bin", path, sizeof(path)));
	CHECK(!run_find("no-such-program", path, sizeof(path)));
	CHECK(!run_find("sh", path, 5));
}

TEST(words)
{
	struct words w = { 0 };

	words_add(&w, "first");
	words_split(&w, "  a\tb \n c ");
	words_format(&w, "%s=%d", "n", 4);
	CHECK(words_check(&w, &e) && w.count == 5 && !w.at[5]);
	CHECK_STR(w.at[1], "a");
	CHECK_STR(w.at[3], "c");
	CHECK_STR(w.at[4], "n=4");
	for (int i = 0; i < RUN_WORDS; i++)
		words_add(&w, "x");
	CHECK_FAILS(words_check(&w, &e), &e, "first: a command with more than 128 words");
	words_deinit(&w);
}

TEST_MAIN
