/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "host.h"
#include "host_file.h"
#include "lines.h"
#include "policy.h"

#define LOADS (POLICY_LOAD | POLICY_FILE)

#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* ---- What is read; false where it is missing ---- */

static bool line(const char *root, const char *path, char *to, size_t size)
{
	struct err ignored;

	return host_line(root, path, to, size, &ignored) && *to;
}

static bool is(const char *root, const char *path, const char *wanted)
{
	char text[32];

	return line(root, path, text, sizeof(text)) && !strcmp(text, wanted);
}

bool policy_parse_status(const char *text, const char *key, unsigned long long *value)
{
	struct line l;

	while (line_next(&text, &l)) {
		uint64_t number;

		if (line_take_key(&l, key) && line_take_number(&l, 16, &number)) {
			*value = number;
			return true;
		}
	}
	return false;
}

static bool status(const char *root, const char *key, unsigned long long *value)
{
	struct err ignored;
	char *text;
	bool ok;

	if (!host_optional(root, "/proc/self/status", HOST_SMALL_FILE, &text, &ignored))
		return false;
	ok = policy_parse_status(text, key, value);
	free(text);
	return ok;
}

static enum host_lockdown lockdown(const char *root)
{
	char text[64];

	return line(root, "/sys/kernel/security/lockdown", text, sizeof(text))
		       ? host_parse_lockdown(text)
		       : LOCKDOWN_NONE;
}

/* ---- Causes: true when they hold ---- */

static bool lacks(const char *root, unsigned capability)
{
	unsigned long long has;

	return status(root, "CapEff", &has) && !(has >> capability & 1);
}

static bool no_boot_right(const char *root, unsigned acts, struct err *why)
{
	(void)acts;
	err_set(why, "this process lacks CAP_SYS_BOOT: run it as root, outside of containers");
	return lacks(root, CAP_SYS_BOOT);
}

static bool no_memory_right(const char *root, unsigned acts, struct err *why)
{
	(void)acts;
	err_set(why, "this process lacks CAP_SYS_RAWIO: run it as root, outside of containers");
	return lacks(root, CAP_SYS_RAWIO);
}

/* The initial user namespace maps all users to themselves. */
static bool in_user_namespace(const char *root, unsigned acts, struct err *why)
{
	char text[64];
	unsigned inside, outside, count;

	(void)acts;
	err_set(why, "this is root of a user namespace, as a container has it: run it as root of "
		     "the machine");
	return line(root, "/proc/self/uid_map", text, sizeof(text)) &&
	       sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 &&
	       (inside || outside || count != UINT32_MAX);
}

static bool switched_off(const char *root, unsigned acts, struct err *why)
{
	(void)acts;
	err_set(why, "loading is switched off until the next boot: "
		     "/proc/sys/kernel/kexec_load_disabled is 1");
	return is(root, "/proc/sys/kernel/kexec_load_disabled", "1");
}

static bool used_up(const char *root, unsigned acts, struct err *why)
{
	const char *path = acts & POLICY_PANIC ? "/proc/sys/kernel/kexec_load_limit_panic"
					       : "/proc/sys/kernel/kexec_load_limit_reboot";

	err_set(why, "no load is left until the next boot: %s is 0", path);
	return is(root, path, "0");
}

static bool locked_down(const char *root, unsigned acts, struct err *why)
{
	enum host_lockdown level = lockdown(root);

	err_set(why, "kernel lockdown (%s) %s",
		level == LOCKDOWN_INTEGRITY ? "integrity" : "confidentiality",
		acts & POLICY_UNSIGNED ? "takes signed images only, and this one is not signed"
		: acts & POLICY_FILE   ? "takes images only whose key this kernel trusts"
				       : "forbids it: boot with lockdown off");
	return level != LOCKDOWN_NONE;
}

/* Where securityfs is not mounted, nothing tells of lockdown but its usual cause. */
static bool secure_boot(const char *root, unsigned acts, struct err *why)
{
	char unused[8];
	struct err ignored;
	size_t size;
	char *value;
	bool on;

	(void)acts;
	if (line(root, "/sys/kernel/security/lockdown", unused, sizeof(unused)))
		return false;
	value = host_file(root, SECURE_BOOT, HOST_SMALL_FILE, &size, &ignored);
	on = value && size == 5 && value[4] == 1;
	free(value);
	err_set(why, "Secure Boot is on, with which kernels are locked down: a signed image by "
		     "kexec_file_load(2), or Secure Boot off");
	return on;
}

/* A rule that wants a signature of what kexec is given. */
static bool is_rule_for_kernels(struct line l)
{
	return line_has_word(l, "appraise") && line_has_word(l, "func=KEXEC_KERNEL_CHECK");
}

/* Its policy can be read only with CONFIG_IMA_READ_POLICY; the boot line may name one built in. */
static bool ima_appraises(const char *root)
{
	struct err ignored;
	char *text, *words;
	const char *at;
	struct line l;
	bool yes = false;

	if (!host_optional(root, "/sys/kernel/security/ima/policy", HOST_SMALL_FILE, &text,
			   &ignored))
		return false;
	for (at = text; !yes && line_next(&at, &l);)
		yes = is_rule_for_kernels(l);
	free(text);
	if (yes || !host_optional(root, "/proc/cmdline", HOST_SMALL_FILE, &text, &ignored))
		return yes;
	words = cmdline_value(text, "ima_policy");
	yes = words && strstr(words, "secure_boot");
	free(words);
	free(text);
	return yes;
}

static bool ima(const char *root, unsigned acts, struct err *why)
{
	err_set(why, acts & POLICY_FILE
			     ? "IMA's policy wants a signature of the kernel file that it accepts "
			       "(evmctl ima_sign)"
			     : "IMA's policy wants a signed kernel file, which only "
			       "kexec_file_load(2) can show: use -s");
	return ima_appraises(root);
}

static bool loadpin(const char *root, unsigned acts, struct err *why)
{
	(void)acts;
	err_set(why, "LoadPin takes kernels only from the file system that the machine booted "
		     "from, by kexec_file_load(2)");
	return is(root, "/proc/sys/kernel/loadpin/enforce", "1") ||
	       is(root, "/proc/sys/kernel/loadpin/enabled", "1");
}

static bool selinux(const char *root, unsigned acts, struct err *why)
{
	(void)acts;
	err_set(why, "SELinux enforces a policy that forbids it: ausearch -m avc tells the rule");
	return is(root, "/sys/fs/selinux/enforce", "1");
}

static bool apparmor(const char *root, unsigned acts, struct err *why)
{
	char profile[128];

	(void)acts;
	if (!line(root, "/proc/self/attr/apparmor/current", profile, sizeof(profile)) ||
	    !strcmp(profile, "unconfined"))
		return false;
	err_set(why, "AppArmor's profile of this process forbids it: %s", profile);
	return true;
}

static bool filtered(const char *root, unsigned acts, struct err *why)
{
	unsigned long long mode;

	(void)acts;
	err_set(why, "a filter of system calls (seccomp) is on this process, as containers have "
		     "it: run it outside of that");
	return status(root, "Seccomp", &mode) && mode == 2;
}

/* In the order in which the kernel checks; those that only may be the cause come last. */
static const struct {
	unsigned acts;
	bool (*holds)(const char *root, unsigned acts, struct err *why);
} causes[] = {
	{ LOADS | POLICY_MODULE | POLICY_EXEC, no_boot_right },
	{ POLICY_DEVMEM, no_memory_right },
	{ LOADS | POLICY_MODULE | POLICY_EXEC | POLICY_DEVMEM, in_user_namespace },
	{ LOADS | POLICY_MODULE, switched_off },
	{ LOADS, used_up },
	{ LOADS | POLICY_MODULE | POLICY_DEVMEM, locked_down },
	{ LOADS | POLICY_MODULE | POLICY_DEVMEM, secure_boot },
	{ LOADS, ima },
	{ LOADS, loadpin },
	{ LOADS | POLICY_EXEC | POLICY_DEVMEM, selinux },
	{ LOADS | POLICY_EXEC | POLICY_DEVMEM, apparmor },
	{ LOADS | POLICY_EXEC, filtered },
};

bool policy_cause(const char *root, unsigned acts, struct err *why)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if ((causes[i].acts & acts) && causes[i].holds(root, acts, why))
			return true;
	}
	why->text[0] = '\0';
	return false;
}
