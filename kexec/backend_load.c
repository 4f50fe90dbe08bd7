/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backend.h"
#include "explain.h"
#include "kernel_log.h"
#include "number.h"
#include "x86.h"

struct kernel_segment {
	const void *buf;
	size_t bufsz;
	unsigned long mem;
	size_t memsz;
};

uint32_t backend_load_flags(const struct plan *p)
{
	uint32_t arch = p->gate_bits == 64 ? KEXEC_ARCH_X86_64_FLAG : KEXEC_ARCH_I386_FLAG;

	switch (p->verb) {
	case PLAN_LOAD_CRASH:
	case PLAN_LOAD_CRASH_BACK:
		return arch | KEXEC_ON_CRASH_FLAG |
		       (p->update_headers ? KEXEC_CRASH_HOTPLUG_FLAG : 0);
	case PLAN_LOAD_JUMP:
	case PLAN_LOAD_CALL:
	case PLAN_LOAD_HELPER:
		return arch | KEXEC_PRESERVE_CONTEXT_FLAG;
	default:
		return arch;
	}
}

static bool convert(const struct segment *from, struct kernel_segment *to, struct err *e)
{
	*to = (struct kernel_segment){
		.buf = from->data.data,
		.bufsz = from->data.size,
		.mem = (unsigned long)from->paddr,
		.memsz = (size_t)from->memsz,
	};
	if (to->mem != from->paddr || to->memsz != from->memsz)
		return err_set(e,
			       "a 32-bit kexec cannot pass %s at %#" PRIx64 " to a 64-bit kernel"
			       ": use --mem-max=0xffffffff or a 64-bit kexec",
			       from->name, from->paddr);
	return true;
}

/* Linux 6.6 to 6.9 know the older of the two flags alone. */
static long call(const struct plan *p, const struct kernel_segment *segments,
		 struct backend_result *result)
{
	long failed;

	result->flags = backend_load_flags(p);
	failed = syscall(SYS_kexec_load, (unsigned long)p->entry, p->segment_count, segments,
			 result->flags);
	if (!failed || errno != EINVAL || !p->update_headers)
		return failed;
	result->flags ^= KEXEC_CRASH_HOTPLUG_FLAG | KEXEC_UPDATE_ELFCOREHDR_FLAG;
	return syscall(SYS_kexec_load, (unsigned long)p->entry, p->segment_count, segments,
		       result->flags);
}

static void explain_memory(const struct plan *p, const struct host *h, struct err *e)
{
	char needs[24], has[24];

	if (p->confined.last)
		err_append(e, ", or no room for the kernel's own pages between the segments in "
			      "the crash kernel's memory");
	else
		err_append(e, ": it needs %s, and %s is free",
			   number_size_words(plan_bytes(p), needs),
			   number_size_words(h->mem.free, has));
}

static bool load(const struct plan *p, const struct file_call *files, const struct host *h,
		 struct backend_result *result, struct err *e)
{
	const struct question asked = { "kexec_load", ASKED_LOAD, h, p->confined.last, false };
	struct kernel_segment *segments = calloc(p->segment_count, sizeof(*segments));
	long failed;
	int mark;

	(void)files;
	*result = (struct backend_result){};
	if (!segments)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < p->segment_count; i++) {
		if (!convert(&p->segments[i], &segments[i], e)) {
			free(segments);
			return false;
		}
	}
	mark = kernel_log_mark(h);
	failed = call(p, segments, result);
	result->errnum = failed ? errno : 0;
	free(segments);
	if (!failed) {
		kernel_log_close(mark);
		return true;
	}
	result->other_way = explain_other_way(ASKED_LOAD, result->errnum);
	explain(e, &asked, result->errnum);
	if (result->errnum == ENOMEM)
		explain_memory(p, h, e);
	kernel_log_append(mark, e);
	return false;
}

static bool unload(bool crash, const struct host *h, int *errnum, struct err *e)
{
	unsigned long arch = h->arch == HOST_I386 ? KEXEC_ARCH_I386_FLAG : KEXEC_ARCH_X86_64_FLAG;
	const struct question asked = { "cannot unload", ASKED_LOAD, h, crash, false };

	if (!syscall(SYS_kexec_load, 0ul, 0ul, NULL, arch | (crash ? KEXEC_ON_CRASH_FLAG : 0)))
		return true;
	*errnum = errno;
	return explain(e, &asked, *errnum);
}

/*
 * include/linux/kexec.h: KEXEC_SEGMENT_MAX, KEXEC_DESTINATION_MEMORY_LIMIT, which the end of a
 * segment has to be below, so that an i386 kernel's last page is no destination, and
 * KEXEC_SOURCE_MEMORY_LIMIT; kernel/kexec_core.c sanity_check_segment_list().
 */
const struct backend backend_load = {
	.call = "kexec_load",
	.limits = {
		[HOST_I386] = {
			.segments = 16,
			.half_of_ram = true,
			.last = UINT32_MAX - PAGE_SIZE,
			.source_last = UINT32_MAX,
		},
		[HOST_X86_64] = {
			.segments = 16,
			.half_of_ram = true,
			.last = UINT64_MAX, /* RAM ends where the kernel's limit is */
			.source_last = UINT64_MAX,
		},
	},
	.load = load,
	.unload = unload,
};

enum tristate backend_load_preserves(const struct host *h)
{
	/* A 64-bit kernel takes any architecture but the default from a 32-bit program. */
	unsigned long arch = sizeof(void *) == 4 ? KEXEC_ARCH_I386_FLAG : KEXEC_ARCH_X86_64_FLAG;

	/* A kernel that counts its loads down counts the question too (since 6.3). */
	if (h->recorded || h->loads_counted)
		return UNKNOWN;
	if (!syscall(SYS_kexec_load, 0ul, 1ul, (void *)-4096L, arch | KEXEC_PRESERVE_CONTEXT_FLAG))
		return UNKNOWN;
	if (errno == EFAULT)
		return YES;
	return errno == EINVAL ? NO : UNKNOWN;
}
