/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the kernel may refuse a call: what /proc and /sys tell of this process, of lockdown, Secure
 * Boot, IMA and other security modules, and of kexec's own switches.
 */
#ifndef HOST_POLICY_H
#define HOST_POLICY_H

#include "err.h"

/* What was refused, as a set. */
enum policy_act {
	POLICY_LOAD = 1 << 0,	  /* kexec_load(2) */
	POLICY_FILE = 1 << 1,	  /* kexec_file_load(2) */
	POLICY_MODULE = 1 << 2,	  /* of /dev/kexec_jump */
	POLICY_EXEC = 1 << 3,	  /* reboot(2) */
	POLICY_DEVMEM = 1 << 4,	  /* /dev/mem */
	POLICY_PANIC = 1 << 5,	  /* with a load: it is for a crash */
	POLICY_UNSIGNED = 1 << 6, /* with POLICY_FILE: the kernel file has no signature */
};

/*
 * The one cause of EPERM or EACCES for @acts, with what to do, looked for below @root in the order
 * in which the kernel checks. False, with "" in @why, when nothing tells.
 */
bool policy_cause(const char *root, unsigned acts, struct err *why);

/* The value of a line "key:<blanks>value" of /proc/self/status, base 16; false: not there. */
bool policy_parse_status(const char *text, const char *key, unsigned long long *value);

#endif
