/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmdline.h"
#include "hibernate.h"
#include "host_file.h"
#include "path.h"

/* The folder of this program, without a slash at its end; "" where /proc is not mounted. */
static void own_folder(char folder[PATH_MAX])
{
	ssize_t size = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	char *slash;

	folder[size > 0 ? size : 0] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
}

/* Another package may have a kexec, too, and what an init system has for a PATH may be short. */
static bool set_path(struct err *e)
{
	const char *path = getenv("PATH");
	char own[PATH_MAX], all[2 * PATH_MAX];

	own_folder(own);
	if (snprintf(all, sizeof(all), "%s%s%s", own, *own ? ":" : "",
		     path ? path : "/usr/sbin:/usr/bin:/sbin:/bin") >= (int)sizeof(all))
		return err_set(e, "PATH is too long");
	return !setenv("PATH", all, 1) || err_set(e, "out of memory");
}

bool hibernate_init(struct hibernate *h, struct err *e)
{
	const char *root = getenv("KEXEC_HIBERNATE_ROOT"), *conf = getenv("KEXEC_HIBERNATE_CONF");

	*h = (struct hibernate){ .root = root ? root : "" };
	return set_path(e) && path_set(h->run, e, "%s/run/kexec-hibernate", h->root) &&
	       (conf && *conf ? path_set(h->conf_path, e, "%s", conf)
			      : path_set(h->conf_path, e, "%s/etc/kexec-hibernate.conf", h->root));
}

void hibernate_deinit(struct hibernate *h)
{
	conf_deinit(&h->conf);
	target_name_deinit(&h->target);
}

bool hibernate_make_run(const struct hibernate *h, struct err *e)
{
	return path_make_folder(h->run, e);
}

bool hibernate_conf(struct hibernate *h, struct err *e)
{
	conf_deinit(&h->conf);
	return conf_read(&h->conf, h->conf_path, e);
}

bool hibernate_target(struct hibernate *h, struct err *e)
{
	target_name_deinit(&h->target);
	return target_name_parse(&h->target, hibernate_value(h, CONF_TARGET), e);
}

bool hibernate_read(struct hibernate *h, struct err *e)
{
	return hibernate_conf(h, e) && hibernate_target(h, e);
}

bool hibernate_part(const char *name, char path[PATH_MAX], struct err *e)
{
	const char *lib = getenv("KEXEC_HIBERNATE_LIB");
	char share[PATH_MAX], libexec[PATH_MAX], own[PATH_MAX];
	const char *const folders[] = {
		lib && *lib ? lib : share,
		share,
		libexec,
		"/usr/share/kexec-jump",
		"/usr/libexec/kexec-jump",
		"/usr/local/share/kexec-jump",
		"/usr/local/libexec/kexec-jump",
	};

	own_folder(own);
	if (!path_set(share, e, "%s/../share/kexec-jump", own) ||
	    !path_set(libexec, e, "%s/../libexec/kexec-jump", own))
		return false;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (path_set(path, e, "%s/%s", folders[i], name) && path_exists(path))
			return true;
	return err_set(e,
		       "%s is not there: \"make install\" puts it into /usr/share/kexec-jump or "
		       "/usr/libexec/kexec-jump",
		       name);
}

char *hibernate_boot_word(const struct hibernate *h, const char *key)
{
	struct err ignored;
	char *line, *value;

	if (!host_optional(h->root, "/proc/cmdline", HOST_SMALL_FILE, &line, &ignored))
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	value = cmdline_value(line, key);
	free(line);
	return value;
}
