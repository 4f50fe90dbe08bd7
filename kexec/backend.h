/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways to bring an image into the kernel, behind one interface: what each takes, within which
 * limits, and, in one table of reasons, when it is out of the question. Another way is one file,
 * one entry in the order of preference, and its reasons.
 */
#ifndef KEXEC_BACKEND_H
#define KEXEC_BACKEND_H

#include "host.h"
#include "kernel_memory.h"
#include "options.h"
#include "plan.h"

#define KEXEC_ON_CRASH_FLAG	     0x00000001u
#define KEXEC_PRESERVE_CONTEXT_FLAG  0x00000002u
#define KEXEC_UPDATE_ELFCOREHDR_FLAG 0x00000004u
#define KEXEC_CRASH_HOTPLUG_FLAG     0x00000008u
#define KEXEC_ARCH_I386_FLAG	     (3u << 16)
#define KEXEC_ARCH_X86_64_FLAG	     (62u << 16)
#define KEXEC_FILE_ON_CRASH_FLAG     0x00000002u

#define KEXEC_FILE_DEBUG_FLAG	  0x00000008u
#define KEXEC_FILE_NO_CMA_FLAG	  0x00000010u
#define KEXEC_FILE_FORCE_DTB_FLAG 0x00000020u

/* For a way on which the kernel itself makes the plan. */
struct file_call {
	const char *kernel;   /* path, for the plan's text */
	struct bytes image;   /* what is in it */
	uint64_t initrd_size; /* 0: none */
	const char *cmdline;
	unsigned long flags;
	int kernel_fd, initrd_fd; /* -1: none */
};

struct backend_result {
	int errnum;	       /* 0: the kernel has it, or was not asked */
	bool other_way;	       /* after an error: another way may do */
	unsigned long flags;   /* of the call that was the last */
	unsigned long unknown; /* that this kernel does not know, and that were left out */
};

struct backend {
	const char *call;	 /* as a plan names it */
	bool takes_files;	 /* a file_call, else a plan */
	struct limits limits[2]; /* of plans, by enum host_arch */
	/*
	 * One of @p and @files is given. Errors have the reason in words, and the kernel log's last
	 * ones.
	 */
	bool (*load)(const struct plan *p, const struct file_call *files, const struct host *h,
		     struct backend_result *result, struct err *e);
	bool (*unload)(bool crash, const struct host *h, int *errnum, struct err *e);
};

extern const struct backend backend_load;   /* kexec_load(2) */
extern const struct backend backend_file;   /* kexec_file_load(2) */
extern const struct backend backend_module; /* /dev/kexec_jump: for jumps alone */

/* Has modprobe load the module, or (@dry_run) say whether it could; true when it did. */
bool backend_module_insert(bool dry_run);
/* Runs what the module has loaded, as syscall_exec() what the kernel has. */
bool backend_module_exec(const struct host *h, struct err *e);

/* KEXEC_ARCH_*_FLAG of the running kernel and what the plan's verb needs. */
uint32_t backend_load_flags(const struct plan *p);
/*
 * Whether this kernel knows KEXEC_PRESERVE_CONTEXT, without side effect: a kernel that does reads
 * the segment list next and answers EFAULT to a bad pointer, one that does not answers EINVAL.
 */
enum tristate backend_load_preserves(const struct host *h);

struct image;

/* What the choice depends on. */
struct backend_wants {
	const struct request *request;
	const struct host *host;
	const struct kernel_memory *kernel; /* for jumps */
	const struct image *image;	    /* NULL: none that kexec_file_load(2) could take */
	enum plan_verb verb;
};

struct backend_choice {
	const struct backend *first;
	const struct backend *second; /* to be tried where the first may not; NULL: none */
	struct err passed_over;	      /* why a better one is not the first; "" when it is */
};

/* Errors say why no way is left, and what to do. */
bool backend_choose(struct backend_choice *c, const struct backend_wants *want, struct err *e);
/* What was loaded in another way than @but goes; a crash kernel stays. */
bool backend_forget_others(const struct backend *but, const struct host *h, struct err *e);
bool backend_unload(bool crash, const struct host *h, struct err *e);

#endif
