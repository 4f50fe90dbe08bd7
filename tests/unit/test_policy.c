/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>

#include "explain.h"
#include "hosts.h"
#include "policy.h"
#include "test.h"

#define LOAD	POLICY_LOAD
#define FILES	POLICY_FILE
#define EFIVARS "sys/firmware/efi/efivars"

/* What a process of root finds of itself. */
#define ROOT \
	"printf 'Name:\\tkexec\\nCapEff:\\t000001ffffffffff\\nSeccomp:\\t0\\n' >proc/self/status;"

static struct err e;

/* A root folder made by shell commands; "" in @e when nothing there tells a cause. */
static const char *cause(const char *commands, unsigned acts)
{
	static char root[128];
	char line[1024];

	snprintf(root, sizeof(root), "%s/policy", host_root(""));
	snprintf(line, sizeof(line),
		 "rm -rf %s && mkdir -p %s && cd %s && mkdir -p proc/self/attr/apparmor "
		 "proc/sys/kernel/loadpin sys/kernel/security/ima sys/fs/selinux " EFIVARS
		 " && { " ROOT " %s; }",
		 root, root, root, commands);
	CHECK(!system(line));
	e.text[0] = '?';
	CHECK(policy_cause(root, acts, &e) == (*e.text != '\0'));
	return e.text;
}

#define IS(commands, acts, pattern) CHECK_MATCH(cause(commands, acts), pattern)

TEST(nothing_tells)
{
	IS(":", LOAD, "");
	IS(":", FILES, "");
	IS(":", POLICY_DEVMEM, "");
	IS("rm proc/self/status", LOAD, "");
}

TEST(each_cause_alone)
{
	static const char no_right[] = "printf 'CapEff:\\t00000000a80425fb\\n' >proc/self/status";

	IS(no_right, LOAD, "this process lacks CAP_SYS_BOOT: *");
	IS(no_right, POLICY_EXEC, "this process lacks CAP_SYS_BOOT: *");
	IS(no_right, POLICY_DEVMEM, "this process lacks CAP_SYS_RAWIO: *");
	IS("echo '         0       1000          1' >proc/self/uid_map", LOAD,
	   "this is root of a user namespace*");
	IS("echo '         0          0 4294967295' >proc/self/uid_map", LOAD, "");
	IS("echo 1 >proc/sys/kernel/kexec_load_disabled", LOAD, "*kexec_load_disabled is 1");
	IS("echo 0 >proc/sys/kernel/kexec_load_limit_reboot", LOAD,
	   "no load is left until the next boot: *_reboot is 0");
	IS("echo 0 >proc/sys/kernel/kexec_load_limit_reboot", POLICY_LOAD | POLICY_PANIC, "");
	IS("echo 0 >proc/sys/kernel/kexec_load_limit_panic", POLICY_FILE | POLICY_PANIC,
	   "*_panic is 0");
	IS("echo -1 >proc/sys/kernel/kexec_load_limit_reboot", LOAD, "");
	IS("echo 'none [integrity] confidentiality' >sys/kernel/security/lockdown", LOAD,
	   "kernel lockdown (integrity) forbids it: *");
	IS("echo 'none [integrity] confidentiality' >sys/kernel/security/lockdown", POLICY_DEVMEM,
	   "kernel lockdown (integrity) forbids it: *");
	IS("echo 'none integrity [confidentiality]' >sys/kernel/security/lockdown", FILES,
	   "kernel lockdown (confidentiality) takes images only whose key this kernel trusts");
	IS("echo 'none [integrity] confidentiality' >sys/kernel/security/lockdown",
	   FILES | POLICY_UNSIGNED, "* takes signed images only, and this one is not signed");
	IS("printf '\\6\\0\\0\\0\\1' >" EFIVARS "/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
	   LOAD, "Secure Boot is on*");
	IS("printf '\\6\\0\\0\\0\\0' >" EFIVARS "/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
	   LOAD, "");
	IS("printf 'measure func=KEXEC_KERNEL_CHECK\\nappraise func=KEXEC_KERNEL_CHECK "
	   "appraise_type=imasig\\n' >sys/kernel/security/ima/policy",
	   LOAD, "IMA's policy wants a signed kernel file, * use -s");
	IS("printf 'measure func=KEXEC_KERNEL_CHECK\\nappraise func=MODULE_CHECK\\n' "
	   ">sys/kernel/security/ima/policy",
	   LOAD, "");
	IS("echo 'quiet ima_policy=tcb|secure_boot' >proc/cmdline", FILES, "IMA's policy wants *");
	IS("echo 1 >proc/sys/kernel/loadpin/enforce", FILES, "LoadPin *");
	IS("echo 1 >sys/fs/selinux/enforce", POLICY_EXEC, "SELinux *");
	IS("echo 'lxc-default (enforce)' >proc/self/attr/apparmor/current", LOAD,
	   "AppArmor's profile *: lxc-default (enforce)");
	IS("echo unconfined >proc/self/attr/apparmor/current", LOAD, "");
	IS("printf 'CapEff:\\t000001ffffffffff\\nSeccomp:\\t2\\n' >proc/self/status", LOAD,
	   "a filter of system calls*");
}

TEST(the_first_that_the_kernel_checks_counts)
{
	IS("echo 1 >proc/sys/kernel/kexec_load_disabled; "
	   "echo '[integrity]' >sys/kernel/security/lockdown",
	   LOAD, "*kexec_load_disabled is 1");
	/* Lockdown that is known says more than Secure Boot. */
	IS("echo '[none]' >sys/kernel/security/lockdown; printf '\\6\\0\\0\\0\\1' >" EFIVARS
	   "/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
	   LOAD, "");
}

TEST(one_line_for_each_errno)
{
	struct host h = { .root = "/nowhere" };
	struct question q = { "kexec_load", ASKED_LOAD, &h, false, false };

	CHECK(!explain(&e, &q, EADDRINUSE));
	CHECK_MATCH(e.text, "kexec_load: the place of the image is in use: *kexec -u*");
	CHECK(!explain(&e, &q, EPERM));
	CHECK_MATCH(e.text, "kexec_load: not permitted, and nothing in /proc and /sys tells why*");
	CHECK(!explain(&e, &q, EXDEV));
	CHECK_MATCH(e.text, "kexec_load: Invalid cross-device link");
	q.asked = ASKED_FILE;
	CHECK(!explain(&e, &q, ENOKEY));
	CHECK_MATCH(e.text, "*signed with a key that the kernel does not have: *");
	q.asked = ASKED_EXEC;
	CHECK(!explain(&e, &q, EINVAL));
	CHECK_MATCH(e.text, "*: nothing is loaded, *");
	cause("echo 1 >proc/sys/kernel/kexec_load_disabled", LOAD);
	h.root = host_root("policy");
	q.asked = ASKED_LOAD;
	CHECK(!explain(&e, &q, EPERM));
	CHECK_MATCH(e.text, "kexec_load: loading is switched off *");
}

TEST_MAIN
