/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_kernel.h"
#include "check_target.h"
#include "device.h"
#include "host_file.h"
#include "lines.h"
#include "mailbox_io.h"
#include "make.h"
#include "mark.h"
#include "meminfo.h"
#include "modules.h"
#include "path.h"
#include "reach.h"
#include "run.h"
#include "say.h"
#include "second.h"
#include "verbs.h"

struct asked {
	const char *image, *kernel, *initrd, *append; /* NULL: not */
};

/* ---- the configuration ---- */

/* What B needs to be heard as A is, and no more: serial lines are slow. */
static bool is_heard(struct line word)
{
	static const char *const names[] = { "console", "earlyprintk", "loglevel", "nomodeset",
					     "quiet" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct line rest = word;

		if (line_take_text(&rest, names[i]) && (!rest.size || *rest.at == '='))
			return true;
	}
	return false;
}

static bool default_append(struct hibernate *h, struct err *e)
{
	char line[4096], append[4096] = "";
	struct line rest = { line, 0 }, word;
	size_t used = 0;

	if (!host_line(h->root, "/proc/cmdline", line, sizeof(line), e))
		return false;
	rest.size = strlen(line);
	while ((word = line_take_word(&rest)).size)
		if (is_heard(word))
			used += (size_t)snprintf(append + used, sizeof(append) - used, "%s%.*s",
						 used ? " " : "", (int)word.size, word.at);
	return conf_set(&h->conf, CONF_APPEND, append, e);
}

/* What is there already stays, unless it is asked for anew. */
static bool read_conf(struct hibernate *h, const struct asked *a, struct err *e)
{
	char kernel[PATH_MAX], release[PATH_MAX];

	if (!access(h->conf_path, R_OK)) {
		if (!hibernate_conf(h, e))
			return false;
	} else if (!conf_init(&h->conf, e) || !default_append(h, e)) {
		return false;
	}
	if ((a->image && *a->image && !conf_set(&h->conf, CONF_TARGET, a->image, e)) ||
	    (a->kernel && *a->kernel && !conf_set(&h->conf, CONF_KERNEL, a->kernel, e)) ||
	    (a->initrd && *a->initrd && !conf_set(&h->conf, CONF_INITRD, a->initrd, e)) ||
	    (a->append && !conf_set(&h->conf, CONF_APPEND, a->append, e)))
		return false;
	if (*hibernate_value(h, CONF_KERNEL))
		return true;
	return host_line(h->root, "/proc/sys/kernel/osrelease", release, sizeof(release), e) &&
	       path_set(kernel, e, "/boot/vmlinuz-%s", release) &&
	       conf_set(&h->conf, CONF_KERNEL, kernel, e);
}

/* ---- the checks ---- */

/* This kernel needs it too, before a load is tried. */
static bool load_module(const struct hibernate *h, struct err *e)
{
	const char *modules = hibernate_value(h, CONF_MODULES);

	if (!line_has_word((struct line){ modules, strlen(modules) }, "kexec_jump"))
		return true;
	return run_shown((const char *const[]){ "modprobe", "kexec_jump", NULL }, e) ||
	       err_set(e, "the module kexec_jump cannot be loaded: the kernel's log tells why");
}

static bool check(struct hibernate *h, struct err *e)
{
	char device[PATH_MAX] = "";

	if (!hibernate_target(h, e) || !check_kernel(h, e) ||
	    (!target_name_is_stream(&h->target) && !check_device(h, false, device, e)))
		return false;
	if (!*hibernate_value(h, CONF_MODULES) && !modules_find(h, device, e))
		return false;
	return check_jump(h, e) && load_module(h, e);
}

/* ---- the target ---- */

/* Disks of these kinds are numbered as they answer, NVMe as its controllers do. */
static bool name_changes(const struct hibernate *h)
{
	const char *device = h->target.device;
	char path[PATH_MAX];
	struct err ignored;

	if (!strncmp(device, "/dev/sd", 7))
		return true;
	return !strncmp(device, "/dev/nvme", 9) &&
	       path_set(path, &ignored, "%s/sys/class/nvme/nvme1", h->root) && path_exists(path);
}

static bool prepare_stream(const struct hibernate *h, struct err *e)
{
	if (h->target.kind == TARGET_PIPE)
		return (*hibernate_value(h, CONF_RESUME_COMMAND) &&
			*hibernate_value(h, CONF_DISCARD_COMMAND)) ||
		       err_set(e, "pipe: needs RESUME_COMMAND= and DISCARD_COMMAND= in %s",
			       h->conf_path);
	if (!*hibernate_value(h, CONF_NET))
		say("there is no NET= in %s: the second kernel has no network of its own",
		    h->conf_path);
	return true;
}

static bool mark_prepared(const struct hibernate *h, struct err *e)
{
	struct err ignored;
	struct reach r;
	bool ok = reach_open(h, &r, true, e) ||
		  err_prefix(e, "%s cannot be prepared", h->target.text);

	ok = ok &&
	     (h->target.folder ? path_make_folder(r.folder, e) : mark_empty(r.image, h->force, e));
	return reach_close(&r, ok ? e : &ignored) && ok;
}

static bool prepare_target(const struct hibernate *h, struct err *e)
{
	char device[PATH_MAX], there[24], needed[24];
	struct meminfo m = { 0 };
	uint64_t size;

	if (target_name_is_stream(&h->target))
		return prepare_stream(h, e);
	if (!check_device(h, false, device, e) || !mark_prepared(h, e) ||
	    !meminfo_read(&m, h->root, e))
		return false;
	size = device_size(h->root, device);
	if (h->target.kind != TARGET_FILE && size < m.total)
		say("%s (%s) is smaller than the memory (%s): an image may not fit, depending on "
		    "what is in memory",
		    h->target.text, mib(size, there), mib(m.total, needed));
	if (name_changes(h))
		say("names such as %s may change from boot to boot: PARTUUID= does not",
		    h->target.device);
	return true;
}

/* ---- the boot ---- */

static bool is_there(const struct hibernate *h, const char *path)
{
	char full[PATH_MAX];
	struct err ignored;

	return path_set(full, &ignored, "%s%s", h->root, path) && path_exists(full);
}

static bool has_program(const char *name)
{
	char path[PATH_MAX];

	return run_find(name, path, sizeof(path));
}

static bool renew_initramfs_tools(const struct hibernate *h, struct err *e)
{
	static const char *const argv[] = { "update-initramfs", "-u", "-k", "all", NULL };
	char release[256], initrd[300];

	if (!is_there(h, "/usr/share/initramfs-tools/hooks/kexec-hibernate") &&
	    !is_there(h, "/etc/initramfs-tools/hooks/kexec-hibernate"))
		return err_set(e, "/usr/share/initramfs-tools/hooks/kexec-hibernate is not there: "
				  "\"make install\" puts it there");
	if (!run_shown(argv, e))
		return err_set(e, "update-initramfs failed: without it the machine would not be "
				  "resumed");
	if (!host_line(h->root, "/proc/sys/kernel/osrelease", release, sizeof(release), e))
		return false;
	snprintf(initrd, sizeof(initrd), "/boot/initrd.img-%s", release);
	if (!is_there(h, initrd))
		say("this kernel has no %s: it boots without an initramfs, or from elsewhere. It "
		    "must run \"kexec-hibernate resume\" before any file system is mounted",
		    initrd);
	return true;
}

static bool renew_initramfs(const struct hibernate *h, struct err *e)
{
	static const char *const dracut[] = { "dracut", "--force", "--regenerate-all", NULL };

	if (has_program("update-initramfs") && is_there(h, "/etc/initramfs-tools"))
		return renew_initramfs_tools(h, e);
	if (has_program("dracut"))
		return run_shown(dracut, e) ||
		       err_set(e, "dracut failed: without it the machine would not be resumed");
	say("now renew the initramfs of your boot: it must run \"kexec-hibernate resume\" before "
	    "any");
	say("file system is mounted, see kexec-hibernate(8)");
	return true;
}

/*
 * The boot's own initramfs must have this configuration, the kernel and B's root file system,
 * whichever kernel it boots: another one than A's cannot resume, but must tell before it mounts
 * anything.
 */
static bool renew_boot(const struct hibernate *h, struct err *e)
{
	static const char *const enable[] = { "systemctl", "--quiet", "enable",
					      "kexec-hibernate-check.service", NULL };

	if (!renew_initramfs(h, e))
		return false;
	if (is_there(h, "/run/systemd/system") && !run_shown(enable, e))
		say("kexec-hibernate-check.service cannot be enabled: a boot that did not resume "
		    "would not say so");
	return true;
}

/* ---- all of it ---- */

static bool put_in_place(struct hibernate *h, const struct asked *a, struct err *e)
{
	struct new_conf n = { "" };
	bool own_initrd = a->initrd && *a->initrd;
	bool ok = new_conf_begin(h, &n, e) && (own_initrd || new_conf_initrd(h, &n, e)) &&
		  second_files_there(h, e) && second_load_anew(h, true, e) &&
		  prepare_target(h, e) && new_conf_commit(h, &n, e);

	new_conf_end(&n);
	return ok;
}

static int setup(struct hibernate *h, const struct asked *a, struct err *e)
{
	char text[MAILBOX_TEXT];

	/* The message area is reached through /dev/mem, which a kernel may lack or lock. */
	if (!need_root(h, e) || !mailbox_read(h->root, text, e) || !read_conf(h, a, e))
		return EXIT_FAILED;
	if (!*hibernate_value(h, CONF_TARGET))
		return misused(e, "setup: --image TARGET is needed");
	if (!check(h, e) || !put_in_place(h, a, e))
		return EXIT_FAILED;
	say("ready: kernel %s, image on %s", hibernate_value(h, CONF_KERNEL), h->target.text);
	return exit_code(renew_boot(h, e));
}

int do_setup(struct hibernate *h, char **argv, struct err *e)
{
	struct asked a = { 0 };
	const struct {
		const char *name, **value;
	} options[] = {
		{ "--image", &a.image },
		{ "--kernel", &a.kernel },
		{ "--initrd", &a.initrd },
		{ "--append", &a.append },
	};

	argv++;
	while (*argv) {
		size_t i = 0;

		if (!strcmp(*argv, "--force")) {
			h->force = true;
			argv++;
			continue;
		}
		while (i < 4 && !take_value(&argv, options[i].name, options[i].value))
			i++;
		if (i == 4)
			return misused(e, "setup: %s is not known", *argv);
		if (!*options[i].value)
			return misused(e, "setup: %s needs a value", options[i].name);
	}
	return setup(h, &a, e);
}
