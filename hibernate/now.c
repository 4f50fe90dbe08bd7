/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_target.h"
#include "device.h"
#include "host_file.h"
#include "mailbox_io.h"
#include "run.h"
#include "say.h"
#include "second.h"
#include "verbs.h"

/* ---- before the jump ---- */

/* A device's size, by which the second kernel knows it again. */
static bool size_words(const struct hibernate *h, char words[24], struct err *e)
{
	char device[PATH_MAX];

	*words = '\0';
	if (h->target.kind != TARGET_DEVICE)
		return true;
	if (!device_find(h->root, h->target.device, device))
		return err_set(e, "%s is not there, or is not a block device", h->target.device);
	snprintf(words, 24, "%" PRIu64, device_size(h->root, device));
	return true;
}

static bool write_request(const struct hibernate *h, const char *then, struct err *e)
{
	char message[MAILBOX_TEXT], id[64], size[24];

	if (!host_line(h->root, "/proc/sys/kernel/random/uuid", id, sizeof(id), e) ||
	    !size_words(h, size, e))
		return false;
	snprintf(message, sizeof(message), "save request=%s then=%s size=%s", id, then, size);
	return mailbox_write(h->root, message, e);
}

/* ---- after it: we may be minutes or months later; only the message tells ---- */

static const char *behind(const char *text, const char *prefix)
{
	size_t size = strlen(prefix);

	return strncmp(text, prefix, size) ? NULL : text + size;
}

static void keep_on(const struct hibernate *h)
{
	struct err e;

	second_works(h);
	if (!second_set_warm(h, &e)) {
		complain(&e);
		return;
	}
	if (strcmp(hibernate_value(h, CONF_KEEP), "no") && !second_is_kept(h) &&
	    !second_keep(h, &e))
		say("the second kernel is not kept: %s", e.text);
}

static bool after_jump(const struct hibernate *h, struct err *e)
{
	const char *target = h->target.text, *rest;
	char answer[MAILBOX_TEXT];

	if (!mailbox_read(h->root, answer, e) || !*answer)
		snprintf(answer, sizeof(answer), "nothing");
	if ((rest = behind(answer, "restored "))) {
		second_works(h);
		second_forget(h);
		say("resumed from %s (%s)", target, rest);
		return true;
	}
	if ((rest = behind(answer, "saved "))) {
		keep_on(h);
		say("a snapshot is on %s (%s)", target, rest);
		return true;
	}
	if ((rest = behind(answer, "failed: "))) {
		keep_on(h);
		return err_set(e, "nothing was saved: %s", rest);
	}
	second_forget(h);
	if (behind(answer, "save "))
		return err_set(e,
			       "nothing was saved: the second kernel came back without an answer");
	return err_set(e, "the second kernel left an answer that is not understood: %s", answer);
}

static bool check_then(const struct hibernate *h, const char *then, struct err *e)
{
	return !h->target.folder || !strcmp(then, "return") ||
	       err_set(e,
		       "%s is a folder, which takes snapshots: use --then return, or THEN=return "
		       "in %s",
		       h->target.text, h->conf_path);
}

static bool now(struct hibernate *h, const char *then, struct err *e)
{
	static const char *const jump[] = { "kexec", "-e", NULL };
	char text[MAILBOX_TEXT];

	if (!need_root(h, e) || !hibernate_read(h, e))
		return false;
	then = then ? then : hibernate_value(h, CONF_THEN);
	if (!check_then(h, then, e) || !second_files_there(h, e) || !check_target(h, e) ||
	    !mailbox_read(h->root, text, e) || !second_load(h, e) || !write_request(h, then, e))
		return false;
	sync();
	return run_told(jump, e) && after_jump(h, e);
}

static bool is_then(const char *text)
{
	return !strcmp(text, "poweroff") || !strcmp(text, "reboot") || !strcmp(text, "return");
}

int do_now(struct hibernate *h, char **argv, struct err *e)
{
	const char *then = NULL;

	argv++;
	while (*argv) {
		if (!strcmp(*argv, "--force")) {
			h->force = true;
			argv++;
		} else if (!take_value(&argv, "--then", &then)) {
			return misused(e, "now: %s is not known", *argv);
		} else if (!then) {
			return misused(e, "now: --then needs a value");
		}
	}
	if (then && *then && !is_then(then))
		return misused(e, "now: --then %s is not poweroff, reboot or return", then);
	return exit_code(now(h, then && *then ? then : NULL, e));
}
