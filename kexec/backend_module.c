/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend.h"
#include "explain.h"
#include "kernel_log.h"
#include "kexec_jump.h"
#include "x86.h"

bool backend_module_insert(bool dry_run)
{
	char *const argv[] = { "modprobe", dry_run ? "-qn" : "-q", "kexec_jump", NULL };
	char *const none[] = { NULL };
	pid_t pid;
	int status;

	if (posix_spawn(&pid, "/sbin/modprobe", NULL, NULL, argv, none))
		return false;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && !WEXITSTATUS(status) &&
	       (dry_run || access(KEXEC_JUMP_DEVICE, F_OK) == 0);
}

/* -1 with @e and @errnum set. */
static int open_device(int *errnum, struct err *e)
{
	int fd = open(KEXEC_JUMP_DEVICE, O_RDWR | O_CLOEXEC);

	*errnum = fd < 0 ? errno : 0;
	if (fd < 0)
		err_sys(e, errno, KEXEC_JUMP_DEVICE);
	return fd;
}

static bool call(const struct host *h, unsigned long command, void *argument, const char *what,
		 int *errnum, struct err *e)
{
	const struct question asked = { what, ASKED_MODULE, h, false, false };
	int fd = open_device(errnum, e), mark;
	long result;

	if (fd < 0)
		return false;
	mark = kernel_log_mark(h);
	result = ioctl(fd, command, argument);
	*errnum = result ? errno : 0;
	close(fd);
	if (!result) {
		kernel_log_close(mark);
		return true;
	}
	explain(e, &asked, *errnum);
	kernel_log_append(mark, e);
	return false;
}

static bool load(const struct plan *p, const struct file_call *files, const struct host *h,
		 struct backend_result *result, struct err *e)
{
	struct kexec_jump_segment *segments = calloc(p->segment_count, sizeof(*segments));
	struct kexec_jump_load l = {
		.version = KEXEC_JUMP_VERSION,
		.flags = backend_load_flags(p) & KEXEC_PRESERVE_CONTEXT_FLAG ? KEXEC_JUMP_PRESERVE
									     : 0,
		.entry = p->entry,
		.segments = (uintptr_t)segments,
		.segment_count = p->segment_count,
	};
	bool ok;

	(void)files;
	*result = (struct backend_result){};
	if (!segments)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct segment *s = &p->segments[i];

		segments[i] = (struct kexec_jump_segment){
			.paddr = s->paddr,
			.size = s->memsz,
			.data = (uintptr_t)s->data.data,
			.data_size = s->data.size,
		};
	}
	ok = call(h, KEXEC_JUMP_LOAD, &l, "cannot load by the module kexec_jump", &result->errnum,
		  e);
	free(segments);
	return ok;
}

static bool unload(bool crash, const struct host *h, int *errnum, struct err *e)
{
	if (crash || !h->has_module)
		return true;
	return call(h, KEXEC_JUMP_UNLOAD, NULL, "cannot unload", errnum, e);
}

bool backend_module_exec(const struct host *h, struct err *e)
{
	int errnum;

	return call(h, KEXEC_JUMP_EXEC, NULL, "cannot run the loaded image", &errnum, e);
}

/* The swap of an i386 kernel has 32-bit addresses; pages are taken one by one, in any number. */
const struct backend backend_module = {
	.call = "KEXEC_JUMP_LOAD of " KEXEC_JUMP_DEVICE,
	.limits = {
		[HOST_I386] = {
			.segments = 65536,
			.last = UINT32_MAX,
			.source_last = UINT32_MAX,
			.restores_gdt = true,
			.stops_cpus = true,
		},
		[HOST_X86_64] = {
			.segments = 65536,
			.last = UINT64_MAX,
			.source_last = UINT64_MAX,
			.restores_gdt = true,
			.stops_cpus = true,
		},
	},
	.load = load,
	.unload = unload,
};
