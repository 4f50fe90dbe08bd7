/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "file_io.h"
#include "image_header.h"
#include "path.h"
#include "run.h"
#include "stream.h"

/* ---- the network ---- */

static bool net(const struct hibernate *h, const char *what, struct err *e)
{
	const char *settings = hibernate_value(h, CONF_NET);
	char script[PATH_MAX];

	if (!*settings)
		return true;
	return hibernate_part("hibernate-net", script, e) &&
	       run_kept((const char *const[]){ script, what, settings,
					       hibernate_value(h, CONF_TARGET_WAIT), NULL },
			true, e);
}

bool stream_up(const struct hibernate *h, struct err *e)
{
	return net(h, "up", e);
}

void stream_down(const struct hibernate *h)
{
	struct err ignored;

	net(h, "down", &ignored);
}

/* ---- the programs ---- */

enum way { WAY_OUT, WAY_IN, WAY_DISCARD };

/* Busybox's nc is the one whose habits are known. It waits so long for a connection, not data. */
static void netcat(const struct hibernate *h, enum way way, struct words *w)
{
	char path[PATH_MAX];

	if (run_find("busybox", path, sizeof(path))) {
		words_add(w, "busybox");
		words_add(w, "nc");
		words_add(w, "-w");
		words_format(w, "%u", h->conf.target_wait + 1);
	} else {
		words_add(w, "nc");
	}
	words_add(w, h->target.host);
	words_format(w, "%u", h->target.port + (unsigned)way);
}

static void shell(const struct hibernate *h, enum way way, struct words *w)
{
	words_add(w, "sh");
	words_add(w, "-c");
	words_add(w, way == WAY_OUT  ? h->target.command
		     : way == WAY_IN ? hibernate_value(h, CONF_RESUME_COMMAND)
				     : hibernate_value(h, CONF_DISCARD_COMMAND));
}

/* @w is to be freed with words_deinit(). */
static const char *const *command(const struct hibernate *h, enum way way, struct words *w)
{
	*w = (struct words){ 0 };
	if (h->target.kind == TARGET_TCP)
		netcat(h, way, w);
	else
		shell(h, way, w);
	return w->at;
}

/*
 * What a receiver has as its input: the other side may take an end of it for the end of all, so
 * that of nc is a pipe that @open keeps open.
 */
static bool idle_input(const struct hibernate *h, int *in, int *open, struct err *e)
{
	int fds[2];

	*in = *open = RUN_NULL;
	if (h->target.kind != TARGET_TCP)
		return true;
	if (!run_pipe(fds, e))
		return false;
	*in = fds[0];
	*open = fds[1];
	return true;
}

bool stream_save(const struct hibernate *h, const char *const *argv, struct err *e)
{
	struct words c;
	int fds[2];
	bool ok;

	if (!run_pipe(fds, e))
		return false;
	ok = run_all((const struct run[]){ { argv, RUN_NULL, fds[1], RUN_LOG },
					   { command(h, WAY_OUT, &c), fds[0], RUN_OURS, RUN_LOG } },
		     2, true, e);
	words_deinit(&c);
	return ok;
}

bool stream_restore(const struct hibernate *h, const char *const *argv, struct err *e)
{
	struct words c;
	int fds[2], in, open;
	bool ok;

	if (!idle_input(h, &in, &open, e))
		return false;
	ok = run_pipe(fds, e);
	if (ok) {
		ok = run_all((const struct run[]){ { command(h, WAY_IN, &c), in, fds[1], RUN_LOG },
						   { argv, fds[0], RUN_OURS, RUN_LOG } },
			     2, true, e);
		words_deinit(&c);
	} else {
		run_close(in);
	}
	run_close(open);
	return ok;
}

/* ---- the header page ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static size_t read_until(int fd, int64_t end, uint8_t *to, size_t size)
{
	size_t got = 0;

	while (got < size) {
		struct pollfd p = { fd, POLLIN, 0 };
		int64_t left = end - now_ms();
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			break;
		n = read(fd, to + got, size - got);
		if (n <= 0)
			break;
		got += n;
	}
	return got;
}

/* It, and what it has started, may have no end of their own. */
static void end_group(pid_t pid, int64_t end)
{
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (now_ms() >= end) {
			kill(-pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return;
		}
		usleep(10000);
	}
}

static bool fetch(const struct hibernate *h, int in, uint8_t *page, size_t *size, struct err *e)
{
	const int64_t end = now_ms() + (int64_t)(h->conf.target_wait + 10) * 1000;
	struct words c;
	int fds[2];
	pid_t pid;

	if (!run_pipe(fds, e))
		return false;
	pid = run_start(&(const struct run){ command(h, WAY_IN, &c), in, fds[1], RUN_NULL }, true,
			e);
	words_deinit(&c);
	close(fds[1]);
	*size = pid < 0 ? 0 : read_until(fds[0], end, page, IMAGE_HEADER_SIZE);
	close(fds[0]);
	if (pid >= 0)
		end_group(pid, end);
	return pid >= 0;
}

bool stream_header(const struct hibernate *h, char path[PATH_MAX])
{
	uint8_t page[IMAGE_HEADER_SIZE];
	int in, open_end, fd;
	struct err ignored;
	size_t size;
	bool ok;

	if (!path_set(path, &ignored, "%s/header", h->run) ||
	    !idle_input(h, &in, &open_end, &ignored))
		return false;
	ok = fetch(h, in, page, &size, &ignored);
	run_close(in);
	run_close(open_end);
	fd = ok ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	if (fd < 0)
		return false;
	ok = file_write(fd, page, size);
	return !close(fd) && ok;
}

/* ---- the other side's copy ---- */

struct answer {
	unsigned lines;
	bool discarded;
};

static bool answer_line(void *opaque, char *text)
{
	struct answer *a = opaque;

	a->discarded = !a->lines++ && !strcmp(text, "discarded");
	return true;
}

bool stream_discard(const struct hibernate *h)
{
	struct answer a = { 0 };
	struct words c;
	const char *const *argv = command(h, WAY_DISCARD, &c);
	struct err ignored;
	int status;
	bool ok;

	if (h->target.kind == TARGET_PIPE)
		ok = run_shown(argv, &ignored);
	else
		ok = run_lines(argv, answer_line, &a, &status, &ignored) && !status && a.discarded;
	words_deinit(&c);
	return ok;
}
