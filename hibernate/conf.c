/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "host_file.h"
#include "lines.h"

static const struct {
	const char *name, *value;
} keys[CONF_KEYS] = {
	[CONF_TARGET] = { "TARGET", "" },
	[CONF_KERNEL] = { "KERNEL", "" },
	[CONF_INITRD] = { "INITRD", "/boot/kexec-hibernate.img" },
	[CONF_APPEND] = { "APPEND", "" },
	[CONF_WINDOW_SIZE] = { "WINDOW_SIZE", "" },
	[CONF_MODULES] = { "MODULES", "" },
	[CONF_FILES] = { "FILES", "" },
	[CONF_SAVE_OPTIONS] = { "SAVE_OPTIONS", "" },
	[CONF_THEN] = { "THEN", "poweroff" },
	[CONF_NET] = { "NET", "" },
	[CONF_RESUME_COMMAND] = { "RESUME_COMMAND", "" },
	[CONF_DISCARD_COMMAND] = { "DISCARD_COMMAND", "" },
	[CONF_TARGET_WAIT] = { "TARGET_WAIT", "20" },
	[CONF_PAUSE] = { "PAUSE", "30" },
	[CONF_KEEP] = { "KEEP", "/var/lib/kexec-jump/second" },
};

enum conf_key conf_find(const char *name, size_t size)
{
	unsigned key = 0;

	while (key < CONF_KEYS &&
	       (strlen(keys[key].name) != size || memcmp(keys[key].name, name, size)))
		key++;
	return (enum conf_key)key;
}

static bool set(struct conf *c, enum conf_key key, const char *value, size_t size, struct err *e)
{
	char *copy = strndup(value, size);

	if (!copy)
		return err_set(e, "out of memory");
	free(c->value[key]);
	c->value[key] = copy;
	return true;
}

bool conf_set(struct conf *c, enum conf_key key, const char *value, struct err *e)
{
	return set(c, key, value, strlen(value), e);
}

bool conf_init(struct conf *c, struct err *e)
{
	*c = (struct conf){ 0 };
	for (unsigned key = 0; key < CONF_KEYS; key++)
		if (!conf_set(c, (enum conf_key)key, keys[key].value, e))
			return false;
	return true;
}

void conf_deinit(struct conf *c)
{
	for (unsigned key = 0; key < CONF_KEYS; key++)
		free(c->value[key]);
	*c = (struct conf){ 0 };
}

/* Without blanks around it and without one pair of quotes. */
static struct line value_of(struct line l)
{
	while (l.size && isspace((unsigned char)*l.at)) {
		l.at++;
		l.size--;
	}
	while (l.size && isspace((unsigned char)l.at[l.size - 1]))
		l.size--;
	if (l.size >= 2 && (*l.at == '"' || *l.at == '\'') && l.at[l.size - 1] == *l.at) {
		l.at++;
		l.size -= 2;
	}
	return l;
}

static bool take_line(struct conf *c, struct line l, struct err *e)
{
	const char *equals = memchr(l.at, '=', l.size);
	struct line value;
	enum conf_key key;
	size_t size;

	if (!l.size || *l.at == '#')
		return true;
	if (!equals)
		return err_set(e, "not of the form KEY=value");
	size = equals - l.at;
	key = conf_find(l.at, size);
	if (key == CONF_KEYS)
		return err_set(e, "no such key: %.*s", (int)size, l.at);
	value = value_of((struct line){ equals + 1, l.size - size - 1 });
	return set(c, key, value.at, value.size, e);
}

static bool seconds(const char *text, unsigned *out, struct err *e)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 4 || text[digits])
		return err_set(e, "\"%s\" is not a number of seconds", text);
	*out = (unsigned)strtoul(text, NULL, 10);
	return true;
}

static bool check(struct conf *c, struct err *e)
{
	const char *then = c->value[CONF_THEN], *keep = c->value[CONF_KEEP];

	if (strcmp(then, "poweroff") && strcmp(then, "reboot") && strcmp(then, "return"))
		return err_set(e, "THEN=%s is not poweroff, reboot or return", then);
	if (!seconds(c->value[CONF_TARGET_WAIT], &c->target_wait, e) ||
	    !seconds(c->value[CONF_PAUSE], &c->pause, e))
		return false;
	if (strcmp(keep, "no") && (keep[0] != '/' || !keep[1]))
		return err_set(e, "KEEP=%s is neither the name of a file, from / on, nor no", keep);
	for (const char *at = c->value[CONF_WINDOW_SIZE]; *at; at++)
		if (!isalnum((unsigned char)*at))
			return err_set(e, "WINDOW_SIZE=%s is not a size, such as 128M",
				       c->value[CONF_WINDOW_SIZE]);
	if (!*c->value[CONF_TARGET])
		return err_set(e, "TARGET= is missing");
	return true;
}

bool conf_parse(struct conf *c, const char *name, const char *text, struct err *e)
{
	struct line l;

	for (unsigned number = 1; line_next(&text, &l); number++)
		if (!take_line(c, l, e))
			return err_prefix(e, "%s:%u", name, number);
	return check(c, e) || err_prefix(e, "%s", name);
}

bool conf_read(struct conf *c, const char *path, struct err *e)
{
	size_t size;
	char *text = host_file("", path, HOST_SMALL_FILE, &size, e);
	bool ok;

	if (!text)
		return err_set(e, "%s is not there: run kexec-hibernate setup --image TARGET first",
			       path);
	if (strlen(text) != size)
		ok = err_set(e, "%s: is no text: it has a byte of zero", path);
	else
		ok = conf_init(c, e) && conf_parse(c, path, text, e);
	free(text);
	return ok;
}

void conf_write(const struct conf *c, FILE *out)
{
	fputs("# kexec-hibernate.conf(5), written by kexec-hibernate setup\n", out);
	for (unsigned key = 0; key < CONF_KEYS; key++)
		if (*c->value[key])
			fprintf(out, "%s=\"%s\"\n", keys[key].name, c->value[key]);
}
