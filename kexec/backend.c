/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>

#include "backend.h"
#include "explain.h"
#include "file_call.h"

/*
 * Jumps are the kernel's own where it has them, the module's elsewhere; saved kernels, which may be
 * larger than half of RAM, are the module's where it is there. For the rest kexec_load is
 * preferred, because our own loader explains what it does, keeps what the kernel's drops, and knows
 * jumps. Where a policy forbids it (lockdown, a security module) or the kernel has only the file
 * call, that one may still be allowed, as it checks the image's signature.
 */
static const struct backend *const preferred[] = { &backend_load, &backend_module, &backend_file };

#define WAYS (sizeof(preferred) / sizeof(preferred[0]))

static bool is_jump(const struct backend_wants *w)
{
	return w->request->verb == VERB_LOAD_JUMP || w->request->verb == VERB_LOAD_HELPER ||
	       w->request->verb == VERB_CALL;
}

static bool comes_back(enum plan_verb verb)
{
	return verb == PLAN_LOAD_JUMP || verb == PLAN_LOAD_HELPER || verb == PLAN_LOAD_CALL;
}

/* ---- Reasons: true when they hold. What they say may be nothing. ---- */

static bool file_asked_for(const struct backend_wants *w, struct err *why)
{
	(void)why;
	return w->request->call == CALL_FILE;
}

/* kernel/crash_dump_dm_crypt.c; whoever insists on -c is told (kexec/crash.c). */
static bool has_dm_crypt_keys(const struct backend_wants *w, struct err *why)
{
	err_set(why, "only kexec_file_load hands over the dm-crypt keys that the kernel keeps for "
		     "a crash kernel");
	return w->verb == PLAN_LOAD_CRASH && w->request->call == CALL_AUTO &&
	       w->host->crash.dm_crypt_keys;
}

static bool has_no_file_call(const struct backend_wants *w, struct err *why)
{
	return file_call_is_missing(w->host, why);
}

static bool options_not_for_files(const struct backend_wants *w, struct err *why)
{
	return file_call_refuses_options(w->request, why);
}

static bool image_not_for_files(const struct backend_wants *w, struct err *why)
{
	if (!w->image || !file_call_refuses_image(w->image, w->host, why))
		return false;
	err_prefix(why, "%s", w->request->kernel);
	if (w->request->call == CALL_FILE)
		err_append(why, ": leave -s out");
	return true;
}

static bool locked_down(const struct backend_wants *w, struct err *why)
{
	bool integrity = w->host->lockdown == LOCKDOWN_INTEGRITY;

	err_set(why, "kernel lockdown (%s) forbids kexec_load",
		integrity ? "integrity" : "confidentiality");
	if (is_jump(w))
		err_append(why, "(2), and kexec_file_load(2) cannot load for a jump: boot with "
				"lockdown off");
	return w->host->lockdown != LOCKDOWN_NONE;
}

static bool encrypted(const struct backend_wants *w, struct err *why)
{
	const char *by = host_encrypted_by(w->host);

	if (!by)
		return false;
	err_set(why,
		"this guest's memory is encrypted by %s, which kexec_load's purgatory does "
		"not know",
		by);
	if (is_jump(w))
		err_append(why, ": no kernel can be jumped to here");
	return true;
}

static bool cannot_come_back(const struct backend_wants *w, struct err *why)
{
	enum tristate can;

	if (!comes_back(w->verb))
		return false;
	can = backend_load_preserves(w->host);
	if (can == UNKNOWN)
		can = kernel_config(w->kernel, "CONFIG_KEXEC_JUMP");
	err_set(why, "this kernel (%s) cannot jump: it was built without CONFIG_KEXEC_JUMP=y",
		w->host->release);
	return can == NO;
}

static bool module_asked_for(const struct backend_wants *w, struct err *why)
{
	(void)why;
	return w->request->jump_via == VIA_MODULE;
}

static bool kernel_asked_for(const struct backend_wants *w, struct err *why)
{
	err_set(why, "leave --jump-via=kernel out");
	return w->request->jump_via == VIA_KERNEL;
}

/* Into a saved kernel, of whatever size, when it is loaded from its image. */
static bool module_restores(const struct backend_wants *w, struct err *why)
{
	(void)why;
	return w->verb == PLAN_LOAD_SAVED && !is_jump(w) && w->host->has_module &&
	       w->request->call != CALL_LOAD;
}

static bool for_a_jump(const struct backend_wants *w, struct err *why)
{
	(void)why;
	return is_jump(w);
}

static bool not_for_the_module(const struct backend_wants *w, struct err *why)
{
	(void)why;
	return !comes_back(w->verb) && !module_restores(w, why);
}

static bool no_module(const struct backend_wants *w, struct err *why)
{
	err_set(why, w->request->jump_via == VIA_MODULE
			     ? "--jump-via=module: the module is not there (modprobe kexec_jump)"
			     : "load the module kexec_jump, by which it can (modprobe kexec_jump)");
	return !w->host->has_module;
}

/* As the kernel's own call, which has said so. */
static bool locked_down_too(const struct backend_wants *w, struct err *why)
{
	(void)why;
	return w->host->lockdown != LOCKDOWN_NONE;
}

static bool encrypted_too(const struct backend_wants *w, struct err *why)
{
	(void)why;
	return host_encrypted_by(w->host);
}

static bool for_a_window(const struct backend_wants *w, struct err *why)
{
	err_set(why, "no other call can confine a kernel to a window");
	return w->request->window_of;
}

static bool for_a_saved_kernel(const struct backend_wants *w, struct err *why)
{
	err_set(why, "no other call can load a saved kernel");
	return w->verb == PLAN_LOAD_SAVED;
}

static bool load_asked_for(const struct backend_wants *w, struct err *why)
{
	err_set(why, "leave -c out");
	return w->request->call == CALL_LOAD;
}

/* Which way is out of the question and why: the first that holds counts. */
static const struct {
	const struct backend *out;
	bool (*holds)(const struct backend_wants *w, struct err *why);
} reasons[] = {
	{ &backend_load, file_asked_for },
	{ &backend_load, has_dm_crypt_keys },
	{ &backend_load, locked_down },
	{ &backend_load, encrypted },
	{ &backend_load, module_asked_for },
	{ &backend_load, cannot_come_back },
	{ &backend_load, module_restores },
	{ &backend_module, not_for_the_module },
	{ &backend_module, locked_down_too },
	{ &backend_module, encrypted_too },
	{ &backend_module, kernel_asked_for },
	{ &backend_module, no_module },
	{ &backend_file, for_a_jump },
	{ &backend_file, for_a_window },
	{ &backend_file, for_a_saved_kernel },
	{ &backend_file, load_asked_for },
	{ &backend_file, has_no_file_call },
	{ &backend_file, image_not_for_files },
	{ &backend_file, options_not_for_files },
};

static bool is_out(const struct backend *b, const struct backend_wants *w, struct err *why)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		why->text[0] = '\0';
		if (reasons[i].out == b && reasons[i].holds(w, why))
			return true;
	}
	why->text[0] = '\0';
	return false;
}

bool backend_choose(struct backend_choice *c, const struct backend_wants *want, struct err *e)
{
	*c = (struct backend_choice){};
	e->text[0] = '\0';
	for (size_t i = 0; i < WAYS; i++) {
		struct err why;

		if (is_out(preferred[i], want, &why)) {
			if (*why.text)
				err_append(e, "%s%s", *e->text ? ": " : "", why.text);
		} else if (!c->first) {
			c->first = preferred[i];
			c->passed_over = *e;
		} else if (!c->second) {
			c->second = preferred[i];
		}
	}
	return c->first;
}

/*
 * The kernel and the module have a place each, but a user loads one thing, and runs what was loaded
 * last.
 */
bool backend_forget_others(const struct backend *but, const struct host *h, struct err *e)
{
	int errnum;

	if (!h->has_module)
		return true;
	if (but != &backend_module)
		return backend_module.unload(false, h, &errnum, e);
	return backend_load.unload(false, h, &errnum, e) || errnum == ENOSYS;
}

/* Lockdown forbids kexec_load even for that, and a kernel may have the other call alone. */
bool backend_unload(bool crash, const struct host *h, struct err *e)
{
	struct err other;
	int errnum;

	if (!backend_module.unload(crash, h, &errnum, e))
		return false;
	if (backend_load.unload(crash, h, &errnum, e))
		return true;
	return explain_other_way(ASKED_LOAD, errnum) &&
	       backend_file.unload(crash, h, &errnum, &other);
}
