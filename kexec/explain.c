/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>

#include "explain.h"
#include "policy.h"

#define LOAD   ASKED_LOAD
#define FILES  ASKED_FILE
#define MODULE ASKED_MODULE
#define EXEC   ASKED_EXEC

/*
 * As the kernel's own kexec, what verifies signatures, and the module have them. The first row of
 * an errno and a call counts.
 */
static const struct reason {
	int errnum;
	unsigned asked;
	/* Those of @asked after which another may do; the file call is the last. */
	unsigned other_way;
	const char *words;
} reasons[] = {
	{ EPERM, FILES, 0,
	  "not permitted: the kernel takes signed images only, or a security module forbids it" },
	{ EPERM, LOAD | MODULE | EXEC, LOAD,
	  "not permitted, and nothing in /proc and /sys tells "
	  "why: a security module may forbid it" },
	{ EACCES, LOAD | FILES | MODULE, LOAD, "a security module forbids it" },
	{ ENOSYS, LOAD, LOAD,
	  "this kernel has no kexec_load(2): it was built without CONFIG_KEXEC" },
	{ ENOSYS, FILES, 0,
	  "this kernel has no kexec_file_load(2): it was built without CONFIG_KEXEC_FILE" },
	{ EBUSY, LOAD | FILES, 0, "another kexec call is in progress: try again" },
	{ EBUSY, MODULE, 0,
	  "another program is using it, or a task or device does not hold still: the "
	  "kernel's log and /sys/power/suspend_stats tell which" },
	{ EBUSY, EXEC, 0, "another kexec call is in progress, or tasks did not freeze" },
	{ EINVAL, LOAD, LOAD,
	  "the kernel calls the image or its flags invalid: more than half of RAM, "
	  "overlapping segments, flags it does not know, or another architecture" },
	{ EINVAL, FILES, 0,
	  "the kernel cannot use the image, the initrd or the command line, or does not "
	  "know a flag" },
	{ EINVAL, MODULE, 0,
	  "the module calls the image invalid: segments that overlap, or an entry outside "
	  "of them" },
	{ EINVAL, EXEC, 0, "nothing is loaded, or this kernel was built without kexec" },
	{ EADDRNOTAVAIL, LOAD, LOAD,
	  "a segment lies where the kernel allows none: not at page boundaries, "
	  "beyond its highest address, or outside a crash kernel's memory" },
	{ EADDRNOTAVAIL, FILES, 0, "no room for the image where it may be placed" },
	{ EADDRNOTAVAIL, MODULE, 0, "a segment is not RAM that may be given away" },
	{ EADDRINUSE, LOAD | FILES | MODULE, 0,
	  "the place of the image is in use: unload what is loaded (kexec -u) and try again" },
	{ ENOMEM, LOAD | FILES | MODULE, 0, "not enough free memory" },
	{ EFAULT, LOAD | MODULE, 0,
	  "the image could not be read: was a file cut short meanwhile?" },
	{ EFBIG, FILES, 0, "a file is larger than the kernel can read" },
	{ ENOEXEC, FILES, 0,
	  "the kernel does not know this type of image: it loads 64-bit bzImages only" },
	{ ENODATA, FILES, 0, "the image is not signed, and the kernel wants a signature" },
	{ ENOKEY, FILES, 0,
	  "the image is signed with a key that the kernel does not have: enroll it (mokutil "
	  "--import), or name a kernel of the distribution" },
	{ EKEYREJECTED, FILES, 0,
	  "the image's signature was rejected: the file was changed after it was signed, or its "
	  "key was revoked" },
	{ EBADMSG, FILES, 0, "the image's signature is damaged" },
	{ ENOPKG, FILES, 0, "the kernel lacks the algorithm of the image's signature" },
	{ ELIBBAD, FILES, 0, "the image is not a well-formed signed file" },
	{ EOPNOTSUPP, MODULE, 0, "with memory encryption (SME, SEV) there are no jumps" },
	{ ENOENT, MODULE, 0, "nothing is loaded" },
};

static const struct reason *find(enum asked asked, int errnum)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].errnum == errnum && (reasons[i].asked & asked))
			return &reasons[i];
	}
	return NULL;
}

static unsigned policy_acts(const struct question *q)
{
	switch (q->asked) {
	case ASKED_LOAD:
		return POLICY_LOAD | (q->crash ? POLICY_PANIC : 0);
	case ASKED_FILE:
		return POLICY_FILE | (q->crash ? POLICY_PANIC : 0) |
		       (q->is_unsigned ? POLICY_UNSIGNED : 0);
	case ASKED_MODULE:
		return POLICY_MODULE;
	case ASKED_EXEC:
		return POLICY_EXEC;
	}
	return 0;
}

bool explain(struct err *e, const struct question *q, int errnum)
{
	const struct reason *r = find(q->asked, errnum);
	struct err cause;

	if ((errnum == EPERM || errnum == EACCES) &&
	    policy_cause(q->host->root, policy_acts(q), &cause))
		return err_set(e, "%s: %s", q->what, cause.text);
	return r ? err_set(e, "%s: %s", q->what, r->words) : err_sys(e, errnum, "%s", q->what);
}

bool explain_other_way(enum asked asked, int errnum)
{
	const struct reason *r = find(asked, errnum);

	return r && (r->other_way & asked);
}
