/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "target_name.h"

/* Moves on past it. */
static bool take(char **at, const char *prefix)
{
	size_t size = strlen(prefix);

	if (strncmp(*at, prefix, size))
		return false;
	*at += size;
	return true;
}

static bool names_device(const char *text)
{
	return (!strncmp(text, "/dev/", 5) && text[5]) ||
	       (!strncmp(text, "PARTUUID=", 9) && text[9]);
}

static bool goes_up(const char *path)
{
	size_t size = strlen(path);

	return strstr(path, "/../") || (size >= 3 && !strcmp(path + size - 3, "/.."));
}

/* Whether there was one. */
static bool drop_slashes(char *path)
{
	size_t size = strlen(path), kept = size;

	while (kept && path[kept - 1] == '/')
		kept--;
	path[kept] = '\0';
	return kept < size;
}

static bool take_file(struct target_name *t, char *at, char *colon, struct err *e)
{
	*colon = '\0';
	t->kind = TARGET_FILE;
	t->device = at;
	t->path = colon + 1;
	t->folder = drop_slashes(colon + 1);
	if (!names_device(t->device))
		return err_set(e,
			       "\"%s\" is not a device: FILE:DEVICE:/path, DEVICE as /dev/... or "
			       "PARTUUID=...",
			       t->device);
	if (goes_up(t->path) || (t->folder && !*t->path))
		return err_set(e, "\"%s%s\" is not the path of a file", t->path,
			       t->folder ? "/" : "");
	return *t->path == '/' ||
	       err_set(e, "the path on %s begins with /: FILE:DEVICE:/path", t->device);
}

static bool is_host(const char *host)
{
	if (!*host || *host == '-')
		return false;
	for (; *host; host++)
		if (!isalnum((unsigned char)*host) && !strchr(".:_-", *host))
			return false;
	return true;
}

static bool take_tcp(struct target_name *t, char *at, char *colon, struct err *e)
{
	char *port = colon + 1;
	size_t digits = strspn(port, "0123456789");

	*colon = '\0';
	if (*at == '[')
		at++;
	if (colon > at && colon[-1] == ']')
		colon[-1] = '\0';
	t->kind = TARGET_TCP;
	t->host = at;
	if (!is_host(t->host))
		return err_set(e, "\"%s\" is not a host: tcp:HOST:PORT", t->host);
	if (!digits || digits > 5 || port[digits])
		return err_set(e, "\"%s\" is not a port: tcp:HOST:PORT", port);
	t->port = (unsigned)strtoul(port, NULL, 10);
	return (t->port >= 1 && t->port <= 65533) ||
	       err_set(e, "the port is a number from 1 to 65533 (the two above it are used as "
			  "well)");
}

static bool take_parts(struct target_name *t, char *at, struct err *e)
{
	char *colon;

	if (names_device(at)) {
		t->kind = TARGET_DEVICE;
		t->device = at;
		return true;
	}
	if (take(&at, "FILE:") && (colon = strchr(at, ':')))
		return take_file(t, at, colon, e) || err_prefix(e, "%s", t->text);
	if (take(&at, "tcp:") && (colon = strrchr(at, ':')))
		return take_tcp(t, at, colon, e) || err_prefix(e, "%s", t->text);
	if (take(&at, "pipe:") && *at) {
		t->kind = TARGET_PIPE;
		t->command = at;
		return true;
	}
	return err_set(e,
		       "\"%s\" is not a target: /dev/..., PARTUUID=..., FILE:DEVICE:/path, "
		       "tcp:HOST:PORT or pipe:COMMAND",
		       t->text);
}

bool target_name_parse(struct target_name *t, const char *text, struct err *e)
{
	*t = (struct target_name){ .device = "", .path = "", .host = "", .command = "" };
	t->text = strdup(text);
	t->parts = strdup(text);
	if (!t->text || !t->parts)
		err_set(e, "out of memory");
	else if (take_parts(t, t->parts, e))
		return true;
	target_name_deinit(t);
	return false;
}

void target_name_deinit(struct target_name *t)
{
	free(t->text);
	free(t->parts);
	*t = (struct target_name){ 0 };
}
