/* SPDX-License-Identifier: GPL-2.0-only */
/* /etc/kexec-hibernate.conf: lines KEY=value, read, never run; kexec-hibernate.conf(5). */
#ifndef HIBERNATE_CONF_H
#define HIBERNATE_CONF_H

#include <stdio.h>

#include "err.h"

enum conf_key {
	CONF_TARGET,
	CONF_KERNEL,
	CONF_INITRD,
	CONF_APPEND,
	CONF_WINDOW_SIZE,
	CONF_MODULES,
	CONF_FILES,
	CONF_SAVE_OPTIONS,
	CONF_THEN,
	CONF_NET,
	CONF_RESUME_COMMAND,
	CONF_DISCARD_COMMAND,
	CONF_TARGET_WAIT,
	CONF_PAUSE,
	CONF_KEEP,
	CONF_KEYS
};

struct conf {
	char *value[CONF_KEYS];	     /* "" where nothing is said and there is no default */
	unsigned target_wait, pause; /* seconds */
};

/* The defaults. @c is to be freed with conf_deinit() in any case. */
bool conf_init(struct conf *c, struct err *e);
void conf_deinit(struct conf *c);

/* What @text says replaces what is there; errors begin with @name. */
bool conf_parse(struct conf *c, const char *name, const char *text, struct err *e);
/* Defaults and file. */
bool conf_read(struct conf *c, const char *path, struct err *e);
bool conf_set(struct conf *c, enum conf_key key, const char *value, struct err *e);
/* As the file has it. */
void conf_write(const struct conf *c, FILE *out);

/* CONF_KEYS: there is none of this name. */
enum conf_key conf_find(const char *name, size_t size);

#endif
