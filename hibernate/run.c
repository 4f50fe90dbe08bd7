/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "path.h"
#include "run.h"

extern char **environ;

#define RUNS_MAX 2

void run_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

bool run_pipe(int fds[2], struct err *e)
{
	return !pipe2(fds, O_CLOEXEC) || err_sys(e, errno, "pipe");
}

/* ---- starting ---- */

static void put_fd(posix_spawn_file_actions_t *actions, int fd, int to)
{
	if (fd == RUN_NULL)
		posix_spawn_file_actions_addopen(actions, to, "/dev/null", O_RDWR, 0);
	else if (fd >= 0)
		posix_spawn_file_actions_adddup2(actions, fd, to);
}

static pid_t spawn(const struct run *r, bool group, int log, struct err *e)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	pid_t pid = -1;
	int why;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	if (group)
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	put_fd(&actions, r->in, STDIN_FILENO);
	put_fd(&actions, r->out == RUN_LOG ? log : r->out, STDOUT_FILENO);
	put_fd(&actions, r->err == RUN_LOG ? log : r->err, STDERR_FILENO);
	fflush(stdout);
	why = posix_spawnp(&pid, r->argv[0], &actions, &attr, (char *const *)r->argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (why) {
		err_sys(e, why, "%s", r->argv[0]);
		return -1;
	}
	return pid;
}

pid_t run_start(const struct run *r, bool group, struct err *e)
{
	return spawn(r, group, RUN_NULL, e);
}

/* Its exit status, or 128 and the signal that ended it. */
static int run_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- what they say ---- */

/* Whose name before a message tells a reader nothing. */
static const char *without_name(const char *line)
{
	static const char *const names[] = { "kdump: ",	   "krestore: ", "kexec: ",
					     "kimgcore: ", "nc: ",	 "mount: " };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(line, names[i], strlen(names[i])))
			return line + strlen(names[i]);
	return line;
}

static void keep_last(FILE *log, bool shown, struct err *why)
{
	char line[RUN_LOG_SIZE];

	while (fgets(line, sizeof(line), log)) {
		if (shown)
			fputs(line, stderr);
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			err_set(why, "%s", without_name(line));
	}
}

static void close_all(const struct run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		run_close(runs[i].in);
		run_close(runs[i].out);
		run_close(runs[i].err);
	}
}

/* How many of them run. */
static size_t start_all(const struct run *runs, size_t count, int log, pid_t *pids, struct err *e)
{
	size_t started = 0;

	while (started < count) {
		pids[started] = spawn(&runs[started], false, log, e);
		if (pids[started] < 0)
			break;
		started++;
	}
	return started;
}

bool run_all(const struct run *runs, size_t count, bool shown, struct err *why)
{
	pid_t pids[RUNS_MAX];
	int fds[2], failed = 0;
	struct err not_started;
	size_t started;
	FILE *log;

	if (!run_pipe(fds, why)) {
		close_all(runs, count);
		return false;
	}
	started = start_all(runs, count, fds[1], pids, &not_started);
	close(fds[1]);
	close_all(runs, count);
	log = fdopen(fds[0], "r");
	*why->text = '\0';
	if (log)
		keep_last(log, shown, why);
	for (size_t i = 0; i < started; i++) {
		int status = run_wait(pids[i]);

		failed = status ? status : failed;
	}
	if (log)
		fclose(log);
	else
		close(fds[0]);
	if (started < count)
		return err_set(why, "%s", not_started.text);
	if (!failed)
		return true;
	return *why->text ? false : err_set(why, "%s: exit status %d", runs[0].argv[0], failed);
}

static bool run_one(const char *const *argv, int out, int err, bool shown, struct err *why)
{
	const struct run r = { argv, RUN_NULL, out, err };

	return run_all(&r, 1, shown, why);
}

static bool run_plain(const char *const *argv, int out, struct err *why)
{
	const struct run r = { argv, RUN_NULL, out, RUN_OURS };
	pid_t pid = run_start(&r, false, why);

	if (pid < 0)
		return false;
	*why->text = '\0';
	return !run_wait(pid);
}

bool run_shown(const char *const *argv, struct err *why)
{
	return run_plain(argv, RUN_OURS, why);
}

bool run_told(const char *const *argv, struct err *why)
{
	return run_plain(argv, RUN_NULL, why);
}

bool run_kept(const char *const *argv, bool shown, struct err *why)
{
	return run_one(argv, shown ? RUN_OURS : RUN_LOG, RUN_LOG, shown, why);
}

bool run_silent(const char *const *argv)
{
	struct err ignored;

	return run_one(argv, RUN_NULL, RUN_NULL, false, &ignored);
}

bool run_lines(const char *const *argv, bool (*line)(void *opaque, char *text), void *opaque,
	       int *status, struct err *e)
{
	struct run r = { argv, RUN_NULL, RUN_NULL, RUN_NULL };
	char *text = NULL;
	size_t room = 0;
	int fds[2], code;
	FILE *from;
	pid_t pid;

	if (!run_pipe(fds, e))
		return false;
	r.out = fds[1];
	pid = run_start(&r, false, e);
	close(fds[1]);
	from = pid < 0 ? NULL : fdopen(fds[0], "r");
	while (from && getline(&text, &room, from) >= 0) {
		text[strcspn(text, "\n")] = '\0';
		if (!line(opaque, text))
			break;
	}
	free(text);
	if (from)
		fclose(from);
	else
		close(fds[0]);
	if (pid < 0)
		return false;
	code = run_wait(pid);
	if (status)
		*status = code;
	return true;
}

/* ---- finding ---- */

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

bool run_find(const char *name, char *path, size_t size)
{
	const char *set = getenv("PATH");
	char folders[2 * PATH_MAX], *rest = folders, *folder;

	if (strchr(name, '/'))
		return snprintf(path, size, "%s", name) < (int)size && is_program(path);
	if (snprintf(folders, sizeof(folders), "%s:/usr/sbin:/sbin", set ? set : "/usr/bin:/bin") >=
	    (int)sizeof(folders))
		return false;
	while ((folder = strsep(&rest, ":")))
		if (snprintf(path, size, "%s/%s", *folder ? folder : ".", name) < (int)size &&
		    is_program(path))
			return true;
	return false;
}

void words_add(struct words *w, const char *word)
{
	if (w->count == RUN_WORDS) {
		w->failed = true;
		return;
	}
	w->at[w->count++] = word;
	w->at[w->count] = NULL;
}

static void add_owned(struct words *w, char *word)
{
	if (!word || w->count == RUN_WORDS) {
		free(word);
		w->failed = true;
		return;
	}
	w->owned[w->owned_count++] = word;
	words_add(w, word);
}

void words_format(struct words *w, const char *format, ...)
{
	va_list args;
	char *word;

	va_start(args, format);
	if (vasprintf(&word, format, args) < 0)
		word = NULL;
	va_end(args);
	add_owned(w, word);
}

void words_split(struct words *w, const char *text)
{
	static const char blanks[] = " \t\n";

	for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
		size_t size = strcspn(text, blanks);

		add_owned(w, strndup(text, size));
		text += size;
	}
}

bool words_check(const struct words *w, struct err *e)
{
	return !w->failed || err_set(e, "%s: a command with more than %d words",
				     w->count ? w->at[0] : "", RUN_WORDS);
}

void words_deinit(struct words *w)
{
	for (size_t i = 0; i < w->owned_count; i++)
		free(w->owned[i]);
	*w = (struct words){ 0 };
}
