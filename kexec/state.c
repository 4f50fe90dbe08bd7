/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_io.h"
#include "state.h"

#define BOOT_ID_SIZE 37 /* a UUID in text and its NUL */
#define TEXT_SIZE    256

static const char *const verb_names[] = {
	[PLAN_LOAD] = "load",	     [PLAN_LOAD_CRASH] = "crash",
	[PLAN_LOAD_JUMP] = "jump",   [PLAN_LOAD_HELPER] = "helper",
	[PLAN_LOAD_CALL] = "call",   [PLAN_LOAD_CRASH_BACK] = "crash-back",
	[PLAN_LOAD_SAVED] = "saved",
};

/* In place of "jump". */
static const char crashed[] = "crashed", monitored[] = "monitored";

#define VERBS (sizeof(verb_names) / sizeof(verb_names[0]))

static bool path(char *out, size_t size, const char *root, const char *tail)
{
	return (size_t)snprintf(out, size, "%s%s", root, tail) < size;
}

/* The contents of a small file as a string. */
static bool read_text(const char *root, const char *tail, char *text, size_t size)
{
	char name[PATH_MAX];
	ssize_t n;
	int fd;

	if (!path(name, sizeof(name), root, tail))
		return false;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	return true;
}

/* Changes with every boot, and is the same again when a kernel was jumped back to. */
static bool boot_id(const char *root, char id[BOOT_ID_SIZE])
{
	return read_text(root, "/proc/sys/kernel/random/boot_id", id, BOOT_ID_SIZE) &&
	       strlen(id) == BOOT_ID_SIZE - 1;
}

static bool make_directory(const char *root, const char *tail, mode_t mode, struct err *e)
{
	char name[PATH_MAX];

	if (!path(name, sizeof(name), root, tail))
		return err_set(e, "%s: name too long", root);
	if (mkdir(name, mode) && errno != EEXIST)
		return err_sys(e, errno, "%s: cannot create the directory", name);
	return true;
}

static bool write_new(const char *name, const void *data, size_t size, struct err *e)
{
	bool ok;
	int fd, why;

	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(e, errno, "%s: cannot create it", name);
	ok = file_write(fd, data, size);
	why = errno;
	if (close(fd) || !ok) {
		unlink(name);
		return err_sys(e, ok ? errno : why, "%s: cannot write it", name);
	}
	return true;
}

bool state_write(const char *root, const struct state *s, struct err *e)
{
	char text[TEXT_SIZE], id[BOOT_ID_SIZE], new[PATH_MAX], name[PATH_MAX];

	if (!boot_id(root, id))
		return err_set(e, "%s/proc/sys/kernel/random/boot_id: cannot be read", root);
	snprintf(text, sizeof(text), "boot %s\nverb %s\nentry %#" PRIx64 "\nrelease %s\n", id,
		 s->crashed	? crashed
		 : s->monitored ? monitored
				: verb_names[s->verb],
		 s->entry, s->release);
	if (!path(new, sizeof(new), root, "/run/kexec-jump/loaded.new") ||
	    !path(name, sizeof(name), root, "/run/kexec-jump/loaded"))
		return err_set(e, "%s: name too long", root);
	if (!make_directory(root, "/run", 0755, e) ||
	    !make_directory(root, "/run/kexec-jump", 0755, e) ||
	    !write_new(new, text, strlen(text), e))
		return false;
	if (rename(new, name))
		return err_sys(e, errno, "%s: cannot rename it to %s", new, name);
	return true;
}

bool state_read(const char *root, struct state *s)
{
	char text[TEXT_SIZE], now[BOOT_ID_SIZE], then[BOOT_ID_SIZE], verb[16];

	if (!boot_id(root, now) || !read_text(root, "/run/kexec-jump/loaded", text, sizeof(text)))
		return false;
	if (sscanf(text, "boot %36s verb %15s entry %" SCNx64 " release %71s", then, verb,
		   &s->entry, s->release) != 4 ||
	    strcmp(then, now))
		return false;
	s->crashed = !strcmp(verb, crashed);
	s->monitored = !strcmp(verb, monitored);
	if (s->crashed || s->monitored) {
		s->verb = PLAN_LOAD_JUMP;
		return true;
	}
	for (size_t i = 0; i < VERBS; i++) {
		if (!strcmp(verb, verb_names[i])) {
			s->verb = (enum plan_verb)i;
			return true;
		}
	}
	return false;
}

void state_remove(const char *root)
{
	char name[PATH_MAX];

	if (path(name, sizeof(name), root, "/run/kexec-jump/loaded"))
		unlink(name);
}

#define RECEIVED "/run/kexec-jump/received"

bool state_write_received(const char *root, struct bytes data, struct err *e)
{
	char name[PATH_MAX];

	if (!path(name, sizeof(name), root, RECEIVED))
		return err_set(e, "%s: name too long", root);
	if (!data.data) {
		unlink(name);
		return true;
	}
	return make_directory(root, "/run", 0755, e) &&
	       make_directory(root, "/run/kexec-jump", 0755, e) &&
	       write_new(name, data.data, data.size, e);
}

int state_open_received(const char *root)
{
	char name[PATH_MAX];

	return path(name, sizeof(name), root, RECEIVED)
		       ? open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
		       : -1;
}
