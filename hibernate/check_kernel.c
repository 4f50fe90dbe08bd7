/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_kernel.h"
#include "modules.h"
#include "path.h"
#include "run.h"

/* ---- its configuration ---- */

struct wanted {
	const char *text; /* what a line begins with */
	bool found;
};

static bool find_line(void *opaque, char *line)
{
	struct wanted *w = opaque;

	w->found |= !strncmp(line, w->text, strlen(w->text));
	return true;
}

static FILE *open_config(const struct hibernate *h)
{
	static const char *const places[] = { "/boot/config-%s", "/lib/modules/%s/config",
					      "/lib/modules/%s/build/.config" };
	const char *version = kernel_version_of(hibernate_value(h, CONF_KERNEL));
	char path[PATH_MAX];
	struct err ignored;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *behind = strstr(places[i], "%s") + 2;
		int before = (int)(behind - 2 - places[i]);
		FILE *f = path_set(path, &ignored, "%s%.*s%s%s", h->root, before, places[i],
				   version, behind)
				  ? fopen(path, "re")
				  : NULL;

		if (f)
			return f;
	}
	return NULL;
}

/* That of the running kernel, which is all that is known then. */
static bool ask_running(const struct hibernate *h, struct wanted *w)
{
	char path[PATH_MAX];
	const char *const argv[] = { "gzip", "-dc", path, NULL };
	struct err ignored;

	if (!path_set(path, &ignored, "%s/proc/config.gz", h->root) || !path_exists(path))
		return false;
	return run_lines(argv, find_line, w, NULL, &ignored);
}

/* True also where nothing tells. */
static bool has(const struct hibernate *h, const char *option)
{
	char text[64], *line = NULL;
	struct wanted w = { text, false };
	FILE *f = open_config(h);
	size_t room = 0;

	snprintf(text, sizeof(text), "%s=y", option);
	if (!f)
		return !ask_running(h, &w) || w.found;
	while (getline(&line, &room, f) >= 0)
		find_line(&w, line);
	free(line);
	fclose(f);
	return w.found;
}

/* ---- what it must have ---- */

static bool need(const struct hibernate *h, const char *option, struct err *e)
{
	return has(h, option) ||
	       err_set(e, "%s was built without %s=y", hibernate_value(h, CONF_KERNEL), option);
}

/* A range of RAM, of nine or more digits. */
static bool is_high_ram(const char *line)
{
	size_t digits = strspn(line, "0123456789abcdef");

	return digits >= 9 && *line != '0' && line[digits] == '-' && strstr(line, " : System RAM");
}

static bool has_high_ram(const struct hibernate *h)
{
	char path[PATH_MAX], *line = NULL;
	struct err ignored;
	bool found = false;
	size_t room = 0;
	FILE *f;

	f = path_set(path, &ignored, "%s/proc/iomem", h->root) ? fopen(path, "re") : NULL;
	while (f && !found && getline(&line, &room, f) >= 0)
		found = is_high_ram(line);
	free(line);
	if (f)
		fclose(f);
	return found;
}

bool check_kernel(const struct hibernate *h, struct err *e)
{
	const char *kernel = hibernate_value(h, CONF_KERNEL);
	char path[PATH_MAX];

	if (!path_set(path, e, "%s%s", h->root, kernel))
		return false;
	if (!*kernel || !path_exists(path))
		return err_set(e, "%s: no such kernel: --kernel=FILE", kernel);
	if (!need(h, "CONFIG_PROC_VMCORE", e) || !need(h, "CONFIG_DEVMEM", e) ||
	    !need(h, "CONFIG_RELOCATABLE", e))
		return false;
	if (!has(h, "CONFIG_X86_32"))
		return true;
	/* Without it the locks of 32-bit programs with threads find no futex(2), and abort. */
	if (!need(h, "CONFIG_COMPAT_32BIT_TIME", e))
		return false;
	return has(h, "CONFIG_X86_PAE") || !has_high_ram(h) ||
	       err_set(e,
		       "%s was built without CONFIG_X86_PAE=y: it cannot read this system's "
		       "memory above 4 GiB",
		       kernel);
}

bool check_jump(struct hibernate *h, struct err *e)
{
	if (has(h, "CONFIG_KEXEC_JUMP"))
		return true;
	if (!has_module(h, "kexec_jump"))
		return err_set(e,
			       "%s was built without CONFIG_KEXEC_JUMP=y, and it has no module "
			       "kexec_jump (package kexec-jump-dkms)",
			       hibernate_value(h, CONF_KERNEL));
	return modules_name(h, "kexec_jump") || modules_add(h, "kexec_jump", e);
}
