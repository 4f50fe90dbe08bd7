/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel says, for the errors of system calls that it refused. */
#ifndef HOST_KERNEL_LOG_H
#define HOST_KERNEL_LOG_H

#include "host.h"

/*
 * Where the kernel log ends now, to be taken before a syscall that may fail: a descriptor that is
 * given to kernel_log_append() or kernel_log_close(); -1 when the log cannot be read or is not this
 * host's.
 */
int kernel_log_mark(const struct host *h);
/*
 * Adds up to three lines that the kernel has logged since @mark about what was asked of it to an
 * error: "...; the kernel log says: ...". Nothing when there are none. Closes @mark.
 */
void kernel_log_append(int mark, struct err *e);
void kernel_log_close(int mark);

/*
 * Whether a record of /dev/kmsg ("6,1234,5678,-;text\n ...", Documentation/ABI/testing/dev-kmsg)
 * is about kexec, about who forbids it, or about what could not be frozen. Its text goes to @out
 * then, cut to @size.
 */
bool kernel_log_parse(const char *record, char *out, size_t size);

#endif
